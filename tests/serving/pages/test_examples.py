"""Example deals are stored once, with a history."""

from pathlib import Path

from icp_fit.serving.pages.examples import store_examples
from icp_fit.serving.store.store import Store
from tests.support.running_service import RunningService
from tests.support.small_profile import draw_answers


def test_examples_are_stored_once_with_a_history(service: RunningService, tmp_path: Path) -> None:
    table = draw_answers(12, seed=3).assign(deal_id=[f"E-{i}" for i in range(12)], outcome=["", "won"] * 6)
    table.to_csv(tmp_path / "deals.csv", index=False)
    store = Store(service.runtime.database)
    assert store_examples(store, service.runtime.model, tmp_path / "deals.csv") == 6
    assert len(store.history("E-0")) == 3
    assert store_examples(store, service.runtime.model, tmp_path / "deals.csv") == 0
