"""Questions of a draft that the guard against leakage would refuse: they are left out, each with its evidence."""

from collections.abc import Collection
from dataclasses import replace

import pandas as pd

from icp_fit.features.deals import read_deals
from icp_fit.features.drafting.draft import Draft
from icp_fit.features.errors import DealsError, ProfileError
from icp_fit.features.leakage import find_leaks

REASON = "may be known only from the outcome"


def leave_out_leaks(draft: Draft, table: pd.DataFrame, allowed: Collection[str] = ()) -> Draft:
    """The draft without the factors that training would refuse as leakage, but for those allowed by column or id.

    `table` is what the draft was made of. Where it cannot be searched for leakage, a note says so. Raises ProfileError
    where no question would be left.
    """
    try:
        deals = read_deals(table, draft.profile, draft.mapping, max_rejected=1.0)
    except DealsError as error:
        return replace(draft, notes=(*draft.notes, f"It could not be searched for what leaks the outcome: {error}"))
    kept = {factor.id for factor in draft.profile.factors if {factor.id, factor.source} & set(allowed)}
    evidence: dict[str, str] = {}
    for leak in find_leaks(deals, draft.profile):
        if leak.blocking and leak.column not in kept:
            evidence.setdefault(leak.column, leak.evidence.removeprefix(f"`{leak.column}` ").rstrip("."))
    return _without(draft, evidence) if evidence else draft


def _without(draft: Draft, evidence: dict[str, str]) -> Draft:
    left = tuple(factor for factor in draft.profile.factors if factor.id not in evidence)
    reasons = {f.source: f"{REASON}: {evidence[f.id]}" for f in draft.profile.factors if f.id in evidence}
    if not left:
        listed = "; ".join(f"`{column}` {reason}" for column, reason in reasons.items())
        raise ProfileError(f"No question is left: {listed}. Keep what was known before with --allow.")
    (dimension,) = draft.profile.dimensions
    mapping = draft.mapping
    return replace(
        draft,
        profile=replace(draft.profile, dimensions=(replace(dimension, factors=left),)),
        mapping=replace(
            mapping,
            columns={ours: theirs for ours, theirs in mapping.columns.items() if ours not in evidence},
            values={ours: words for ours, words in mapping.values.items() if ours not in evidence},
        ),
        ignored={**draft.ignored, **reasons},
        informative={column: found for column, found in draft.informative.items() if column not in reasons},
        notes=(*draft.notes, "What was left out as leakage is kept with --allow COLUMN, where it was known before."),
    )
