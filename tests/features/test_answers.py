import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from icp_fit.features.answers import answer_schema, check_answers, read_answers
from icp_fit.features.errors import DealsError
from icp_fit.features.mapping import Mapping
from tests.support.raw_deals import PROFILE


def read(column: str, *cells: object, mapping: Mapping | None = None, dtype: str | None = "str") -> list[object]:
    """The answers to one question, None where unanswered; there must be no problem."""
    table = pd.DataFrame({column: pd.Series(cells, dtype=dtype)})
    answers, problems = read_answers(PROFILE, table, mapping=mapping)
    assert problems == []
    return [None if pd.isna(answer) else answer for answer in answers[column]]


def refuse(column: str, cell: object) -> str:
    """The message for a cell that cannot be used, which must be the only problem and unanswered."""
    answers, problems = read_answers(PROFILE, pd.DataFrame({column: [cell]}))
    assert answers[column].isna().all()
    (problem,) = problems
    return problem.message


def test_answers_have_the_types_of_the_contract():
    answers, _ = read_answers(PROFILE, pd.DataFrame({"portal": ["yes"]}))
    assert [str(dtype) for dtype in answers.dtypes] == ["boolean", "float64", "float64", "category", "category"]
    assert answers["security"].cat.ordered
    assert not answers["region"].cat.ordered
    assert list(answers["security"].cat.categories) == ["low", "medium", "high"]
    answer_schema(PROFILE).validate(answers)


def test_unknown_no_and_zero_are_three_different_things():
    assert read("portal", "no", "", "Unknown", "0") == [False, None, None, False]
    assert read("integrations", "0", "", "n/a", "unknown") == [0, None, None, None]


def test_yes_and_no_are_read_in_all_their_spellings():
    assert read("portal", "YES", "y", "True", "1", "1.0", "No", "n", "false", "0", "0.0") == [True] * 5 + [False] * 5
    assert read("portal", True, False, None, dtype=None) == [True, False, None]
    assert read("portal", 1.0, 0.0, np.nan, dtype=None) == [True, False, None]


def test_numbers_are_read_with_separators_and_currency_signs():
    assert read("amount", "1,250,000", "$1,250.5", "12 $", "USD 5", "-$3.50", "1e3", "1 250", "12,34,567") == [
        1250000, 1250.5, 12, 5, -3.5, 1000, 1250, 1234567
    ]  # fmt: skip
    assert read("amount", "$1.2M", "12%", "(300)", "300-", "\u2212300", "2k", "1,250.-", "1'250.75") == [
        1.2e6, 12, -300, -300, -300, 2000, 1250, 1250.75
    ]  # fmt: skip
    assert read("integrations", "1,250", " 7 ") == [1250, 7]


@pytest.mark.parametrize("cell", ["(-300)", "$5 €", "5 pcs", "many", "12 34", "0x1F", "1_000", "--5"])
def test_numbers_that_would_be_guesses_are_refused(cell: str):
    assert "`amount` must be a number, got" in refuse("amount", cell)


def test_decimal_commas_are_read_where_the_column_proves_them():
    assert read("amount", "12,5", "1.250.000", "1.250", "1,250", "7") == [12.5, 1250000, 1250, 1.25, 7]
    assert read("amount", "1,250", "7") == [1250, 7], "nothing is proved, so a comma separates thousands"
    with pytest.raises(DealsError, match=r'"1.250" may be 1.25 or 1,250, and no cell of the table says which'):
        read("amount", "1,250", "1.250")
    assert read("amount", "1,250", "1.250", mapping=Mapping(decimal=",")) == [1.25, 1250]
    table = pd.DataFrame({"amount": ["12,5", "12.5"]})
    assert [problem.row for problem in read_answers(PROFILE, table)[1]] == [1], "both are proved, so the point stays"


@pytest.mark.parametrize("cell", ["many", "2.5", "-1", -1.0, 2.5, "inf", "1e999", np.inf, "$3", "yes"])
def test_counts_that_are_no_whole_number_of_at_least_zero_are_refused(cell: object):
    message = refuse("integrations", cell)
    assert message.startswith("`integrations` must be a whole number of at least 0, got ")
    assert message.endswith("Leave it empty if unknown.")


