from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import kruskal, ttest_1samp, ttest_ind
from sklearn.metrics import log_loss, roc_auc_score

from icp_fit.features.answers import check_answers
from icp_fit.features.deals import read_deals
from icp_fit.features.factors import Dimension, Factor, Profile
from icp_fit.features.mapping import Mapping, read_mapping
from icp_fit.features.profile import check_profile, read_profile
from icp_fit.features.simulation.parameters import derive_simulator
from icp_fit.features.simulation.sample import as_crm, sample_deals

LIFERAY = read_profile("liferay")
TRUTH = ["true_win_probability", "true_win_probability_all_answers"]


def profile_of(*factors: Factor, win_rate: float = 0.4) -> Profile:
    dimension = Dimension("all", "All", "Everything.", factors)
    return check_profile(Profile("small", "1", "Small", "A small profile.", win_rate, (dimension,)))


def factor(factor_id: str, kind: str = "yes_no", **rest: object) -> Factor:
    return Factor(factor_id, kind, factor_id, f"{factor_id}?", **rest)  # type: ignore[arg-type]


PROFILES = {
    "liferay": LIFERAY,
    "one question": profile_of(factor("budget", direction="up", weight=0.5)),
    "no weight at all": profile_of(factor("size", "count"), factor("region", "category", values=("north", "south"))),
    "numbers of odd ranges": profile_of(
        factor("change", "amount", scale=(-1000, 1000), direction="down", weight=1),
        factor("staff", "count", minimum=5000),
        factor("seats", "count", scale=(0, 1), direction="up", weight=0.3),
    ),
}


@pytest.fixture(scope="module")
def deals() -> pd.DataFrame:
    return sample_deals(LIFERAY, 20_000, seed=7, truth=True)


@pytest.fixture(scope="module")
def closed(deals: pd.DataFrame) -> pd.DataFrame:
    return deals[deals["outcome"].notna()].assign(won=lambda table: table["outcome"] == "won")


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
@pytest.mark.parametrize("rows", [0, 1, 300])
def test_sample_answers_any_profile_in_its_own_types(profile: Profile, rows: int) -> None:
    deals = sample_deals(profile, rows, seed=1, truth=True)
    assert len(deals) == rows
    answers = deals[list(profile.factor_ids)]
    pd.testing.assert_frame_equal(check_answers(profile, answers), answers)


def test_sample_is_the_same_for_the_same_seed_with_and_without_truth() -> None:
    with_truth = sample_deals(LIFERAY, 200, seed=3, truth=True)
    pd.testing.assert_frame_equal(with_truth.drop(columns=TRUTH), sample_deals(LIFERAY, 200, seed=3))
    assert not with_truth.equals(sample_deals(LIFERAY, 200, seed=4, truth=True))


def test_sample_leaves_out_what_is_known_only_at_close() -> None:
    profile = profile_of(factor("budget", direction="up", weight=0.5), factor("discount", "amount", known_at="close"))
    assert "discount" not in sample_deals(profile, 5, seed=0)


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
def test_sample_wins_as_often_as_the_profile_says(profile: Profile) -> None:
    outcome = sample_deals(profile, 20_000, seed=5)["outcome"].dropna()
    assert (outcome == "won").mean() == pytest.approx(profile.win_rate, abs=0.02)


def test_open_deals_have_neither_outcome_nor_close(deals: pd.DataFrame) -> None:
    is_open = deals["outcome"].isna()
    assert 0.05 < is_open.mean() < 0.15
    assert (deals["closed_on"].isna() == is_open).all()
    assert (deals["closed_on"] > deals["created_on"])[~is_open].all()


def test_deals_of_an_account_share_its_industry_and_resemble_each_other(deals: pd.DataFrame) -> None:
    by_account = deals.groupby("account_id")
    assert by_account["industry"].nunique().max() == 1
    assert 0.5 < (by_account["deal_id"].transform("count") > 1).mean() < 0.95
    logs = np.log1p(deals["users"])
    assert logs.corr(logs.groupby(deals["account_id"]).shift()) > 0.05


def test_industry_and_answers_go_together(deals: pd.DataFrame) -> None:
    users = [group.dropna() for _, group in deals.groupby("industry", observed=True)["users"]]
    assert kruskal(*users).pvalue < 1e-6
    assert deals["users"].corr(deals["markets"], method="spearman") > 0.05


def test_blanks_differ_by_factor_and_owner_but_not_by_outcome(closed: pd.DataFrame) -> None:
    blank = closed[list(LIFERAY.factor_ids)].isna()
    assert blank.mean().between(0.04, 0.4).all()
    assert np.ptp(blank.mean()) > 0.15
    count = blank.sum(axis=1)
    assert np.ptp(count.groupby(closed["owner"]).mean()) > 2
    assert ttest_ind(count[closed["won"]], count[~closed["won"]]).pvalue > 1e-4


