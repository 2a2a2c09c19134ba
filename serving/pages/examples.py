"""Example deals for a first look: the open ones are scored and stored as if questions were answered over weeks."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from icp_fit.features.deal_reader import answers_of
from icp_fit.features.deals import read_deals
from icp_fit.serving.http.requests import DealRequest
from icp_fit.serving.pages.imports import ImportedDeals, build_deals
from icp_fit.serving.scoring.predictions import Origin, first_question, score_deal
from icp_fit.serving.scoring.served_model import ServedModel, load_model, profile_alone
from icp_fit.serving.settings import read_settings
from icp_fit.serving.store.database import Database
from icp_fit.serving.store.records import Prediction
from icp_fit.serving.store.store import Store

STAGES = (0.45, 0.75, 1.0)  # shares of the answers that each prediction was made from
DAYS = (24, 9, 0)  # how many days ago it was made


def store_examples(store: Store, model: ServedModel, source: str | Path) -> int:
    """Score the open deals of a table, with a history of some weeks each, into a store that holds none; blocks.

    Returns how many deals are new there: none where the store has a deal already.
    """
    deals = build_deals(read_deals(source, model.profile, outcome_required=False), model.profile)
    places = np.flatnonzero(deals.open)
    if not len(places) or store.history(str(deals.about["deal_id"].iloc[places[0]]), 1):
        return 0
    store.add([prediction for place in places for prediction in _history(store, model, deals, int(place))])
    return len(places)


def _history(store: Store, model: ServedModel, deals: ImportedDeals, place: int) -> Iterator[Prediction]:
    """A deal as it was scored while ever more of its questions were answered."""
    about = deals.about.astype(object).where(deals.about.notna(), None).iloc[place]
    numbers = deals.numbers[place]
    answered = np.flatnonzero(~np.isnan(numbers))
    order, now = np.random.default_rng(place).permutation(answered), datetime.now(UTC)
    for share, days in zip(STAGES, DAYS, strict=True):
        earlier, places = np.full_like(numbers, np.nan), order[: round(share * len(order))]
        earlier[places] = numbers[places]
        deal = DealRequest(
            answers_of(model.profile, earlier), about["deal_id"], about["name"], about["owner"], about["region"]
        )
        scored = score_deal(model, deal, store.new_id(), Origin("example"))
        at = now - timedelta(days=days, minutes=place % 600)
        yield replace(scored.prediction, scored_at=at, question=None if days else first_question(model, scored.numbers))


def main() -> None:
    """`python -m icp_fit.serving.pages.examples DEALS`: what `make run` shows, in the store that the settings name."""
    settings = read_settings()
    database = Database(settings.database_url, settings.name)
    try:
        store = Store(database)
        store.prepare()
        store_paths = settings.store_paths
        model = load_model(store_paths.champion.resolve()) if store_paths.champion_name else profile_alone()
        count = store_examples(store, model, sys.argv[1])
    finally:
        database.close()
    sys.stdout.write(f"Stored {count:,} open example deals.\n" if count else "The example deals are stored already.\n")


if __name__ == "__main__":
    main()
