"""Blanks are said to predict where they do so beyond chance, among enough deals with and without an answer."""

import numpy as np
import pytest
from scipy.stats import chi2

from icp_fit.features import missingness
from icp_fit.features.missingness import LEAST, association_p, find_missingness

COUNT = 400
FIRST = np.arange(COUNT)


@pytest.mark.parametrize(("few", "found"), [(LEAST, True), (LEAST - 1, False)])
def test_as_few_as_twenty_blanks_or_answers_can_predict(few: int, found: bool) -> None:
    for blank in (few > FIRST, few <= FIRST):
        assert (find_missingness(blank, blank) is not None) is found


@pytest.mark.parametrize("won", [np.ones(COUNT, dtype=bool), np.zeros(COUNT, dtype=bool)], ids=["all won", "all lost"])
def test_nothing_predicts_an_outcome_that_never_varies(won: np.ndarray) -> None:
    assert find_missingness(FIRST < 100, won) is None


def test_blanks_predict_below_the_stated_significance_and_not_at_it(monkeypatch: pytest.MonkeyPatch) -> None:
    blank, won = FIRST < 200, FIRST % 10 < 5
    won[:30] = True
    p = association_p(blank, won)
    assert 0 < p < 1
    monkeypatch.setattr(missingness, "SIGNIFICANCE", p)
    assert find_missingness(blank, won) is None
    monkeypatch.setattr(missingness, "SIGNIFICANCE", np.nextafter(p, 1))
    assert find_missingness(blank, won) is not None


def test_figures_are_the_win_rates_with_and_without_an_answer() -> None:
    blank, won = FIRST < 100, (FIRST < 10) | (FIRST >= 250)
    found = find_missingness(blank, won)
    assert found is not None
    assert (found.count, found.won_unanswered, found.won_answered) == (100, 0.1, 0.5)
    assert str(found) == ("is unanswered in 100 closed deals, of which 10% were won, against 50% where it is answered")


def test_association_is_the_chi_square_of_the_table_of_both() -> None:
    blank, won = FIRST < 100, (FIRST < 10) | (FIRST >= 250)
    table = np.array([[10, 90], [150, 150]])
    expected = table.sum(1, keepdims=True) * table.sum(0) / COUNT
    assert association_p(blank, won) == pytest.approx(chi2.sf(((table - expected) ** 2 / expected).sum(), 1))
    assert association_p(blank, won) == association_p(~blank, won)
