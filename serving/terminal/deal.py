"""One deal of a table, explained by the champion or, where there is none, by a profile alone."""

from collections.abc import Collection
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from icp_fit.features.cell_parsing import fold
from icp_fit.features.column_match import find_columns
from icp_fit.features.deal_dates import DATES
from icp_fit.features.deals import Deals, read_deals
from icp_fit.features.encoder import answer_numbers
from icp_fit.features.errors import DealsError
from icp_fit.features.factors import Profile
from icp_fit.features.mapping import Mapping
from icp_fit.features.missing_columns import check_columns
from icp_fit.features.profile import read_profile
from icp_fit.features.quoting import did_you_mean
from icp_fit.features.sources.frame import FrameSource
from icp_fit.features.sources.opening import open_source
from icp_fit.features.sources.source import Source
from icp_fit.features.unseen import UnseenAnswer, count_unseen, refuse_unseen
from icp_fit.models.bundle import load_bundle
from icp_fit.models.compiled import CompiledModel, compile_model
from icp_fit.models.evidence import trained_questions
from icp_fit.models.explain import explain_numbers
from icp_fit.models.fit import fit_nothing
from icp_fit.models.narrative.narrator import Narrator
from icp_fit.models.narrative.next_steps import NextAction, NextQuestion, next_actions, next_questions
from icp_fit.models.narrative.view import SellerView
from icp_fit.models.store_paths import StorePaths

# Of very many ids, only the first are compared with a misspelt one.
MOST_IDS = 20_000


@dataclass(frozen=True)
class Scorer:
    """A model that scores deals, read as those that it was trained on were, by its `mapping`.

    `stamp` is a sentence on which model it is, and from when.
    """

    compiled: CompiledModel
    version: str | None
    stamp: str
    mapping: Mapping = field(default_factory=Mapping)


