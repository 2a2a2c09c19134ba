"""An answer in a sentence: as a seller says it, beside the usual answer, and never a good one that looks bad."""

from dataclasses import replace
from math import inf, nan

import pytest

from icp_fit.features.factors import Factor
from icp_fit.models.narrative.answer_evidence import range_text
from icp_fit.models.narrative.wording import answer_clause, answer_sentence, answer_text, contradicts, number_text

SYSTEMS = Factor(
    "systems", "count", "Systems", "How many systems?", direction="up",
    phrases=("It works with {answer} systems", "It works with 1 system"),
)  # fmt: skip
RIVALS = replace(SYSTEMS, direction="down", label="Rivals", phrases=())
AMOUNT = Factor("amount", "amount", "Amount", "How large?", phrases=("It is worth {answer}",))
PORTAL = Factor(
    "portal", "yes_no", "Portal", "A portal?", direction="up", phrases=("It is no portal", "It is a portal")
)
LEVEL = Factor("level", "ordinal", "Security", "How strict?", levels=("low", "high", "very_high"), direction="up")
MATURITY = replace(LEVEL, label="Maturity", direction="down")
FREE = replace(LEVEL, direction="none")


@pytest.mark.parametrize(
    ("number", "text"),
    [(12, "12"), (1234567, "1,234,567"), (1999.6, "2,000"), (12.5, "12.5"), (0.0031, "0.0031"), (-4000, "-4,000")],
)
def test_number_is_read_at_a_glance(number: float, text: str) -> None:
    assert number_text(number) == text


@pytest.mark.parametrize(
    ("factor", "number", "clause"),
    [
        (SYSTEMS, 12, "It works with 12 systems"),
        (SYSTEMS, 1, "It works with 1 system"),
        (SYSTEMS, 1200, "It works with 1,200 systems"),
        (replace(SYSTEMS, phrases=SYSTEMS.phrases[:1]), 1, "It works with 1 systems"),
        (RIVALS, 1, "Rivals: 1"),
        (AMOUNT, 53421.37, "It is worth 53,421"),
        (PORTAL, 0, "It is no portal"),
        (replace(PORTAL, phrases=()), 0, "Portal: no"),
        (LEVEL, 2, "Security: very high"),
        (LEVEL, nan, "Security: not answered"),
    ],
)
def test_answer_is_said_by_its_phrase_or_else_by_the_label(factor: Factor, number: float, clause: str) -> None:
    assert answer_clause(factor, number) == clause


@pytest.mark.parametrize(
    ("factor", "number", "side", "usual", "sentence"),
    [
        pytest.param(SYSTEMS, 20, 1, 15, "It works with 20 systems, more than the usual 15.", id="more"),
        pytest.param(SYSTEMS, 12, -1, 15, "It works with 12 systems, fewer than the usual 15.", id="fewer"),
        pytest.param(SYSTEMS, 12, 1, 15, "It works with 12 systems.", id="good, and yet fewer than usual"),
        pytest.param(
            SYSTEMS, 16, -1, 15, "It works with 16 systems; more would score higher.", id="bad, and yet more than usual"
        ),
        pytest.param(SYSTEMS, 3, -1, None, "It works with 3 systems; more would score higher.", id="no usual answer"),
        pytest.param(RIVALS, 4, -1, 2, "Rivals: 4, more than the usual 2.", id="more of a bad thing"),
        pytest.param(RIVALS, 1, 1, 2, "Rivals: 1, fewer than the usual 2.", id="less of a bad thing"),
        pytest.param(RIVALS, 2, -1, 2, "Rivals: 2; fewer would score higher.", id="the usual number of a bad thing"),
        pytest.param(AMOUNT, 9000, -1, 70000, "It is worth 9,000, less than the usual 70,000.", id="free"),
        pytest.param(AMOUNT, 70000.4, -1, 70000, "It is worth 70,000.", id="as much as usual, to a reader"),
        pytest.param(SYSTEMS, 12, 0, 15, "It works with 12 systems, fewer than the usual 15.", id="neither"),
        pytest.param(LEVEL, 1, -1, 2, "Security: high (usual answer: very high).", id="good, but others are better"),
        pytest.param(LEVEL, 1, -1, 1, "Security: high (“very high” would score higher).", id="good, but not the best"),
        pytest.param(LEVEL, 1, 1, 0, "Security: high (usual answer: low).", id="better than usual"),
        pytest.param(LEVEL, 1, 1, 2, "Security: high.", id="good, though others are better"),
        pytest.param(LEVEL, 2, 1, 0, "Security: very high.", id="the best explains itself"),
        pytest.param(LEVEL, 0, -1, 2, "Security: low.", id="the worst explains itself"),
        pytest.param(MATURITY, 1, -1, 0, "Maturity: high (usual answer: low).", id="down"),
        pytest.param(FREE, 1, -1, 2, "Security: high.", id="free level"),
        pytest.param(
            PORTAL,
            0,
            1,
            None,
            "It is no portal, although the profile counts it the other way.",
            id="against the profile",
        ),
        pytest.param(
            LEVEL, nan, 1, 2, "Security: not answered, which this profile counts as a sign of its own.", id="unanswered"
        ),
    ],
)
def test_sentence_compares_with_the_usual_answer_where_that_explains_the_points(
    factor: Factor, number: float, side: int, usual: float | None, sentence: str
) -> None:
    worded, compared = answer_sentence(factor, number, side, usual)
    assert worded == sentence
    assert compared == (answer_text(factor, usual) if usual is not None and "usual" in sentence else None)


def test_only_the_best_answer_counted_against_or_the_worst_one_for_a_deal_contradicts_the_profile() -> None:
    found = {
        (f.label, n, side)
        for f in (LEVEL, MATURITY)
        for n in range(3)
        for side in (-1, 0, 1)
        if contradicts(f, n, side)
    }
    assert found == {("Security", 2, -1), ("Security", 0, 1), ("Maturity", 0, -1), ("Maturity", 2, 1)}
    assert not any(contradicts(factor, 1, side) for factor in (FREE, AMOUNT, SYSTEMS) for side in (-1, 1))


@pytest.mark.parametrize(
    ("factor", "above", "to", "text"),
    [
        (SYSTEMS, 5, inf, "6 or more"),
        (SYSTEMS, -inf, 5, "5 or fewer"),
        (SYSTEMS, 5, 9, "6 to 9"),
        (SYSTEMS, 5, 6, "6"),
        (SYSTEMS, -inf, 0, "0"),
        (SYSTEMS, 20000, inf, "more than 20,000"),
        (AMOUNT, 20000, inf, "more than 20,000"),
        (AMOUNT, -inf, 20000, "20,000 or less"),
        (AMOUNT, 20000, 50000, "more than 20,000 and up to 50,000"),
        (AMOUNT, -inf, inf, "any answer"),
    ],
)
def test_range_is_said_by_the_numbers_in_it(factor: Factor, above: float, to: float, text: str) -> None:
    assert range_text(factor, above, to) == text