@pytest.mark.parametrize("cell", [np.inf, -np.inf, "Infinity", "1e999"])
def test_amounts_must_be_finite(cell: object):
    assert "`amount` must be a number" in refuse("amount", cell)


def test_choices_are_read_in_any_spelling_but_never_guessed():
    assert read("region", "north_america", "NORTH  AMERICA", "NA", "emea ") == ["North America"] * 2 + ["NA", "EMEA"]
    assert refuse("security", "extreme") == (
        '`security` must be one of "low", "medium", "high", got "extreme". Leave it empty if unknown.'
    )


def test_words_mean_what_the_mapping_says():
    mapping = Mapping(values={"security": {"Tier 1": "high", "Tier 3": "low", "tbd": ""}}, unanswered=("TBA", "-1"))
    assert read("security", "tier 1", "Tier 3", "TBD", "tba", mapping=mapping) == ["high", "low", None, None]
    assert read("integrations", "-1", "2", mapping=mapping) == [None, 2]
    assert read("integrations", -1, 2, mapping=mapping, dtype=None) == [None, 2], "from a database too"


def test_a_question_without_a_column_is_unanswered_throughout():
    answers, problems = read_answers(PROFILE, pd.DataFrame({"portal": ["yes", "no"]}))
    assert problems == []
    assert answers[["integrations", "security"]].isna().all(axis=None)


def test_problems_say_where_they_are():
    table = pd.DataFrame({"integrations": ["3", "many"], "portal": ["maybe", "no"]})
    _, problems = read_answers(PROFILE, table, deal_ids=pd.Series(["D-1", None]))
    assert [str(problem) for problem in problems] == [
        'row 1, deal D-1: `portal` must be yes or no, got "maybe". Leave it empty if unknown.',
        'row 2: `integrations` must be a whole number of at least 0, got "many". Leave it empty if unknown.',
    ]


def test_check_answers_shows_twenty_problems_and_counts_the_rest():
    with pytest.raises(DealsError, match=r"row 20: .*\n\.\.\. and 5 more\.") as caught:
        check_answers(PROFILE, pd.DataFrame({"integrations": ["many"] * 25}))
    assert str(caught.value).count("\n") == 20


def test_check_answers_refuses_typed_answers_that_are_out_of_bounds():
    answers, _ = read_answers(PROFILE, pd.DataFrame({"integrations": ["3", "4"]}))
    answers.loc[1, "integrations"] = -4.0
    with pytest.raises(DealsError, match=r'row 2: `integrations` must be .* at least 0, got "-4.0"'):
        check_answers(PROFILE, answers)


def test_check_answers_keeps_the_index_and_leaves_other_columns_out():
    table = pd.DataFrame({"portal": ["yes", "no"], "other": 1}, index=[7, 7])
    assert list(check_answers(PROFILE, table).index) == [7, 7]
    assert list(check_answers(PROFILE, table).columns) == list(PROFILE.factor_ids)


CELLS = {
    "portal": st.sampled_from([True, False]),
    "integrations": st.integers(0, 10**12).map(float),
    "amount": st.floats(allow_nan=False, allow_infinity=False),
    "security": st.sampled_from(["low", "medium", "high"]),
    "region": st.sampled_from(["North America", "EMEA", "NA"]),
}


@settings(max_examples=30, deadline=None)  # the first example imports and compiles
@given(st.lists(st.fixed_dictionaries({name: st.none() | cells for name, cells in CELLS.items()}), min_size=1))
def test_answers_written_as_text_are_read_back_unchanged(rows: list[dict[str, object]]):
    """Reading what was written is the identity, for typed answers and for their text alike."""
    answers, problems = read_answers(PROFILE, pd.DataFrame(rows, dtype=object))
    written = answers.astype(object).map(lambda cell: "" if pd.isna(cell) else str(cell)).astype("str")
    again, more = read_answers(PROFILE, written)
    assert problems == more == []
    pd.testing.assert_frame_equal(again, answers)
    pd.testing.assert_frame_equal(check_answers(PROFILE, answers), answers)


def test_an_empty_table_has_no_answers():
    assert check_answers(PROFILE, pd.DataFrame({"portal": []})).shape == (0, 5)
