"""Which column is which is told by names alone."""

import pytest

from icp_fit.features.column_match import ColumnMatch, match_columns
from icp_fit.features.errors import DealsError
from icp_fit.features.mapping import Mapping
from tests.support.raw_deals import PROFILE


def test_columns_match_by_mapping_id_or_label_and_the_rest_is_named() -> None:
    mapping = Mapping(columns={"region": "Area", "owner": "Seller"})
    assert match_columns(["Deal ID", "Area", "DEAL SIZE", "Weather"], PROFILE, mapping) == ColumnMatch(
        columns={"deal_id": "Deal ID", "region": "Area", "amount": "DEAL SIZE"},
        ignored=("Weather",),
        absent=("portal", "integrations", "security"),
        notes=('No column is called "Seller", the mapping\'s `owner`.',),
    )


def test_a_column_that_the_mapping_leaves_out_is_not_matched_by_its_id_or_label_either() -> None:
    mapping = Mapping(columns={"region": "", "amount": "", "owner": ""})
    matched = match_columns(["region", "Deal size", "owner", "portal"], PROFILE, mapping)
    assert matched.columns == {"portal": "portal"}
    assert matched.ignored == ("region", "Deal size", "owner")
    assert matched.notes == ()


def test_an_outcome_is_missed_only_where_it_is_required() -> None:
    assert match_columns(["portal"], PROFILE, Mapping()).columns == {"portal": "portal"}
    with pytest.raises(DealsError, match="There is no column `outcome`"):
        match_columns(["portal"], PROFILE, Mapping(), outcome_required=True)
    assert "outcome" in match_columns(["portal", "Outcome"], PROFILE, Mapping(), outcome_required=True).columns


def test_a_source_without_any_factor_is_refused_with_its_columns() -> None:
    with pytest.raises(DealsError, match=r"No column is a factor of profile `small`\. The table has the columns \"a\""):
        match_columns(["a", "outcome"], PROFILE, Mapping())
