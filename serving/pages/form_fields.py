"""Questions as form fields: each with the control that takes its answer, and with the answer in words."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import isnan
from typing import Literal

import numpy as np

from icp_fit.features.cell_parsing import fold
from icp_fit.features.deal_reader import answer_of
from icp_fit.features.factors import Dimension, Factor, Profile
from icp_fit.models.narrative.wording import answer_text

MOST_BUTTONS = 4  # choices that are shown side by side; more are a list to choose from
MOST_LISTED = 50  # choices of such a list; more are typed, with completion
MOST_COMPLETED = 1_000  # choices that a page holds for completion; of more, the service finds those that are meant
MOST_FOUND = 30  # choices that the service finds at once
REGION = "region"  # the factor that says where a deal is, in a profile that asks for it
FIELD = "answer."  # the beginning of the name of a factor's field in a form


@dataclass(frozen=True)
class Option:
    value: str
    text: str
    is_chosen: bool = False


@dataclass(frozen=True)
class FormField:
    """One question with its answer, if there is one; `text` is the answer in words, `value` as a form has it."""

    factor: Factor
    answered: bool
    text: str
    value: str
    error: str = ""

    @property
    def name(self) -> str:
        return FIELD + self.factor.id

    @property
    def options(self) -> list[Option]:
        return [Option(value, text, value == self.value) for value, text in _choices(self.factor)]

    @property
    def control(self) -> Literal["number", "buttons", "list", "completion"]:
        if self.factor.is_number:
            return "number"
        if len(self.factor.choices) > MOST_LISTED:
            return "completion"
        return "buttons" if len(_choices(self.factor)) <= MOST_BUTTONS else "list"

    @property
    def is_found(self) -> bool:
        """Whether the choices are too many for a page, so that the service finds those that are meant."""
        return len(self.factor.choices) > MOST_COMPLETED

    @property
    def typed(self) -> str:
        """The answer as it stands in a field to type it."""
        return self.text if self.answered and self.control == "completion" else self.value


@dataclass(frozen=True)
class FormGroup:
    """The questions of a dimension."""

    dimension: Dimension
    fields: list[FormField]

    @property
    def answered(self) -> int:
        return sum(field.answered for field in self.fields)


def build_form_groups(
    profile: Profile, numbers: np.ndarray, errors: Mapping[str, str] | None = None
) -> list[FormGroup]:
    """Every question with the answer of a deal, given as numbers of shape (factors,)."""
    number_of = dict(zip(profile.factor_ids, numbers.tolist(), strict=True))
    error_of = errors or {}
    return [
        FormGroup(dimension, [build_field(f, number_of[f.id], error_of.get(f.id, "")) for f in dimension.factors])
        for dimension in profile.dimensions
    ]


def build_field(factor: Factor, number: float = float("nan"), error: str = "") -> FormField:
    answered = not isnan(number)
    return FormField(factor, answered, answer_label(factor, number), _value(factor, number) if answered else "", error)


def answer_label(factor: Factor, number: float) -> str:
    """An answer as the button or the list shows it."""
    if factor.choices and not isnan(number):
        return _choices(factor)[int(number)][1]
    return dict(_choices(factor)).get(_value(factor, number)) or answer_text(factor, number)


def find_choices(factor: Factor, typed: str) -> list[str]:
    """The choices that have in them what was typed, those that begin with it first; at most `MOST_FOUND`."""
    wanted = fold(typed)
    texts = [text for _, text in _choices(factor) if wanted in fold(text)]
    return sorted(texts, key=lambda text: not fold(text).startswith(wanted))[:MOST_FOUND]


def as_choice(factor: Factor, typed: str) -> str:
    """The choice that is meant by what was typed, which is no choice where none is."""
    return _spellings(factor).get(fold(typed), typed)


@lru_cache(maxsize=64)
def _spellings(factor: Factor) -> dict[str, str]:
    return {fold(choice): choice for choice in factor.choices}


@lru_cache(maxsize=1024)
def _choices(factor: Factor) -> list[tuple[str, str]]:
    if factor.kind == "yes_no":
        return [("yes", "Yes"), ("no", "No")]
    return [(choice, _spelled(factor, choice.replace("_", " "))) for choice in factor.choices]


def _spelled(factor: Factor, text: str) -> str:
    """A choice as the profile writes it in its sentences, such as PaaS, or else with a capital; places have several.

    Of many choices, which are names, each stays as it is.
    """
    if len(factor.choices) > MOST_LISTED:
        return text
    matches = re.findall(rf"\b{re.escape(text)}\b", " ".join((factor.question, *factor.phrases)), re.IGNORECASE)
    own = [spelling for spelling in matches if spelling[1:] != spelling[1:].lower()]
    if own:
        return own[0]
    return text.title() if factor.id == REGION else text[:1].upper() + text[1:]


def _value(factor: Factor, number: float) -> str:
    answer = answer_of(factor, number)
    if isinstance(answer, bool):
        return "yes" if answer else "no"
    return f"{answer:.15g}" if isinstance(answer, float) else str(answer)
