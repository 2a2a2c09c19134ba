import re

import pytest

from icp_fit.features.factors import Factor
from icp_fit.features.profile import read_profile
from tests.support.checkout import SHARED

PROFILE = read_profile("liferay")
CONTEXT = [factor for factor in PROFILE.factors if PROFILE.dimension_of(factor.id).id == "context"]
WEIGHTED = [factor for factor in PROFILE.factors if factor not in CONTEXT]
SOURCE = SHARED / "the-ideal-customer-profile.md"


def named(factor: Factor) -> str:
    return factor.id


def test_liferay_has_the_three_dimensions_of_its_source_and_a_context() -> None:
    assert [dimension.id for dimension in PROFILE.dimensions] == ["complexity", "security", "enterprise", "context"]


def test_context_carries_no_weight() -> None:
    assert [factor.id for factor in CONTEXT] == ["industry", "region", "amount"]
    assert all(factor.weight == 0 and factor.direction == "none" for factor in CONTEXT)


@pytest.mark.parametrize("factor", WEIGHTED, ids=named)
def test_factor_points_somewhere_by_a_modest_weight_and_says_where_from(factor: Factor) -> None:
    assert factor.direction != "none"
    assert 0.05 <= factor.weight <= 0.45
    assert set(factor.source.split("; ")) <= {"At a Glance", "Complexity", "Security", "Enterprise"}


@pytest.mark.parametrize("factor", PROFILE.factors, ids=named)
def test_factor_is_worded_for_a_seller(factor: Factor) -> None:
    assert factor.question.endswith("?")
    assert factor.label[0].isupper()
    assert not factor.advice or re.fullmatch(r"[A-Z][^.!?]*\.", factor.advice), "advice is one sentence"


@pytest.mark.parametrize("factor", PROFILE.factors, ids=named)
def test_every_answer_has_a_phrase_and_a_number_another_one_for_one(factor: Factor) -> None:
    assert factor.phrases
    assert len(set(factor.phrases)) == len(factor.phrases)
    assert all(re.fullmatch(r"[A-Z{1][^.!?]*[^.!? ]", phrase) for phrase in factor.phrases)
    if factor.kind == "count":
        every, one = factor.phrases
        assert "{answer}" in every
        assert re.search(r"\b1\b", one)


def test_only_what_speaks_for_something_simpler_points_down() -> None:
    down = {factor.id for factor in PROFILE.factors if factor.direction == "down"}
    assert down == {"simple_competitor", "turnkey_wish", "security_maturity"}


def test_every_unfavourable_wish_has_advice() -> None:
    assert all(PROFILE.factor(name).advice for name in ("complexity_awareness", "simple_competitor", "turnkey_wish"))


@pytest.mark.skipif(not SOURCE.is_file(), reason=f"needs the source document, {SOURCE}")
def test_liferay_states_its_source_in_its_own_words() -> None:
    source = runs_of_words(SOURCE.read_text(encoding="utf-8"))
    ours = runs_of_words(
        " | ".join(text for f in PROFILE.factors for text in (f.label, f.question, f.advice, *f.phrases))
    )
    assert not ours & source


def runs_of_words(text: str, length: int = 7) -> set[tuple[str, ...]]:
    words = re.findall(r"[a-z]+|\|", text.lower())
    runs = zip(*(words[start:] for start in range(length)), strict=False)
    return {run for run in runs if "|" not in run}
