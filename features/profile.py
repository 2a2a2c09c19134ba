"""Profiles on disk: TOML read into a checked `Profile`, and written back.

A profile is the one place where a question is declared. The table's schema, the encoding, the model's constraints, the
API, the form and the data dictionary all derive from the `Profile` that is read here.
"""

import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import MISSING, fields
from itertools import pairwise
from math import isfinite
from pathlib import Path
from typing import Any, cast

import tomli_w
from pydantic import TypeAdapter, ValidationError

from icp_fit.features.cell_parsing import fold
from icp_fit.features.documents import describe_problem, read_document
from icp_fit.features.errors import ProfileError
from icp_fit.features.factors import Dimension, Factor, Grades, Profile
from icp_fit.features.mapping import DEAL_COLUMNS, IS_CLOSED

__all__ = [
    "Dimension",
    "Factor",
    "Grades",
    "Profile",
    "check_profile",
    "read_profile",
    "write_profile",
]

_ID = re.compile(r"[a-z][a-z0-9_]*")
_READER = TypeAdapter(Profile)


def read_profile(name: str | Path) -> Profile:
    """Read a profile by the name of one that is shipped (`"liferay"`) or by the path of a TOML file.

    Raises ProfileError, naming file, factor and remedy.

    >>> from icp_fit import read_profile
    >>> profile = read_profile("liferay")
    >>> [dimension.label for dimension in profile.dimensions]
    ['Complexity', 'Security', 'Enterprise', 'Context']
    >>> profile.factor("integrations").question
    'How many other systems must it be integrated with?'
    """
    text, where = read_document(name, "profiles", ProfileError)
    return parse_profile(text, where)


