"""The scores of an import: its deals scored, the outcomes of the closed ones recorded, and the table to download."""

from datetime import UTC, datetime

import numpy as np
import pandas as pd

from icp_fit.features.deal_reader import answers_of
from icp_fit.models.explain import explain_numbers
from icp_fit.serving.http.requests import DealRequest
from icp_fit.serving.pages.csv_download import write_csv
from icp_fit.serving.pages.imports import ImportedDeals
from icp_fit.serving.pages.request import PageRequest
from icp_fit.serving.scoring.served_model import ServedModel
from icp_fit.serving.store.records import Outcome


def read_requests(model: ServedModel, deals: ImportedDeals, places: np.ndarray) -> list[DealRequest]:
    """Some deals of an import, by their places, as requests for a score."""
    about = deals.about.iloc[places].astype(object)
    rows = about.where(about.notna(), None)[["deal_id", "name", "owner", "region"]].to_numpy(object).tolist()
    numbers = deals.numbers[places]
    return [DealRequest(answers_of(model.profile, deal), *row) for deal, row in zip(numbers, rows, strict=True)]


def record_outcomes(request: PageRequest, deals: ImportedDeals, filename: str) -> int:
    """Record the outcomes of deals that the list still shows as open; returns how many. Blocks."""
    closed = deals.about[~deals.open].set_index("deal_id")["outcome"]
    count = 0
    for deal_id in request.runtime.store.open_among(closed.index.tolist()):
        outcome = Outcome(deal_id, str(closed[deal_id]), datetime.now(UTC), request.key_id, f"Import of {filename}")
        request.runtime.store.add_outcome(outcome)
        count += 1
    return count


def count_ended(request: PageRequest, deals: ImportedDeals) -> int:
    """How many deals that are open here were recorded as won or lost before, once they are scored. Blocks."""
    ids = deals.about["deal_id"][deals.open].tolist()
    return len(ids) - len(request.runtime.store.open_among(ids))


def write_scores(model: ServedModel, deals: ImportedDeals) -> tuple[bytes, dict[str, int]]:
    """The scores as CSV, and how many open deals have each grade; blocks."""
    explanation = explain_numbers(model.compiled, deals.numbers)
    table = pd.DataFrame(
        {
            **{name: deals.about[name] for name in ("deal_id", "name", "owner", "outcome")},
            "score": explanation.score,
            "win_probability": explanation.win_probability.round(4),
            "low": explanation.low.round(4),
            "high": explanation.high.round(4),
            "grade": explanation.grade,
            "completeness": explanation.completeness.round(4),
            "model_version": model.model_version,
        }
    )
    grades = {grade: int((table["grade"][deals.open] == grade).sum()) for grade in "ABCD"}
    return write_csv(table), grades
