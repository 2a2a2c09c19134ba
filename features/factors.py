"""The nouns of a profile: factors, the dimensions that group them, grades, and the profile that holds them all.

They only hold values that are possible one by one; `features.profile` checks that they make sense together.
"""

import hashlib
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from icp_fit.features.errors import ProfileError
from icp_fit.features.html_table import html_table

Kind = Literal["yes_no", "count", "amount", "ordinal", "category"]
Direction = Literal["up", "down", "none"]


@dataclass(frozen=True)
class Factor:
    """One question about a deal.

    `direction` says which way the win probability goes as the answer rises: as a number grows, from no to yes, or along
    `levels` from first to last. `weight` is the experts' log-odds for the most favourable answer, and minus that for
    the least favourable; it is zero where the experts are silent. For a number, `scale` names the two answers between
    which the weight is spread. `phrases` say what a seller says of the deal, as main clauses without a full stop: one
    for no and one for yes, one for each choice in its order, or, for a number, one with `{answer}` where the number
    goes, which a second may replace where the number is exactly 1. `advice` is what a seller can do about the answer,
    empty where nothing.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    id: str
    kind: Kind
    label: str
    question: str
    direction: Direction = "none"
    weight: Annotated[float, Field(ge=0, le=3, allow_inf_nan=False)] = 0.0
    levels: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    scale: tuple[float, float] | None = None
    minimum: Annotated[float, Field(allow_inf_nan=False)] | None = None
    known_at: Literal["qualification", "close"] = "qualification"
    unanswered: Literal["ignore", "informative"] = "ignore"
    phrases: tuple[str, ...] = ()
    advice: str = ""
    source: str = ""

    @property
    def is_number(self) -> bool:
        return self.kind in ("count", "amount")

    @property
    def lowest(self) -> float | None:
        """The smallest number that is a valid answer; a count never goes below zero."""
        return 0.0 if self.kind == "count" and self.minimum is None else self.minimum

    @property
    def choices(self) -> tuple[str, ...]:
        """The answers to choose from: an ordinal's levels or a category's values."""
        return self.levels or self.values

    @property
    def arrow(self) -> str:
        """The direction as people see it."""
        return {"up": "↑", "down": "↓", "none": "·"}[self.direction]

    @property
    def sign(self) -> int:
        return {"up": 1, "down": -1, "none": 0}[self.direction]


@dataclass(frozen=True)
class Dimension:
    """A group of factors that a seller reads as one."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    id: str
    label: str
    summary: str
    factors: Annotated[tuple[Factor, ...], Field(min_length=1)]


@dataclass(frozen=True)
class Grades:
    """The scores from which on a deal is graded A, B or C; below C it is a D."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    A: Annotated[float, Field(ge=0, le=100)] = 75
    B: Annotated[float, Field(ge=0, le=100)] = 50
    C: Annotated[float, Field(ge=0, le=100)] = 25

    def grade(self, score: float) -> str:
        return "A" if score >= self.A else "B" if score >= self.B else "C" if score >= self.C else "D"


@dataclass(frozen=True, repr=False)
class Profile:
    """An ideal customer profile: dimensions of factors, and the win rate assumed before training on any deal.

    >>> from icp_fit import read_profile
    >>> profile = read_profile("liferay")
    >>> profile
    <Profile liferay 1.0.0: 4 dimensions, 41 factors>
    >>> profile.factor("integrations").question
    'How many other systems must it be integrated with?'
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    name: str
    version: str
    label: str
    summary: str
    win_rate: Annotated[float, Field(gt=0, lt=1)]
    dimensions: Annotated[tuple[Dimension, ...], Field(min_length=1)]
    grades: Grades = field(default_factory=Grades)

    @cached_property
    def factors(self) -> tuple[Factor, ...]:
        return tuple(factor for dimension in self.dimensions for factor in dimension.factors)

    @cached_property
    def factor_ids(self) -> tuple[str, ...]:
        return tuple(factor.id for factor in self.factors)

    @cached_property
    def known_before_close(self) -> tuple[bool, ...]:
        """Which factors can be asked of an open deal: those that are not known only at its close."""
        return tuple(factor.known_at == "qualification" for factor in self.factors)

    @cached_property
    def digest(self) -> str:
        """Sixteen hexadecimal digits that change whenever the meaning of the profile does."""
        return hashlib.sha256(repr(asdict(self)).encode()).hexdigest()[:16]

    def __repr__(self) -> str:
        nouns = (("dimension", len(self.dimensions)), ("factor", len(self.factors)))
        counts = ", ".join(f"{count} {noun}{'s' if count != 1 else ''}" for noun, count in nouns)
        return f"<Profile {self.name} {self.version}: {counts}>"

    def _repr_html_(self) -> str:
        rows = (
            (dimension.label, factor.id, factor.kind, factor.arrow, f"{factor.weight:g}", factor.question)
            for dimension in self.dimensions
            for factor in dimension.factors
        )
        header = ("dimension", "factor", "kind", "", "weight", "question")
        return html_table(f"{self.label} ({self.name} {self.version})", header, rows)

    def __getstate__(self) -> dict[str, object]:
        """Only the fields: what is derived from them is not stored with a model."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    def factor(self, factor_id: str) -> Factor:
        for factor in self.factors:
            if factor.id == factor_id:
                return factor
        raise ProfileError(f"Profile `{self.name}` has no factor `{factor_id}`; it has {', '.join(self.factor_ids)}.")

    def dimension_of(self, factor_id: str) -> Dimension:
        return next(d for d in self.dimensions if any(f.id == factor_id for f in d.factors))
