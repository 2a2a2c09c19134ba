import pandas as pd
import pytest

from icp_fit.features.errors import DealsError, MappingError
from icp_fit.features.mapping import read_mapping
from icp_fit.features.outcomes import Outcomes, OutcomeWord, list_outcomes

ANY = Outcomes().adding(still_open=["*"])


def stages(**counts: int) -> pd.Series:
    return pd.Series(
        [word.replace("_", " ") for word, n in counts.items() for _ in range(n)], name="Stage", dtype="str"
    )


def test_words_are_added_to_those_that_are_known():
    outcomes = Outcomes().adding(won=["Signed"], lost=["Churned"], still_open=["Pending", "*"])
    assert outcomes.won == (*Outcomes.won, "Signed")
    assert outcomes.lost == (*Outcomes.lost, "Churned")
    assert outcomes.open == ("", "open", "Pending", "*")


def test_a_word_moves_to_the_outcome_that_it_is_given_for():
    outcomes = Outcomes().adding(lost=["YES"], won=["No"])
    assert outcomes.won == ("won", "closed won", "win", "1", "true", "No")
    assert outcomes.lost == ("lost", "closed lost", "loss", "0", "false", "YES")


def test_a_word_that_is_known_is_not_added_twice():
    assert Outcomes().adding(won=["Closed Won"], lost=["LOST"]) == Outcomes()


def test_a_word_given_for_two_outcomes_and_a_star_for_lost_deals_are_refused():
    with pytest.raises(MappingError, match='"Signed", "signed" is given for two outcomes'):
        Outcomes().adding(won=["Signed"], lost=["signed"])
    with pytest.raises(MappingError, match="stands for open deals alone"):
        Outcomes().adding(lost=["*"])


def test_any_other_word_takes_no_word_that_says_how_a_deal_ended():
    column = stages(Closed_Won=3, Disqualified=2, Closed_Lost_to_Competition=4, Won_again=1, Negotiation=5)
    with pytest.raises(DealsError) as refused:
        ANY.read(column, as_options=True)
    assert str(refused.value) == (
        '`Stage` must say won or lost (or be empty while open), got "Closed Lost to Competition" (4), '
        '"Disqualified" (2), "Won again" (1) in 7 of 15 rows. `"*"` takes no word that says how a deal ended.\n'
        "Add, if that is what they mean: "
        '--won "Won again" --lost "Closed Lost to Competition" --lost "Disqualified"'
    )


def test_what_was_refused_is_read_once_the_line_of_the_error_is_added():
    column = stages(Closed_Won=3, Disqualified=2, Negotiation=5)
    with pytest.raises(DealsError, match=r'(?s)under \[outcome\].*  lost = \[.*"loss", .*"Disqualified"\]'):
        ANY.read(column)
    outcomes, _ = ANY.adding(lost=["Disqualified"]).read(column)
    assert outcomes.fillna("open").value_counts().to_dict() == {"open": 5, "won": 3, "lost": 2}


def test_a_word_that_says_closed_but_not_how_has_to_be_said():
    with pytest.raises(DealsError, match="Say with --won, --lost or --open how they ended"):
        ANY.read(stages(Won=1, Closed=2), as_options=True)


def test_a_word_that_is_listed_as_open_is_open_whatever_it_says():
    outcomes, _ = ANY.adding(still_open=["Closed - reopened"]).read(pd.Series(["Closed - reopened", "won"]))
    assert outcomes.isna().tolist() == [True, False]


@pytest.mark.parametrize("crm", ["salesforce", "hubspot"])
def test_the_shipped_mappings_take_no_ending_for_an_open_deal(crm: str):
    with pytest.raises(DealsError, match=r'"Closed Lost to Competition" \(2\)'):
        read_mapping(crm).outcome.read(stages(Closed_Won=1, Closed_Lost_to_Competition=2, Prospecting=1))


def test_words_are_counted_by_what_they_were_read_as():
    _, words = ANY.read(pd.Series(["Won", "won", "WON", "lost", None, "", "Proposal", "Demo", "Demo"]))
    assert words == (
        OutcomeWord("Won", "won", "listed", 3),
        OutcomeWord("lost", "lost", "listed", 1),
        OutcomeWord("Demo", "open", "any other", 2),
        OutcomeWord("", "open", "listed", 2),
        OutcomeWord("Proposal", "open", "any other", 1),
    )


def test_a_line_an_outcome_shows_the_words_with_their_counts():
    _, words = ANY.read(pd.Series(["Won"] * 1200 + ["lost"] * 3 + [""] * 2 + ["Demo"]))
    assert list(list_outcomes(words)) == [
        'won      1,200  "Won" 1,200',
        'lost         3  "lost" 3',
        'open         3  empty 2, "Demo" 1 by "*"',
    ]
    assert next(iter(list_outcomes(()))) == "won          0"


def test_a_deal_that_is_not_closed_is_open_whatever_its_word_says():
    said = pd.Series(["true", "false", "false", "true"])
    outcomes, words = Outcomes().read(said, pd.Series([True, True, False, False]))
    assert outcomes.fillna("open").tolist() == ["won", "lost", "open", "open"]
    assert OutcomeWord("false", "open", "not closed", 1) in words


def test_a_word_of_deals_that_are_not_closed_need_not_be_listed_but_one_of_closed_deals_must():
    said, is_closed = pd.Series(["won", "lost", "Demo"]), pd.Series([True, True, False])
    assert Outcomes().read(said, is_closed)[0].isna().tolist() == [False, False, True]
    with pytest.raises(DealsError, match=r'"Demo" \(1\) in 1 of 3 rows'):
        ANY.read(said, ~is_closed)


def test_in_scoring_words_that_nobody_listed_are_read_as_what_they_say_and_told():
    outcomes, words = Outcomes().read(pd.Series(["Lost to X", "Won back", "Closed", "Demo"]), required=False)
    assert outcomes.fillna("open").tolist() == ["lost", "won", "open", "open"]
    assert [word.reason for word in words] == ["says so", "says so", "any other", "any other"]
