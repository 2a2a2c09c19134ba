"""A word that is no choice of its question is told from a cell that makes its row unusable."""

import pandas as pd
import pytest

from icp_fit.features.answers import Problem
from icp_fit.features.deals import read_deals
from icp_fit.features.errors import DealsError
from icp_fit.features.unseen import (
    MOST_ROWS,
    MOST_WORDS,
    OTHERS,
    count_unseen,
    describe_unseen,
    part_unseen,
    refuse_unseen,
)
from tests.support.small_profile import PROFILE


def word(row: int, text: str = "space", column: str = "industry") -> Problem:
    return Problem(row, None, column, f"`{column}` must be one of ...", text)


@pytest.mark.parametrize(
    ("column", "is_unseen"),
    [("industry", True), ("security", True), ("systems", False), ("portal", False), ("closed_on", False)],
    ids=["category", "ordinal", "count", "yes or no", "date"],
)
def test_words_of_questions_with_choices_are_unseen_answers(column: str, is_unseen: bool) -> None:
    problem = word(3, column=column)
    assert part_unseen([problem], PROFILE) == (([], [problem]) if is_unseen else ([problem], []))


def test_row_with_another_problem_stays_unusable_with_all_of_its_reasons() -> None:
    problems = [word(3), word(3, "many", "systems"), word(4)]
    assert part_unseen(problems, PROFILE) == (problems[:2], problems[2:])


def test_words_are_counted_by_question_the_most_frequent_first() -> None:
    rows = range(1, MOST_ROWS + 2)
    first, second = count_unseen([word(9, "sea"), *(word(row, " space") for row in rows)])
    assert (first.word, first.count, first.rows) == ("space", MOST_ROWS + 1, tuple(rows)[:MOST_ROWS])
    assert str(first) == '"space" in 6 rows (1, 2, 3, 4, 5, ...)'
    assert str(second) == '"sea" in row 9'
    [sentence] = describe_unseen([first, second])
    assert sentence.startswith(f"`industry` is {first}, {second}: no answer that the model knows")
    assert "Say in a mapping what it means, under [values.industry]" in sentence


@pytest.mark.parametrize(
    ("words", "says"), [(8, ""), (9, ", and other words in 1 row"), (11, ", and other words in 3 rows")]
)
def test_question_with_many_new_words_is_one_sentence(words: int, says: str) -> None:
    [sentence] = describe_unseen(count_unseen(word(row, f"w{row}") for row in range(1, words + 1)))
    assert f'"w8" in row 8{says}: no answer' in sentence


def test_words_beyond_a_thousand_are_told_together() -> None:
    counted = count_unseen(word(row, f"w{row}") for row in range(1, MOST_WORDS + 3))
    assert len(counted) == MOST_WORDS + 1
    assert (counted[0].word, counted[0].count) == (OTHERS, 2)


def test_strict_refuses_with_question_word_and_rows() -> None:
    refuse_unseen([])
    with pytest.raises(DealsError, match=r'(?s)`industry` is "space" in 2 rows \(1, 2\).*--strict'):
        refuse_unseen(count_unseen([word(1), word(2)]))


def test_deals_read_with_unseen_answers_leave_them_open_and_tell_them() -> None:
    table = pd.DataFrame({"deal_id": ["a", "b", "c"], "industry": ["bank", "space", "space"], "systems": [1, 2, "x"]})
    deals = read_deals(table, PROFILE, outcome_required=False, max_rejected=0.5, accept_unseen=True)
    assert deals.table["industry"].isna().tolist() == [False, True]
    assert [(problem.row, problem.deal_id, problem.cell) for problem in deals.unseen] == [(2, "b", "space")]
    assert any(note.startswith('`industry` is "space" in row 2') for note in deals.notes)
    assert deals.rejected["row"].tolist() == [3]
    assert "space" in deals.rejected["reason"][0]
    with pytest.raises(DealsError, match='got "space"'):
        read_deals(table, PROFILE, outcome_required=False)
