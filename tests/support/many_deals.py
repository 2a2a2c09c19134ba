"""Very many deals in a prediction store, as a batch leaves them: without reasons and questions."""

from datetime import timedelta

import numpy as np

from icp_fit.serving.runtime import Runtime
from icp_fit.serving.store.records import Prediction
from icp_fit.serving.store.store import Store
from tests.support.databases import NOW


def store_many_deals(runtime: Runtime, count: int) -> None:
    """Store deals with a prediction each by the champion of a service."""
    store, model = Store(runtime.database), runtime.model
    chances = np.random.default_rng(0).beta(2, 5, count)
    store.add(
        [
            Prediction(
                id=store.new_id(),
                scored_at=NOW + timedelta(seconds=number),
                route="batch",
                **model.provenance,
                answers='{"integrations":9,"partner_portal":true}',
                score=round(100 * chance),
                grade=model.profile.grades.grade(round(100 * chance)),
                win_probability=chance,
                low=chance / 2,
                high=(1 + chance) / 2,
                completeness=0.05,
                deal_id=f"L-{number}",
                name=f"Company {number}, deal {number}",
                owner=("Ana", "Ben", "Cleo")[number % 3],
                region=("Europe", "Asia Pacific")[number % 2],
            )
            for number, chance in enumerate(chances.tolist())
        ]
    )
