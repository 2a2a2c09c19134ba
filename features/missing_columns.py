"""Whether a table lacks what scores need: columns for the questions that a model was trained on, and the deals' ids.

A table that is read by the wrong mapping looks like one in which nobody answered anything. Its deals would all get
about the same score, without a word of what is wrong.
"""

import re
from collections.abc import Collection
from difflib import SequenceMatcher, get_close_matches

from icp_fit.features.cell_parsing import fold
from icp_fit.features.errors import DealsError
from icp_fit.features.factors import Profile
from icp_fit.features.mapping import Mapping
from icp_fit.features.quoting import quoted

MOST_MISSING = 0.5  # share of the questions that may be without a column
MOST_SHOWN = 5
_REMEDY = (
    "Say in a mapping, in [columns], which column is which. Or take the table as it is with --allow-missing: what has "
    "no column is unanswered, and deals without ids are named by their rows."
)
ALIKE = 0.5  # of two names, from 0 to 1
_ID_WORD = re.compile(r"(?:^|[\W_])(?:id|key|nr|no|number|nummer|code)(?:$|[\W_])", re.IGNORECASE)
_ID_ENDING = re.compile(r"[a-z]Id$|I[Dd]$")


def describe_missing_questions(
    absent: Collection[str], asked: Collection[str], others: Collection[str], profile: Profile, mapping: Mapping
) -> str | None:
    """A sentence on the questions without a column, where they are more than half of those `asked`; else None.

    `absent` are the factors without a column, `others` the columns of the table that are no factor's; the nearest of
    these are named.
    """
    questions = [factor_id for factor_id in asked if not mapping.leaves_out(factor_id)]
    missing = [factor_id for factor_id in questions if factor_id in absent]
    if len(missing) <= MOST_MISSING * len(questions):
        return None
    shown = [_with_nearest(name, _names(name, profile, mapping), others) for name in missing[:MOST_SHOWN]]
    more = f" and {len(missing) - MOST_SHOWN:,} more" if len(missing) > MOST_SHOWN else ""
    has = f" Columns that nothing reads: {quoted(others, 30)}." if others else ""
    return (
        f"{len(missing):,} of the {len(questions):,} questions of profile `{profile.name}` have no column, more than "
        f"half: {', '.join(shown)}{more}.{has}"
    )


def describe_missing_id(columns: Collection[str], others: Collection[str], mapping: Mapping) -> str | None:
    """A sentence that no column has the deals' ids, and which is likeliest to; None where one has."""
    if "deal_id" in columns:
        return None
    names = [name for name in dict.fromkeys((*mapping.names("deal_id"), "deal_id")) if name]
    like_ids = [name for name in others if _ID_WORD.search(name) or _ID_ENDING.search(name)]
    nearest = find_nearest(names, like_ids or others)
    likeliest = [nearest] if nearest else like_ids or list(others)
    which = f" It may be {'' if nearest else 'one of '}{quoted(likeliest)}." if likeliest else ""
    return f"No column is called {quoted(names)}, the id of each deal.{which}"


def describe_nearest(others: Collection[str], profile: Profile, mapping: Mapping) -> str:
    """A sentence, with a space in front, on columns whose names are like those of factors; nothing where none is."""
    alike = ((name, find_nearest(_names(name, profile, mapping), others)) for name in profile.factor_ids)
    found = [f'"{nearest}" for `{factor_id}`' for factor_id, nearest in alike if nearest][:MOST_SHOWN]
    return f" The nearest are {', '.join(found)}." if found else ""


def check_columns(
    columns: Collection[str],
    asked: Collection[str],
    others: Collection[str],
    profile: Profile,
    mapping: Mapping,
    remedy: str = _REMEDY,
) -> None:
    """Raise DealsError where a table lacks most of the questions `asked`, or the deals' ids.

    `columns` are those of ours that it has, `others` the columns that nothing reads.
    """
    absent = [factor_id for factor_id in profile.factor_ids if factor_id not in columns]
    found = (
        describe_missing_questions(absent, asked, others, profile, mapping),
        describe_missing_id(columns, others, mapping),
    )
    problems = [sentence for sentence in found if sentence]
    if problems:
        raise DealsError(f"{' '.join(problems)} {remedy}")


def find_nearest(names: Collection[str], others: Collection[str]) -> str | None:
    """The column whose name is most like one of the names, None where none is."""
    folded = {fold(other): other for other in reversed(list(others))}
    alike = [near for name in names for near in get_close_matches(fold(name), folded, n=1, cutoff=ALIKE)]
    ratios = {near: max(SequenceMatcher(None, near, fold(name)).ratio() for name in names) for near in alike}
    return folded[max(ratios, key=ratios.__getitem__)] if ratios else None


def _names(factor_id: str, profile: Profile, mapping: Mapping) -> list[str]:
    return [*mapping.names(factor_id), factor_id, profile.factor(factor_id).label]


def _with_nearest(factor_id: str, names: Collection[str], others: Collection[str]) -> str:
    nearest = find_nearest(names, others)
    return f"`{factor_id}` (nearest: {quoted([nearest])})" if nearest else f"`{factor_id}`"
