from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from icp_fit.features.errors import ProfileError
from icp_fit.features.factors import Dimension, Factor, Grades, Profile
from icp_fit.features.mapping import DEAL_COLUMNS
from icp_fit.features.profile import check_profile, parse_profile, read_profile, write_profile

PROFILE = """
name = "small"
version = "1"
label = "Small"
summary = "Two questions."
win_rate = 0.3

[[dimensions]]
id = "fit"
label = "Fit"
summary = "Everything."

[[dimensions.factors]]
id = "users"
kind = "count"
label = "Users"
question = "How many users?"

[[dimensions.factors]]
id = "security"
kind = "ordinal"
label = "Security"
question = "How strict is security?"
levels = ["low", "high"]
"""


def refuse(old: str, new: str) -> str:
    """What is said about the small profile with one thing replaced."""
    assert old in PROFILE
    with pytest.raises(ProfileError) as caught:
        parse_profile(PROFILE.replace(old, new), where="small.toml")
    assert all(line.startswith("small.toml") for line in str(caught.value).splitlines())
    return str(caught.value)


def test_a_profile_holds_what_its_file_says():
    profile = parse_profile(PROFILE)
    assert profile.factor_ids == ("users", "security")
    assert profile.factor("security").choices == ("low", "high")
    assert profile.factor("users").lowest == 0
    assert profile.dimension_of("users").id == "fit"
    assert profile.grades == Grades(75, 50, 25)
    with pytest.raises(ProfileError, match="has no factor `amount`; it has users, security"):
        profile.factor("amount")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('kind = "count"', 'kind = "number"', "factor `users`: `kind`: input should be 'yes_no', 'count'"),
        ('kind = "count"\n', "", "factor `users`: `kind`: is missing; add it"),
        ('kind = "count"', 'kind = "count"\nwieght = 1', "factor `users`: `wieght`: is not a known key"),
        (
            'kind = "count"',
            'kind = "count"\nweight = 9',
            "factor `users`: `weight`: input should be less than or equal to 3",
        ),
        ('kind = "count"', 'kind = "count"\nweight = 1', "factor `users` has weight 1 and no direction"),
        ('kind = "count"', 'kind = "count"\nweight = 1\ndirection = "up"', "factor `users` has a weight to spread"),
        ('kind = "count"', 'kind = "count"\nscale = [3, 1]', "the first number must be the smaller one"),
        ('kind = "count"', 'kind = "count"\nscale = [0, inf]', "both numbers must be finite"),
        (
            'kind = "count"',
            'kind = "count"\nminimum = -1',
            "factor `users` is a count, which starts at 0, with minimum -1",
        ),
        ('kind = "count"', 'kind = "count"\nlevels = ["a", "b"]', "of kind `count`, which has no `levels`"),
        ('kind = "count"', 'kind = "yes_no"\nminimum = 1', "`scale` and `minimum` are for counts and amounts"),
        (
            'kind = "ordinal"',
            'kind = "ordinal"\nweight = 1\nknown_at = "close"',
            "known only at close and cannot carry weight",
        ),
        (
            'kind = "count"',
            'kind = "count"\nphrases = ["Many use it"]',
            "factor `users` has the phrase 'Many use it' for every number. Put `{answer}` where the number goes",
        ),
        (
            'kind = "count"',
            'kind = "count"\nphrases = ["{answer} use it", "1 uses it", "2 use it"]',
            "factor `users` has 3 `phrases`; give one with `{answer}`, and if need be one for exactly 1",
        ),
        (
            'kind = "ordinal"',
            'kind = "ordinal"\nphrases = ["It is strict"]',
            "factor `security` has 1 `phrases` for 2 answers. Give one for each answer in its order",
        ),
        ('kind = "ordinal"', 'kind = "ordinal"\nphrases = ["{answer}", "b"]', "with `{answer}`, which is for numbers"),
        ('kind = "count"', 'kind = "yes_no"\nphrases = ["None use it"]', "for 2 answers. Give one for no and yes"),
        ('kind = "count"', 'kind = "yes_no"\nphrases = ["No.", "Yes"]', "has the phrase 'No.'. Make it a main clause"),
        ('kind = "count"', 'kind = "yes_no"\nphrases = ["No", " "]', "has the phrase ' '. Make it a main clause"),
        ('["low", "high"]', '["low"]', "needs at least two `levels`, got 1"),
        (
            '["low", "high"]',
            '["low", 2]',
            "factor `security`: `levels`, item `2`: input should be a valid string, got 2",
        ),
        ('["low", "high"]', '["low", "Low "]', "lists 'low' in `levels` more than once"),
        ('["low", "high"]', '["low", ""]', "lists '' in `levels` more than once, or blank"),
        ('levels = ["low', 'direction = "up"\nvalues = ["low', "factor `security` is of kind `ordinal`"),
        ('id = "security"', 'id = "users"', "factor `users` is declared 2 times"),
        ('id = "security"', 'id = "outcome"', "factor `outcome` has the name of a column"),
        ('id = "security"', 'id = "Security!"', "factor `Security!` must be an id of lower-case letters"),
        ('id = "security"\n', "", "factor `number 2`: `id`: is missing"),
        ('"How many users?"', '" "', "factor `users` has a blank `label` or `question`"),
        ("win_rate = 0.3", "win_rate = nan", "profile: `win_rate`: input should be"),
        ("win_rate = 0.3", "win_rate = 1.0", "profile: `win_rate`: input should be less than 1, got 1.0"),
        ("win_rate = 0.3", "win_rate = 0.3\ngrades = {A = 50}", "grades must fall from A to C, got A=50, B=50, C=25"),
        (
            "win_rate = 0.3",
            "win_rate = 0.3\ngrades = {A = 500}",
            "[grades]: `A`: input should be less than or equal to 100",
        ),
        ("win_rate = 0.3", "win_rate =", "small.toml is not valid TOML"),
    ],
)
def test_what_is_wrong_is_named_with_its_factor(old: str, new: str, message: str):
    assert message in refuse(old, new)


