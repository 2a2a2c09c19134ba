"""Which column of a source is which of ours, told by the names of the columns alone, before any row is read."""

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass

from icp_fit.features.cell_parsing import fold
from icp_fit.features.errors import DealsError
from icp_fit.features.factors import Profile
from icp_fit.features.mapping import DEAL_COLUMNS, IS_CLOSED, Mapping
from icp_fit.features.missing_columns import describe_nearest
from icp_fit.features.quoting import did_you_mean, quoted


@dataclass(frozen=True)
class ColumnMatch:
    """The columns that a source and a profile have in common, and those that they do not.

    `columns` gives the source's name for each column of ours that it has, `ignored` are the source's columns that
    nothing reads, `absent` the factors without a column, and `notes` say which columns of the mapping are not there.
    """

    columns: dict[str, str]
    ignored: tuple[str, ...]
    absent: tuple[str, ...]
    notes: tuple[str, ...]


def match_columns(
    names: Iterable[Hashable], profile: Profile, mapping: Mapping, outcome_required: bool = False
) -> ColumnMatch:
    """Match the columns of a source, given their names, with those of deals that answer a profile.

    Raises DealsError where no column is a factor, or none the outcome although that is required, or where one of ours
    may be several of theirs.
    """
    theirs = [str(name) for name in names]
    columns = find_columns(theirs, profile, mapping)
    has = f"The table has the columns {quoted(theirs, 30)}."
    if outcome_required and "outcome" not in columns:
        raise DealsError(
            f"There is no column `outcome`. {has} Say in a mapping, in [columns], which one holds the outcome."
        )
    if not set(columns).intersection(profile.factor_ids):
        raise DealsError(
            f"No column is a factor of profile `{profile.name}`. {has}{describe_nearest(theirs, profile, mapping)} "
            "Say in a mapping, in [columns], which is which, or draft a profile from this table with "
            "`icp-fit profile init`."
        )
    return ColumnMatch(
        columns=columns,
        ignored=tuple(name for name in theirs if name not in columns.values()),
        absent=tuple(factor_id for factor_id in profile.factor_ids if factor_id not in columns),
        notes=tuple(_missing_columns(theirs, columns, profile, mapping)),
    )


def find_columns(names: Iterable[Hashable], profile: Profile, mapping: Mapping) -> dict[str, str]:
    """The source's column for each of ours that it has: by the mapping's name, our own, or the factor's label."""
    theirs = [str(name) for name in names]
    by_name = {ours: (*mapping.names(ours), ours) for ours in (*DEAL_COLUMNS, IS_CLOSED, *profile.factor_ids)}
    found = _match({ours: wanted for ours, wanted in by_name.items() if not mapping.leaves_out(ours)}, theirs)
    rest = [name for name in theirs if name not in found.values()]
    unnamed = [f for f in profile.factors if f.id not in found and not mapping.leaves_out(f.id)]
    return found | _match({f.id: (f.label,) for f in unnamed}, rest)


def _match(wanted: dict[str, tuple[str, ...]], theirs: list[str]) -> dict[str, str]:
    """The first column that has one of the wanted names, in that very spelling or else in a spelling like it."""
    folded = [fold(column) for column in theirs]
    found = {}
    for ours, names in wanted.items():
        for name in names:
            as_wanted = fold(name)
            alike = [column for column, as_folded in zip(theirs, folded, strict=True) if as_folded == as_wanted]
            alike = [column for column in alike if column == name] or alike
            if len(alike) > 1:
                raise DealsError(
                    f"`{ours}` may be any of the columns {quoted(alike)}. Say which in a mapping, in [columns]."
                )
            if alike:
                found[ours] = alike[0]
                break
    return found


def _missing_columns(theirs: list[str], columns: dict[str, str], profile: Profile, mapping: Mapping) -> Iterator[str]:
    """A sentence for each column that the mapping names and the source lacks."""
    for ours in mapping.columns:
        if ours not in columns and ours in (*DEAL_COLUMNS, IS_CLOSED, *profile.factor_ids):
            if mapping.leaves_out(ours):
                continue
            names = mapping.names(ours)
            hint = did_you_mean(names[0], theirs)
            yield f"No column is called {quoted(names)}, the mapping's `{ours}`.{hint}"