def parse_profile(text: str, where: str = "profile") -> Profile:
    """Read a profile from TOML text; `where` names it in errors."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ProfileError(f"{where} is not valid TOML: {error}. Correct the file there.") from error
    try:
        profile = _READER.validate_python(document)
    except ValidationError as error:
        raise ProfileError("\n".join(f"{where}: {line}" for line in _lines(error, document))) from error
    return check_profile(profile, where)


def write_profile(profile: Profile) -> str:
    """TOML text that `parse_profile` reads back to an equal profile; values equal to the default are left out."""
    return tomli_w.dumps(_document(profile))


def check_profile(profile: Profile, where: str = "profile") -> Profile:
    """Return the profile, or raise ProfileError with every way in which its parts do not fit together."""
    problems = [*_repeated(profile), *(line for factor in profile.factors for line in _factor_problems(factor))]
    if not any(profile.known_before_close):
        problems.append(
            "every factor is known only at close, so there is nothing to ask of an open deal. "
            'Set `known_at = "qualification"` where that is wrong.'
        )
    grades = profile.grades
    if not grades.A > grades.B > grades.C:
        problems.append(
            f"grades must fall from A to C, got A={grades.A:g}, B={grades.B:g}, C={grades.C:g}. "
            "Give each grade a lower score than the one before."
        )
    if problems:
        raise ProfileError("\n".join(f"{where}: {problem}" for problem in problems))
    return profile


def _repeated(profile: Profile) -> Iterator[str]:
    for kind, ids in (("dimension", [d.id for d in profile.dimensions]), ("factor", list(profile.factor_ids))):
        for repeated in [name for name, count in Counter(ids).items() if count > 1]:
            yield f"{kind} `{repeated}` is declared {ids.count(repeated)} times. Rename or remove all but one."
        for malformed in [name for name in ids if not _ID.fullmatch(name)]:
            yield f"{kind} `{malformed}` must be an id of lower-case letters, digits and `_`, starting with a letter."
    # a factor may be called `amount`: the deal's amount is an answer too
    for factor_id in sorted({*DEAL_COLUMNS, IS_CLOSED}.intersection(profile.factor_ids)):
        yield f"factor `{factor_id}` has the name of a column that every table of deals may have. Rename it."


def _factor_problems(factor: Factor) -> Iterator[str]:
    """Each rule of a single factor that is broken, with the remedy."""
    named = f"factor `{factor.id}`"
    wanted = {"ordinal": "levels", "category": "values"}.get(factor.kind)
    for name, choices in (("levels", factor.levels), ("values", factor.values)):
        if name == wanted and len(choices) < 2:
            yield f"{named} is of kind `{factor.kind}` and needs at least two `{name}`, got {len(choices)}. List them."
        if name != wanted and choices:
            yield f"{named} is of kind `{factor.kind}`, which has no `{name}`. Remove them or change its kind."
        spelled = Counter(map(fold, choices))
        for choice in [choice for choice in dict.fromkeys(choices) if spelled[fold(choice)] > 1 or not choice.strip()]:
            yield f"{named} lists {choice!r} in `{name}` more than once, or blank. Keep each once, in one spelling."
    if factor.kind == "category" and factor.direction != "none":
        yield f"{named} is a category, whose answers have no order. Make it `ordinal` or drop `direction`."
    if factor.weight and factor.direction == "none":
        yield f"{named} has weight {factor.weight:g} and no direction. Set `direction` to up or down, or `weight` to 0."
    if factor.weight and factor.known_at == "close":
        yield f"{named} is known only at close and cannot carry weight. Set `weight` to 0."
    if not (factor.label.strip() and factor.question.strip()):
        yield f"{named} has a blank `label` or `question`. Say what a seller should ask."
    if not factor.is_number and (factor.scale or factor.minimum is not None):
        yield f"{named} is of kind `{factor.kind}`; `scale` and `minimum` are for counts and amounts. Remove them."
    if factor.is_number and factor.weight and factor.scale is None:
        yield f"{named} has a weight to spread. Set `scale = [low, high]`, the answers between which it is spread."
    if factor.scale and not all(map(isfinite, factor.scale)):
        yield f"{named} has scale {list(factor.scale)}; both numbers must be finite. Give the answers that are usual."
    if factor.scale and not factor.scale[0] < factor.scale[1]:
        yield f"{named} has scale {list(factor.scale)}; the first number must be the smaller one."
    if factor.kind == "count" and factor.minimum is not None and factor.minimum < 0:
        yield f"{named} is a count, which starts at 0, with minimum {factor.minimum:g}. Raise it, or make it `amount`."
    yield from _phrase_problems(factor)


def _phrase_problems(factor: Factor) -> Iterator[str]:
    """Each rule of a factor's phrases that is broken, with the remedy."""
    named, phrases = f"factor `{factor.id}`", factor.phrases
    wanted = 2 if factor.kind == "yes_no" else len(factor.choices)
    if factor.is_number and len(phrases) > 2:
        yield f"{named} has {len(phrases)} `phrases`; give one with `{{answer}}`, and if need be one for exactly 1."
    if factor.is_number and phrases and "{answer}" not in phrases[0]:
        yield f"{named} has the phrase {phrases[0]!r} for every number. Put `{{answer}}` where the number goes."
    if not factor.is_number and phrases and len(phrases) != wanted:
        order = "no and yes" if factor.kind == "yes_no" else "each answer in its order"
        yield f"{named} has {len(phrases)} `phrases` for {wanted} answers. Give one for {order}, or none at all."
    if not factor.is_number and any("{answer}" in phrase for phrase in phrases):
        yield f"{named} has a phrase with `{{answer}}`, which is for numbers. Write the answer out."
    for phrase in phrases:
        if not phrase.strip() or phrase.rstrip().endswith("."):
            yield f"{named} has the phrase {phrase!r}. Make it a main clause, without a full stop: sentences go on."


def _lines(error: ValidationError, document: dict[str, object]) -> Iterator[str]:
    """One line for each problem that pydantic found, in the words of the file."""
    places = [problem["loc"] for problem in error.errors()]
    for problem, place in zip(error.errors(), places, strict=True):
        # a list with a broken item is said to be too short as well
        if any(other[:-1][: len(place)] == place for other in places):
            continue
        *path, key = place
        owner, node = "profile", cast(Any, document)
        for above, step in pairwise(["", *path]):
            node = node[step]
            if isinstance(node, dict):
                kind = {"dimensions": "dimension", "factors": "factor"}.get(str(above))
                owner = f"{kind} `{node.get('id', f'number {int(step) + 1}')}`" if kind else f"[{step}]"
        name = f"{path[-1]}`, item `{key + 1}" if isinstance(key, int) else key
        yield f"{owner}: `{name}`: {describe_problem(problem)}"


def _document(node: Profile | Dimension | Factor | Grades) -> dict[str, object]:
    document: dict[str, object] = {}
    for declared in fields(node):
        value = getattr(node, declared.name)
        default = declared.default_factory() if declared.default_factory is not MISSING else declared.default
        if value is None or value == default:
            continue
        if isinstance(value, tuple) and isinstance(value[0], Dimension | Factor):
            document[declared.name] = [_document(item) for item in value]
        else:
            document[declared.name] = _document(value) if isinstance(value, Grades) else value
    return document
