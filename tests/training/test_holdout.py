"""A holdout identifies deals without naming them, and reads back as it was written."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from icp_fit.features.deals import Deals
from icp_fit.training.holdout import Holdout, build_holdout, read_holdout, table_digest, write_holdout
from tests.support.training_runs import build_deals, build_prior_model, build_training


def holdout_of(weight: float, deals: Deals) -> Holdout:
    return build_training(weight, deals=deals).holdout


def without(deals: Deals, *columns: str) -> Deals:
    return replace(deals, table=deals.table.drop(columns=list(columns)))


def test_deals_without_ids_are_told_apart_by_all_their_columns_and_by_number() -> None:
    """Three alike deals, of which the model was fitted on two: one is left unseen, whichever it is."""
    deals = without(build_deals(60), "deal_id", "account_id")
    alike = replace(deals, table=pd.concat([deals.table, deals.table.iloc[[0, 0]]], ignore_index=True))
    holdout = build_holdout(alike, [60, 61], [0.0, 0.0], build_prior_model(), np.arange(60))
    assert holdout.identity == tuple(alike.table.columns)
    earlier = build_holdout(alike, [0], [0.0], build_prior_model(), np.arange(1, 61))
    assert sorted(np.isin(holdout.deals["_deal"], earlier.training_keys)) == [False, False]
    later = build_holdout(alike, [0], [0.0], build_prior_model(), np.arange(1, 62))
    assert sorted(np.isin(holdout.deals["_deal"], later.training_keys)) == [False, True]


def test_holdout_keeps_no_name_and_reads_back_as_it_was(tmp_path: Path) -> None:
    holdout = holdout_of(1.0, build_deals())
    write_holdout(holdout, tmp_path / "holdout")
    found = read_holdout(tmp_path / "holdout")
    pd.testing.assert_frame_equal(found.deals, holdout.deals)
    np.testing.assert_array_equal(found.training_keys, holdout.training_keys)
    assert found.identity == ("deal_id",)
    assert not {"deal_id", "account_id"} & set(found.deals)
    np.testing.assert_allclose(found.model.decision_function(found.deals), found.deals["_log_odds"])


def test_digest_of_a_table_changes_with_any_cell_and_name_only() -> None:
    table = build_deals(40).table
    digest = table_digest(table)
    assert table_digest(table.copy()) == digest
    assert table_digest(table.assign(created_on=None)) != digest
    assert table_digest(table.rename(columns={"amount": "size"})) != digest
    assert table_digest(table.assign(amount=table["amount"] + 1)) != digest
    assert table_digest(table.iloc[::-1]) != digest


def test_deal_has_the_same_key_in_every_table_whatever_the_type_of_its_id() -> None:
    numbers = build_deals(40).table.assign(deal_id=range(40))
    as_numbers = holdout_of(1.0, replace(build_deals(40), table=numbers))
    as_text = holdout_of(1.0, replace(build_deals(40), table=numbers.astype({"deal_id": str}).iloc[::-1]))
    keys = {*as_numbers.deals["_deal"], *as_numbers.training_keys}
    assert keys == {*as_text.deals["_deal"], *as_text.training_keys}
    assert len(keys) == 40


def test_account_is_hashed_and_unknown_ones_are_apart() -> None:
    table = build_deals(40).table
    table.loc[20:25, "account_id"] = None
    deals = holdout_of(1.0, replace(build_deals(40), table=table)).deals
    assert deals["_account"].nunique() == 6 + 7
    assert not deals["_account"].isin(table["account_id"]).any()


def test_holdout_that_lacks_a_file_is_not_read(tmp_path: Path) -> None:
    write_holdout(holdout_of(1.0, build_deals(40)), tmp_path / "holdout")
    (tmp_path / "holdout" / "trained_on.parquet").unlink()
    with pytest.raises(FileNotFoundError, match=r"trained_on\.parquet"):
        read_holdout(tmp_path / "holdout")