@dataclass(frozen=True)
class DealReport:
    """A deal with all that a seller reads of it; `title` names it.

    `unseen` are its answers that the model does not know, and takes as unanswered.
    """

    deal_id: str
    title: str
    scorer: Scorer
    view: SellerView
    questions: tuple[NextQuestion, ...]
    actions: tuple[NextAction, ...]
    unseen: tuple[UnseenAnswer, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The same as plain JSON; `questions` is how many the profile asks, `next_questions` which to ask first."""
        return {
            "deal_id": self.deal_id,
            "model_version": self.scorer.version,
            **asdict(self.view),
            "next_questions": [asdict(question) for question in self.questions],
            "next_actions": [asdict(action) for action in self.actions],
            "unseen": [asdict(answer) for answer in self.unseen],
        }


def find_scorer(store_paths: StorePaths, profile: str | None = None) -> Scorer:
    """The champion; or, where there is none or a profile is named, that profile alone."""
    if profile is None and store_paths.champion_name is not None:
        bundle = load_bundle(store_paths.champion)
        version, created = bundle.manifest.model_version, bundle.manifest.created
        stamp = f"Model version {version}, created {created:%Y-%m-%d}."
        return Scorer(compile_model(bundle.model), version, stamp, bundle.mapping)
    alone = read_profile(profile or "liferay")
    compiled = compile_model(fit_nothing(alone))
    reason = "" if profile else "There is no champion yet. "
    return Scorer(compiled, None, f"{reason}The profile is “{alone.label}”.")


def report_deal(
    source: str | Path,
    deal_id: str,
    scorer: Scorer,
    mapping: Mapping | None = None,
    query: str | None = None,
    *,
    sheet: str | None = None,
    allow_missing: bool = False,
    strict: bool = False,
) -> DealReport:
    """Find a deal in a table, by its id or, where deals have none, by its row, and explain its score.

    A word that is no choice of its question counts as unanswered, and is told; `strict` refuses it. Raises DealsError
    where there is no such deal, its row cannot be used, or the table, unless `allow_missing`, lacks the deals' ids or
    most of the questions that the model was trained on.
    """
    compiled = scorer.compiled
    asked = None if allow_missing else trained_questions(compiled.profile, compiled.model.evidence_)
    opened = open_source(source, query, sheet)
    deals, by_row = _read(opened, compiled.profile, mapping or scorer.mapping, asked)
    row = _find(deals, deal_id, by_row)
    numbers = answer_numbers(compiled.profile, deals.table.iloc[[row]])
    found_id = str(deals.table["deal_id"].iloc[row])
    unseen = count_unseen(problem for problem in deals.unseen if problem.deal_id == found_id)
    if strict:
        refuse_unseen(unseen)
    return DealReport(
        deal_id=found_id,
        title=_title(deals.table.iloc[row], by_row),
        scorer=scorer,
        view=Narrator(compiled).view(explain_numbers(compiled, numbers)),
        questions=next_questions(compiled, numbers[0]),
        actions=next_actions(compiled, numbers[0]),
        unseen=unseen,
    )


def _read(source: Source, profile: Profile, mapping: Mapping, asked: Collection[str] | None) -> tuple[Deals, bool]:
    """All deals, and whether they are named by the numbers of their rows, for lack of an id."""
    by_row = "deal_id" not in find_columns(source.names, profile, mapping)
    if by_row:
        raw = source.table()
        cells, rows = raw.cells.assign(deal_id=raw.cells.index), raw.cells.index.to_numpy()
        source = FrameSource(cells, "The table", numbers=rows, skipped=raw.skipped, notes=source.notes)
    mapping = mapping.without(*DATES)  # no part of a score, and written otherwise they must not cost the deal
    deals = read_deals(source, profile, mapping, outcome_required=False, max_rejected=1.0, accept_unseen=True)
    if asked is not None:
        columns = {*profile.factor_ids, *(() if by_row else ("deal_id",))}.difference(deals.absent)
        check_columns(columns, asked, deals.ignored, profile, mapping)
    return deals, by_row


def _find(deals: Deals, deal_id: str, by_row: bool) -> int:
    ids = deals.table["deal_id"].astype(str)
    rows = np.flatnonzero(ids == deal_id)
    if not len(rows):
        rows = np.flatnonzero(ids.map(fold) == fold(deal_id))
    if len(rows):
        return int(rows[0])
    rejected = deals.rejected[deals.rejected["deal_id"].astype(str) == deal_id]
    count = len(deals.table) + len(deals.rejected)
    name = f"Row {deal_id}" if by_row else f'Deal "{deal_id}"'
    if len(rejected):
        raise DealsError(f"{name} cannot be used: {rejected['reason'].iloc[0]}")
    if by_row:
        skipped = deals.skipped[deals.skipped["row"].astype(str) == deal_id]
        if len(skipped):
            raise DealsError(f"{name} is no deal: {skipped['reason'].iloc[0]}")
        raise DealsError(
            f'There is no row "{deal_id}". The table has no column `deal_id`, so --deal takes the number of a row '
            f"below its header, such as {ids.iloc[0] if len(ids) else 1}; or name the column of the ids in a mapping, "
            "under [columns]."
        )
    skipped = deals.skipped[(deals.skipped == deal_id).any(axis=1)]
    if len(skipped):
        raise DealsError(
            f'Row {skipped["row"].iloc[0]:,}, which has "{deal_id}", is no deal: {skipped["reason"].iloc[0]}'
        )
    hint = did_you_mean(deal_id, ids.head(MOST_IDS).tolist())
    raise DealsError(
        f'There is no deal "{deal_id}" among {count:,} deals.{hint} Give a `deal_id` that is in the table.'
    )


def _title(deal: pd.Series, by_row: bool) -> str:
    name = f"Row {deal['deal_id']} (there is no column of ids)" if by_row else f"Deal {deal['deal_id']}"
    return f"{name}, {deal['name']}" if isinstance(deal.get("name"), str) else name