def test_deals_drift(deals: pd.DataFrame) -> None:
    late = deals["created_on"] > deals["created_on"].median()
    truth = deals[TRUTH[1]]
    assert truth[late].mean() - truth[~late].mean() > 0.01
    users = np.log1p(deals["users"])
    assert abs(users[late].mean() - users[~late].mean()) > 4 * users.sem()


@pytest.mark.parametrize("column", TRUTH)
def test_truth_is_calibrated(closed: pd.DataFrame, column: str) -> None:
    """In each tenth of the deals, as many are won as the truth says, up to chance."""
    tenth = pd.qcut(closed[column], 10, labels=False)
    expected = closed[column].groupby(tenth).mean()
    error = np.sqrt((closed[column] * (1 - closed[column])).groupby(tenth).sum()) / tenth.value_counts()
    assert ((closed["won"].groupby(tenth).mean() - expected).abs() < 3.5 * error).all()


def test_truth_given_all_answers_averages_to_the_truth_given_the_shown(deals: pd.DataFrame) -> None:
    tenth = pd.qcut(deals[TRUTH[0]], 10, labels=False)
    difference = deals[TRUTH[1]] - deals[TRUTH[0]]
    assert (difference.groupby(tenth).mean().abs() < 4 * difference.groupby(tenth).sem()).all()
    assert ttest_1samp(difference, 0).pvalue > 1e-4
    assert difference.std() > 0.05


def test_truth_needs_no_integration_where_everything_is_answered(deals: pd.DataFrame) -> None:
    complete = sample_deals(PROFILES["one question"], 200, seed=2, truth=True).dropna(subset=["budget"])
    np.testing.assert_allclose(complete[TRUTH[0]], complete[TRUTH[1]])


def test_truth_predicts_as_well_as_can_be_and_no_better(closed: pd.DataFrame) -> None:
    won, shown, everything = closed["won"], closed[TRUTH[0]], closed[TRUTH[1]]
    assert 0.78 < roc_auc_score(won, shown) < 0.82
    others = [np.full(len(won), won.mean()), shown**0.8, (shown + won.mean()) / 2, np.clip(1.2 * shown, 0, 0.99)]
    assert log_loss(won, everything) < log_loss(won, shown) < min(log_loss(won, other) for other in others)


def test_law_mostly_agrees_with_the_profile_and_contradicts_it_here_and_there() -> None:
    law = derive_simulator(LIFERAY)
    weighted = [answer for answer in law.answers if answer.factor.weight]
    effects = np.array([answer.effect[answer.position.argmax()] / answer.factor.weight for answer in weighted])
    assert (effects > 0).mean() > 0.8
    assert (effects < 0).sum() == 2
    assert (effects == 0).sum() == 3
    assert (effects > 2 * np.median(effects)).sum() >= 4
    assert len(law.synergies) == 3


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
def test_law_gives_every_answer_a_chance(profile: Profile) -> None:
    for answer in derive_simulator(profile).answers:
        assert len(answer.steps) == len(set(answer.steps)) > 1
        np.testing.assert_allclose(answer.chance.sum(axis=1), 1)
        assert (answer.chance > 0).all()


@pytest.mark.parametrize(
    ("crm", "columns", "stages"),
    [
        ("salesforce", {"StageName", "Amount", "User_Types__c"}, {"Closed Won", "Closed Lost", "Prospecting"}),
        ("hubspot", {"dealstage", "amount", "user_types"}, {"closedwon", "closedlost", "qualifiedtobuy"}),
    ],
)
def test_crm_export_speaks_as_that_crm(deals: pd.DataFrame, crm: str, columns: set[str], stages: set[str]) -> None:
    mapping = read_mapping(crm)
    export = as_crm(deals.tail(500), LIFERAY, mapping)
    assert columns <= set(export.columns)
    assert set(export[mapping.names("outcome")[0]]) == stages


@pytest.mark.parametrize("mapping", [Mapping(), read_mapping("salesforce"), read_mapping("hubspot")])
def test_crm_export_reads_back_as_the_same_deals(deals: pd.DataFrame, mapping: Mapping, tmp_path: Path) -> None:
    written = deals.tail(500).drop(columns=TRUTH).reset_index(drop=True)
    as_crm(written, LIFERAY, mapping).to_csv(tmp_path / "deals.csv", index=False)
    read = read_deals(tmp_path / "deals.csv", LIFERAY, mapping)
    pd.testing.assert_frame_equal(read.table[written.columns], written)


def test_plain_export_writes_cells_as_people_do(deals: pd.DataFrame) -> None:
    cells = as_crm(deals.head(50), LIFERAY, Mapping()).to_csv(index=False)
    assert ",yes," in cells
    assert ".0," not in cells
    assert "True" not in cells
