"""One deal is found by its id or its row, and explained by the champion or else by the profile alone."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from icp_fit.features.errors import DealsError
from icp_fit.features.mapping import Mapping
from icp_fit.features.profile import write_profile
from icp_fit.models.explain import explain
from icp_fit.models.store_paths import StorePaths
from icp_fit.serving.terminal.deal import Scorer, find_scorer, report_deal
from tests.support.champions import install_champion, write_deals
from tests.support.model_shapes import compile_shape
from tests.support.small_profile import PROFILE, draw_answers, fit_small_model

SCORER = Scorer(compile_shape("all members"), "1", "Model version 1.")


@pytest.fixture
def deals(tmp_path: Path) -> Path:
    return write_deals(tmp_path / "deals.csv")


@pytest.mark.parametrize("deal_id", ["D-005", "d-005"], ids=["as written", "in another spelling"])
def test_deal_is_found_by_its_id_and_scored_as_its_answers_are(deals: Path, deal_id: str) -> None:
    report = report_deal(deals, deal_id, SCORER)
    assert (report.deal_id, report.title) == ("D-005", "Deal D-005, Deal of [red]4")
    [score] = explain(SCORER.compiled, draw_answers(30, seed=4).iloc[[4]]).score
    assert report.view.score == score


def test_deal_without_an_id_is_found_by_its_row_whatever_rows_before_it_are_like(tmp_path: Path) -> None:
    report = report_deal(write_deals(tmp_path / "deals.csv", ids=False), "6", SCORER, allow_missing=True)
    assert report.title == "Row 6 (there is no column of ids), Deal of [red]4"
    assert report.view == report_deal(write_deals(tmp_path / "named.csv"), "D-005", SCORER).view


@pytest.mark.parametrize(
    ("ids", "deal_id", "says"),
    [
        (True, "D-05", r'no deal "D-05" among 30 deals\. Did you mean `D-0\d5`\?'),
        (True, "D-003", r'Deal "D-003" cannot be used: `systems` must be a whole number .* got "many"'),
        (False, "32", r'no row "32"\. .* so --deal takes the number of a row below its header, such as 2;'),
        (False, "4", r"Row 4 cannot be used"),
    ],
)
def test_deal_that_cannot_be_explained_is_named_with_the_remedy(
    tmp_path: Path, ids: bool, deal_id: str, says: str
) -> None:
    deals = write_deals(tmp_path / "deals.csv", ids=ids)
    with pytest.raises(DealsError, match=says):
        report_deal(deals, deal_id, SCORER, allow_missing=not ids)


def test_word_that_the_model_does_not_know_is_told_of_its_deal_alone_or_refused(deals: Path) -> None:
    table = pd.read_csv(deals)
    table.loc[[4, 5], "industry"] = "space"
    table.to_csv(deals, index=False)
    report = report_deal(deals, "D-005", SCORER)
    assert [(found.factor, found.word, found.count) for found in report.unseen] == [("industry", "space", 1)]
    assert json.loads(json.dumps(report.to_dict()))["unseen"][0]["word"] == "space"
    assert report_deal(deals, "D-007", SCORER, strict=True).unseen == ()
    with pytest.raises(DealsError, match=r'(?s)`industry` is "space" in row .*--strict'):
        report_deal(deals, "D-005", SCORER, strict=True)


def test_table_without_ids_is_refused_with_the_nearest_column_unless_allowed(tmp_path: Path) -> None:
    deals = write_deals(tmp_path / "deals.csv")
    deals.write_text(deals.read_text().replace("deal_id", "Record ID", 1))
    with pytest.raises(
        DealsError, match=r'No column is called "deal_id".* It may be one of "Record ID".*--allow-missing'
    ):
        report_deal(deals, "D-005", SCORER)


def test_mapping_says_which_column_names_the_deal(deals: Path) -> None:
    deals.write_text(deals.read_text().replace("deal_id", "Opportunity ID", 1))
    assert report_deal(deals, "D-005", SCORER, Mapping(columns={"deal_id": "Opportunity ID"})).deal_id == "D-005"


def test_champion_scores_where_there_is_one(tmp_path: Path, deals: Path) -> None:
    install_champion(tmp_path / "home")
    scorer = find_scorer(StorePaths(tmp_path / "home"))
    assert scorer.version == "1"
    assert scorer.stamp.startswith("Model version 1, created 20")
    answers = draw_answers(30, seed=4).iloc[[4]]
    assert report_deal(deals, "D-005", scorer).view.score == np.rint(
        100 * fit_small_model(300).predict_proba(answers)[0, 1]
    )


def test_profile_scores_alone_where_there_is_no_champion_or_it_is_asked_for(tmp_path: Path) -> None:
    home = StorePaths(tmp_path / "home")
    assert find_scorer(home).stamp == ("There is no champion yet. The profile is “Liferay ideal customer”.")
    (tmp_path / "small.toml").write_text(write_profile(PROFILE))
    install_champion(home.folder)
    scorer = find_scorer(home, str(tmp_path / "small.toml"))
    assert (scorer.version, scorer.stamp) == (None, "The profile is “Small”.")
    assert scorer.compiled.profile == PROFILE


def test_report_is_plain_json(deals: Path) -> None:
    plain = json.loads(json.dumps(report_deal(deals, "D-005", SCORER).to_dict(), allow_nan=False))
    assert {"deal_id", "model_version", "score", "strengths", "next_questions", "next_actions"} <= set(plain)
