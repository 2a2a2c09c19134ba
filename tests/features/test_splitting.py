from pathlib import Path

import pandas as pd
import pytest

from icp_fit.features.deals import read_deals
from icp_fit.features.errors import DealsError, MappingError
from icp_fit.features.factors import Dimension, Factor, Profile
from icp_fit.features.mapping import Mapping, parse_mapping, write_mapping
from icp_fit.features.sources.opening import open_source
from icp_fit.features.splitting import refuse_new_values, split_notes, split_source, split_table, split_values
from icp_fit.serving.batch.batches import open_deals

MAPPING = parse_mapping(
    '[split]\nFeatures = ";"\n'
    '[columns]\nfeatures_sso = "Features: SSO"\nfeatures_audit = "Features: Audit"\n'
    'seats = "Seats"\noutcome = "Stage"\n'
)
FACTORS = (
    Factor("features_sso", "yes_no", "SSO", "SSO?"),
    Factor("features_audit", "yes_no", "Audit", "Audit?"),
    Factor("seats", "count", "Seats", "How many seats?"),
)
PROFILE = Profile("p", "1", "P", "P.", 0.4, (Dimension("d", "D", "D.", FACTORS),))
TABLE = pd.DataFrame(
    {
        "Features": ["SSO;Audit", "sso", " Audit ; Chat", "", "n/a", None],
        "Seats": ["1", "2", "3", "4", "5", "6"],
        "Stage": ["won", "lost"] * 3,
    }
)
SSO = [True, True, False, pd.NA, pd.NA, pd.NA]
AUDIT = [True, False, True, pd.NA, pd.NA, pd.NA]


def test_values_are_listed_without_blanks_around_them():
    assert split_values(" a ;; b c;", ";") == ["a", "b c"]


def test_each_value_becomes_a_column_of_yes_and_no_where_the_cell_says_anything():
    cells = split_table(TABLE, MAPPING)
    assert cells["Features: SSO"].tolist()[:3] == ["yes", "yes", "no"]
    assert cells["Features: Audit"].tolist()[:3] == ["yes", "no", "yes"]
    assert cells[["Features: SSO", "Features: Audit"]][3:].isna().all(axis=None)


def test_a_table_is_read_with_the_values_as_factors():
    deals = read_deals(TABLE, PROFILE, MAPPING)
    assert deals.answers["features_sso"].tolist() == SSO
    assert deals.answers["features_audit"].tolist() == AUDIT
    assert deals.ignored == ()
    assert deals.absent == ()


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_stream_is_read_as_the_table_is(suffix: str, tmp_path: Path):
    path = tmp_path / f"deals.{suffix}"
    TABLE.to_parquet(path) if suffix == "parquet" else TABLE.to_csv(path, index=False)
    table = open_deals(path, PROFILE, MAPPING)
    (batch,) = table.batches()
    for place, answers in enumerate((SSO, AUDIT)):
        numbers = [None if pd.isna(answer) else float(answer) for answer in answers]
        assert [None if pd.isna(number) else number for number in batch.numbers[:, place]] == numbers
    assert batch.numbers[:, 2].tolist() == [1, 2, 3, 4, 5, 6]
    assert table.ignored == ()


def test_values_that_no_factor_is_for_are_counted_and_told():
    note = '`Features` lists values that no factor is for, which are left out: "Chat" (1).'
    assert list(split_notes(open_source(TABLE), MAPPING)) == [note]
    assert note in read_deals(TABLE, PROFILE, MAPPING).notes
    assert note in open_deals(TABLE, PROFILE, MAPPING).notes
    assert list(split_notes(open_source(TABLE.head(2)), MAPPING)) == []


def test_new_values_are_refused_where_they_must_not_be_left_out():
    with pytest.raises(DealsError, match=r'`Features` lists values .* "Chat" \(1\)\.\nDraft the profile again'):
        refuse_new_values(open_source(TABLE), MAPPING)
    refuse_new_values(open_source(TABLE.head(2)), MAPPING)


def test_the_column_is_found_in_a_spelling_like_it():
    assert split_table(TABLE.rename(columns={"Features": "FEATURES"}), MAPPING)["Features: SSO"].notna().sum() == 3


def test_a_source_without_the_column_is_left_as_it_is():
    source = open_source(TABLE[["Seats"]])
    assert split_source(source, MAPPING) is source
    assert read_deals(TABLE.drop(columns="Features"), PROFILE, MAPPING).absent == ("features_sso", "features_audit")


def test_the_separator_is_written_read_and_must_not_be_empty():
    assert parse_mapping(write_mapping(Mapping(split={"Features": "|"}))).split == {"Features": "|"}
    with pytest.raises(MappingError, match=r"\[split\] must give the sign between the values of `Features`"):
        parse_mapping('[split]\nFeatures = ""')