def test_one_mistake_is_said_once():
    assert len(refuse('kind = "count"', 'kind = "number"').splitlines()) == 1


def test_every_mistake_is_said():
    assert len(refuse('["low", "high"]', '["low"]\nweight = 1').splitlines()) == 2


@pytest.mark.parametrize("column", DEAL_COLUMNS)
def test_a_factor_may_not_take_the_name_of_a_deals_column(column: str):
    assert f"factor `{column}`" in refuse('id = "users"', f'id = "{column}"')


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path):
    with pytest.raises(ProfileError, match=r"`acme` is neither a file nor one of the shipped profiles \(.*liferay"):
        read_profile("acme")
    latin = tmp_path / "latin.toml"
    latin.write_bytes('label = "Größe"'.encode("latin-1"))
    with pytest.raises(ProfileError, match=r"latin\.toml is not in UTF-8"):
        read_profile(latin)


def test_a_file_may_begin_with_a_byte_order_mark(tmp_path: Path):
    path = tmp_path / "small.toml"
    path.write_text(PROFILE, encoding="utf-8-sig")
    assert read_profile(path) == parse_profile(PROFILE)


def test_the_digest_follows_the_meaning():
    profile = parse_profile(PROFILE)
    assert parse_profile(PROFILE + "# a remark").digest == profile.digest
    assert replace(profile, win_rate=0.31).digest != profile.digest


TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=20).filter(str.strip)
FACTORS = st.one_of(
    st.builds(
        Factor,
        st.just("portal"),
        st.just("yes_no"),
        TEXT,
        TEXT,
        phrases=st.just(()) | st.just(("It is no portal", "It is a “portal”")),
        advice=TEXT,
    ),
    st.builds(
        Factor,
        st.just("users"),
        st.sampled_from(["count", "amount"]),
        TEXT,
        TEXT,
        direction=st.sampled_from(["up", "down"]),
        weight=st.floats(0, 3),
        scale=st.sampled_from([(0.0, 1.0), (-1.5, 1e9)]),
        minimum=st.none() | st.floats(0, 1e6),
        unanswered=st.sampled_from(["ignore", "informative"]),
        phrases=st.sampled_from([(), ("{answer} use it",), ("{answer} use it", "1 uses it")]),
    ),
    st.builds(Factor, st.just("sector"), st.just("category"), TEXT, TEXT, values=st.just(("a", "b c", 'd"e'))),
)


@settings(max_examples=50, deadline=None)
@given(FACTORS, TEXT, st.floats(0.01, 0.99))
def test_a_profile_is_read_back_as_it_was_written(factor: Factor, text: str, win_rate: float):
    """Reading what was written is the identity."""
    profile = Profile(text, "1", text, text, win_rate, (Dimension("fit", text, text, (factor,)),), Grades(90, 60, 30))
    check_profile(profile)
    assert parse_profile(write_profile(profile)) == profile


def test_the_shipped_profile_is_read_back_as_it_was_written():
    profile = read_profile("liferay")
    assert parse_profile(write_profile(profile)) == profile


def test_a_profile_that_asks_nothing_before_the_close_is_refused():
    profile = read_profile("liferay")
    late = tuple(replace(factor, known_at="close", weight=0.0) for factor in profile.factors)
    with pytest.raises(ProfileError, match="known only at close, so there is nothing to ask of an open deal"):
        check_profile(replace(profile, dimensions=(replace(profile.dimensions[0], factors=late),)))
