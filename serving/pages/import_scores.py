"""The scores of an import: its deals scored, what became of the closed ones recorded, and the table to take home."""

from datetime import UTC, datetime

import numpy as np
import pandas as pd

from icp_fit.models.explain import explain_numbers
from icp_fit.serving.http.requests import DealRequest
from icp_fit.serving.pages.answers import answers_of
from icp_fit.serving.pages.imports import Import
from icp_fit.serving.pages.request import PageRequest
from icp_fit.serving.scoring.champion import ServedModel
from icp_fit.serving.scoring.predictions import ScoredBatch, score_batch
from icp_fit.serving.store.records import Outcome


def score_places(visit: PageRequest, model: ServedModel, found: Import, places: np.ndarray) -> ScoredBatch:
    """Score some deals of an import, by their places; blocks."""
    about = found.about.iloc[places].astype(object)
    rows = about.where(about.notna(), None)[["deal_id", "name", "owner", "region"]].to_numpy(object).tolist()
    numbers = found.numbers[places]
    requests = [DealRequest(answers_of(model.profile, deal), *row) for deal, row in zip(numbers, rows, strict=True)]
    ids = [visit.runtime.store.new_id() for _ in requests]
    return score_batch(model, requests, numbers, ids, visit.key_id)


def record_outcomes(visit: PageRequest, found: Import) -> int:
    """Record what became of deals that the list still shows as open; returns how many. Blocks."""
    closed = found.about[~found.open].set_index("deal_id")["outcome"]
    count = 0
    for deal_id in visit.runtime.store.open_among(closed.index.tolist()):
        outcome = Outcome(deal_id, str(closed[deal_id]), datetime.now(UTC), visit.key_id, f"Import of {found.filename}")
        visit.runtime.store.add_outcome(outcome)
        count += 1
    return count


def write_scores(model: ServedModel, found: Import) -> bytes:
    """The scores as CSV; counts the open deals by grade on the way."""
    explanation = explain_numbers(model.compiled, found.numbers)
    table = pd.DataFrame(
        {
            **{name: found.about[name] for name in ("deal_id", "name", "owner", "outcome")},
            "score": explanation.score,
            "win_probability": explanation.win_probability.round(4),
            "low": explanation.low.round(4),
            "high": explanation.high.round(4),
            "grade": explanation.grade,
            "completeness": explanation.completeness.round(4),
            "model_version": model.model_version,
        }
    )
    found.grades = {grade: int((table["grade"][found.open] == grade).sum()) for grade in "ABCD"}
    return table.to_csv(index=False).encode("utf-8-sig")
