import pandas as pd
import pytest

from icp_fit.features.deals import read_deals
from icp_fit.features.errors import DealsError
from icp_fit.features.repeated_deals import find_copies, find_repeats
from tests.support.raw_deals import PROFILE, build_raw_deals


def with_copies() -> pd.DataFrame:
    """Twenty deals, of which the second stands there again at the end, and once more in another spelling."""
    table = build_raw_deals()
    return pd.concat([table, table.iloc[[1]], table.iloc[[1]].replace("low", " low ")], ignore_index=True)


def test_copies_are_set_aside_with_the_row_they_are_the_same_as():
    deals = read_deals(with_copies(), PROFILE, max_rejected=0)
    assert len(deals.table) == 20
    assert deals.skipped["row"].tolist() == [21, 22]
    assert deals.skipped["reason"].tolist() == ["It is the same as row 2."] * 2
    assert deals.skipped["deal_id"].tolist() == ["D-2", "D-2"]
    assert "Rows that are no deals, left out: 2. Row 21: It is the same as row 2." in deals.notes[0]
    assert deals.rejected.empty


def test_rows_without_an_id_are_no_copies_of_each_other():
    cells = build_raw_deals().assign(deal_id="")
    assert find_copies(cells, "deal_id") == []
    assert find_copies(cells, None) == []


def test_rows_that_share_an_id_and_differ_are_rejected_both():
    table = with_copies().head(21)
    table.loc[20, "amount"] = "7"
    deals = read_deals(table, PROFILE, max_rejected=0.1)
    assert deals.rejected["row"].tolist() == [2, 21]
    message = '`deal_id` must name each deal once, got "D-2" in rows 2, 21, which differ. Keep the one that is right.'
    assert deals.rejected["reason"].tolist() == [message] * 2
    with pytest.raises(DealsError, match="2 of 21 rows cannot be used"):
        read_deals(table, PROFILE)


@pytest.mark.parametrize(("shared", "is_refused"), [(10, False), (11, True)])
def test_a_column_that_most_rows_share_is_no_id(shared: int, is_refused: bool):
    ids = pd.Series(["A"] * shared + [str(n) for n in range(20 - shared)])
    if is_refused:
        with pytest.raises(DealsError, match=r'`Nr` must name each deal once: "A" is in rows 0, 1, 2, 3, 4, \.\.\.'):
            list(find_repeats(ids, "Nr"))
    else:
        assert len(list(find_repeats(ids, "Nr"))) == shared
