"""What is guessed of a file before anybody looks: columns that no mapping names, by their names and cells."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pandas as pd

from icp_fit.features.cell_parsing import distinct_texts, fold
from icp_fit.features.column_match import find_columns
from icp_fit.features.documents import shipped_names
from icp_fit.features.errors import DealsError
from icp_fit.features.factors import Profile
from icp_fit.features.mapping import DEAL_COLUMNS, Mapping, read_mapping
from icp_fit.features.outcome_endings import find_ending
from icp_fit.serving.pages.import_columns import FileColumn

MOST_WORDS = 200  # that an outcome's column may have
_IDENTIFIER = re.compile(r"(\b|_)(id|uuid|guid|key|number|no|nr)$|[a-z]I[Dd]$|^[A-Z]+ID$", re.IGNORECASE)
_STAGE = re.compile(r"stage|status|outcome|result|phase", re.IGNORECASE)


def guess_mapping(
    columns: Sequence[FileColumn], cells: pd.DataFrame, profile: Profile, mapping: Mapping
) -> tuple[Mapping, list[str]]:
    """The mapping with the columns that it lacks, as they are called in known CRMs or as their cells look.

    Where one of ours may be several columns, it is left out; the sentences say so.
    """
    mapping, doubts = _without_doubts(columns, profile, mapping)
    found = find_columns([column.name for column in columns], profile, mapping)
    taken = set(found.values())
    guessed: dict[str, str] = {}
    for ours in DEAL_COLUMNS:
        if ours not in found and not mapping.leaves_out(ours):
            free = [column for column in columns if column.name not in taken]
            name = next(_likely(ours, free, cells), None)
            if name is not None:
                guessed[ours] = name
                taken.add(name)
    return replace(mapping, columns={**mapping.columns, **guessed}), doubts


def _without_doubts(columns: Sequence[FileColumn], profile: Profile, mapping: Mapping) -> tuple[Mapping, list[str]]:
    names = [column.name for column in columns]
    try:
        find_columns(names, profile, mapping)
    except DealsError:
        pass
    else:
        return mapping, []
    every = (*DEAL_COLUMNS, *profile.factor_ids)
    doubts: dict[str, str] = {}
    for ours in every:
        others = {other: "" for other in every if other != ours}
        alone = {key: value for key, value in mapping.columns.items() if key == ours}
        try:
            find_columns(names, profile, replace(mapping, columns={**others, **alone}))
        except DealsError as error:
            doubts[ours] = str(error).partition(" Say which")[0]
    return replace(mapping, columns={**mapping.columns, **dict.fromkeys(doubts, "")}), list(doubts.values())


def _likely(ours: str, free: Sequence[FileColumn], cells: pd.DataFrame) -> Iterator[str]:
    """The columns that are likely to be this one of ours, the likeliest first."""
    known = {fold(name) for name in _known_names(ours)}
    for column in free:
        if fold(column.name) in known and (column.is_unique or ours != "deal_id"):
            yield column.name
    if ours == "deal_id":
        yield from (column.name for column in free if column.is_unique and _IDENTIFIER.search(column.name))
    if ours == "outcome":
        yield from (column.name for column in free if _tells_outcomes(column.name, cells))


def _known_names(ours: str) -> Iterator[str]:
    for name in shipped_names("mappings"):
        yield from read_mapping(name).names(ours)


def _tells_outcomes(name: str, cells: pd.DataFrame) -> bool:
    """Whether some cells say won and others lost or, in a column called like one of stages, either."""
    _, texts = distinct_texts(cells[name])
    if len(texts) > MOST_WORDS:
        return False
    endings = {find_ending(text) for text in texts}
    return {"won", "lost"} <= endings or bool(_STAGE.search(name) and endings & {"won", "lost"})
