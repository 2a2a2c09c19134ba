"""A correction is what differs from what the page showed, and nothing else."""

import pytest

from icp_fit.features.errors import MappingError
from icp_fit.features.mapping import Mapping
from icp_fit.features.outcomes import Outcomes
from icp_fit.serving.pages.import_form import is_undecided, read_correction, shown_words
from icp_fit.serving.pages.import_reading import ImportReading, Upload, read_import
from tests.support.small_profile import PROFILE

TABLE = b"Deal ID,Systems,Begun,Stage\na,4,13.01.2026,Talking\nb,5,02.03.2026,Closed Won\nc,6,03.03.2026,Closed\n"
MAPPING = Mapping(columns={"created_on": "Begun", "outcome": "Stage"})


def read(mapping: Mapping = MAPPING, table: bytes = TABLE) -> ImportReading:
    return read_import(Upload("deals.csv", table), PROFILE, mapping)


def correct(reading: ImportReading, form: dict[str, str]) -> Mapping:
    return read_correction(form, reading, PROFILE).mapping


def test_form_as_it_was_shown_changes_nothing() -> None:
    reading = read()
    form = {"column.deal_id": "Deal ID", "column.systems": "Systems", "column.rivals": "", "column.outcome": "Stage"}
    place = [word.word for word in shown_words(reading)].index("Closed Won")
    form |= {"format.created_on": "%d.%m.%Y", "words": "1", f"word.{place}": "won", "sheet": ""}
    assert reading.mapping.date_format_of("created_on") == "%d.%m.%Y"
    correction = read_correction(form, reading, PROFILE)
    assert correction.mapping == MAPPING
    assert not correction.is_changed


def test_column_is_changed_by_its_label_and_taken_away_by_none() -> None:
    assert correct(read(), {"column.rivals": "Systems", "column.systems": ""}).columns == {
        **MAPPING.columns,
        "rivals": "Systems",
        "systems": "",
    }


def test_format_that_a_column_proved_is_not_kept_for_another_column() -> None:
    fixed = Mapping(columns=MAPPING.columns, date_format={"created_on": "%d.%m.%Y", "closed_on": "iso"})
    assert correct(read(fixed), {"column.created_on": "Systems"}).date_format == {"closed_on": "iso"}


def test_format_of_one_column_leaves_that_of_the_other() -> None:
    fixed = Mapping(columns=MAPPING.columns, date_format="%d.%m.%Y")
    assert correct(read(fixed), {"format.created_on": "%m.%d.%Y"}).date_format == {
        "created_on": "%m.%d.%Y",
        "closed_on": "%d.%m.%Y",
    }


def test_word_moves_to_the_outcome_that_it_is_given() -> None:
    reading = read()
    place = [word.word for word in shown_words(reading)].index("Talking")
    outcome = correct(reading, {"words": "1", f"word.{place}": "lost"}).outcome
    assert outcome == Outcomes().adding(lost=["Talking"])


@pytest.mark.parametrize("ticked", [True, False])
def test_every_other_word_is_open_as_long_as_that_is_ticked(ticked: bool) -> None:
    before = Outcomes(open=("", "open") if ticked else ("", "open", "*"))
    reading = read(Mapping(columns=MAPPING.columns, outcome=before))
    form = {"words": "1"} | ({"others": "on"} if ticked else {})
    assert ("*" in correct(reading, form).outcome.open) == ticked


@pytest.mark.parametrize(
    ("outcomes", "undecided"),
    [(Outcomes(), {"Talking", "Closed"}), (Outcomes(open=("*",)), {"Closed"})],
    ids=["no-others", "others"],
)
def test_word_is_undecided_where_nobody_says_what_it_means(outcomes: Outcomes, undecided: set[str]) -> None:
    reading = read(Mapping(columns=MAPPING.columns, outcome=outcomes))
    assert {word.word for word in shown_words(reading) if is_undecided(word, outcomes)} == undecided


def test_toml_comes_first_and_the_fields_upon_it() -> None:
    mapping = correct(read(), {"toml": 'decimal = ","\n', "column.rivals": "Systems"})
    assert mapping == Mapping(columns={"rivals": "Systems"}, decimal=",")


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({"column.systems": "System"}, "no column “System”. Did you mean `Systems`"),
        ({"toml": "[columns"}, "The mapping is not valid TOML"),
        ({"toml": '[values.portal]\n"x" = "perhaps"\n[columns]\nshoe = "x"\n'}, "names `shoe`"),
    ],
    ids=["column", "toml", "factor"],
)
def test_what_no_mapping_can_say_is_refused(form: dict[str, str], says: str) -> None:
    with pytest.raises(MappingError, match=says.replace("?", r"\?")):
        correct(read(), form)


def test_sheet_that_is_chosen_is_a_change() -> None:
    assert read_correction({"sheet": "Two"}, read(), PROFILE).is_changed
    assert read_correction({"sheet": "Two"}, read(), PROFILE).sheet == "Two"
