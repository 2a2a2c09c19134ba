"""The format that reads all dates of a column is found, and what it cannot prove is asked about."""

from datetime import datetime, timedelta

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from icp_fit.features.cells.date_formats import DateEvidence, find_date_format, proven_order
from icp_fit.features.cells.dates import read_dates, swap_order
from icp_fit.features.cells.months import without_words

MONTHS = {
    "en": "January February March April May June July August September October November December",
    "en short": "Jan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "de short": "Jan. Feb. Mär. Apr. Mai Jun. Jul. Aug. Sep. Okt. Nov. Dez.",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "fr short": "janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc.",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "es short": "ene. feb. mar. abr. may. jun. jul. ago. sept. oct. nov. dic.",
    "pt": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "pt short": "jan fev mar abr mai jun jul ago set out nov dez",
    "it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "it short": "gen feb mar apr mag giu lug ago set ott nov dic",
    "nl": "januari februari maart april mei juni juli augustus september oktober november december",
    "nl short": "jan. feb. mrt. apr. mei jun. jul. aug. sep. okt. nov. dec.",
}
FORMATS = [
    "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y", "%d.%m.%y", "%m/%d/%y", "%d %m %Y",
    "%m/%d/%Y %H:%M", "%d/%m/%Y %H:%M:%S", "%m/%d/%y %I:%M %p", "%d/%m/%Y, %H:%M:%S", "%m/%d/%Y %I:%M:%S %p",
    "%d %b, %Y %H:%M:%S", "%b %d, %Y", "%d. %b %Y", "%d-%b-%y", "%d-%b-%Y %H:%M", "%Y %b %d",
    "%Y-%m-%d %I:%M %p", "%d/%m/%Y %H:%M:%S %z",
]  # fmt: skip
ISO_FORMATS = [
    "%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d %H:%M:%S UTC",
    "%Y-%m-%dT%H:%M:%S.%f+00:00",
]  # fmt: skip
MOMENTS = st.datetimes(datetime(2001, 1, 1), datetime(2030, 12, 31)).map(
    lambda moment: moment.replace(second=0, microsecond=0)
)


def series(*texts: str) -> pd.Series:
    return pd.Series(texts, dtype="str")


def written(moments: list[datetime], date_format: str) -> pd.Series:
    """The moments in a format, as UTC where it has a zone."""
    return series(*(moment.strftime(date_format.replace("%z", "+0000")) for moment in moments))


@settings(deadline=None, max_examples=40)
@given(st.lists(MOMENTS, min_size=1, max_size=8), st.sampled_from(FORMATS))
def test_a_date_in_any_format_is_read_back_from_a_column_that_proves_its_order(
    moments: list[datetime], date_format: str
) -> None:
    proofs = [datetime(2024, 2, day, 15, 30) for day in range(13, 29)]
    texts = written([*moments, *proofs], date_format)
    found = find_date_format(texts)
    assert found.formats == (date_format,)
    whole = [
        moment if "%H" in date_format or "%I" in date_format else datetime(*moment.timetuple()[:3])
        for moment in moments
    ]
    assert read_dates(texts, date_format).tolist()[: len(moments)] == whole


@pytest.mark.parametrize("date_format", ISO_FORMATS)
def test_a_date_with_the_year_first_needs_no_proof(date_format: str) -> None:
    moments = [datetime(2024, 1, 2, 10, 20, 30), datetime(2023, 12, 31)]
    texts = written(moments, date_format)
    assert find_date_format(texts).formats == ("iso",)
    assert read_dates(texts).dt.date.tolist() == [moment.date() for moment in moments]


@pytest.mark.parametrize("language", MONTHS)
def test_names_of_months_are_read_in_every_language(language: str) -> None:
    days = [datetime(2024, month, month + 1) for month in range(1, 13)]
    names = MONTHS[language].split()
    for style in ("{} {} {}", "{}. {} {}", "{} de {} de {}", "{}-{}-{}"):
        texts = series(*(style.format(day.day, name, day.year) for day, name in zip(days, names, strict=True)))
        found = find_date_format(texts)
        assert read_dates(texts, found.date_format).tolist() == days, style


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("April 15th, 2021", "m04 15, 2021"), ("Tuesday, 5. April 2022", "5. m04 2022"),
        ("1er janvier 2024", "1 m01 2024"),
        ("3/1/24 1:05 p. m.", "3/1/24 1:05PM"), ("3/1/24 1:05\u202fam", "3/1/24 1:05AM"), ("nothing", "nothing"),
        ("Tue, 31 Jan 2023 20:00:00 GMT", "31 m01 2023 20:00:00Z"),
    ],
)  # fmt: skip
def test_words_of_dates_become_digits(text: str, plain: str) -> None:
    assert without_words(series(text)).item() == plain


@pytest.mark.parametrize(
    ("text", "date_format", "moment"),
    [
        ("45123", "excel", datetime(2023, 7, 16)),
        ("45123.5", "excel", datetime(2023, 7, 16, 12)),
        ("1719684000", "epoch_s", datetime(2024, 6, 29, 18)),
        ("1719684000500", "epoch_ms", datetime(2024, 6, 29, 18, 0, 0, 500_000)),
    ],
)
def test_serials_are_dates_in_a_column_of_dates_alone(text: str, date_format: str, moment: datetime) -> None:
    assert find_date_format(series(text)).formats == (date_format,)
    assert find_date_format(series(text), serials=False) == DateEvidence()
    assert read_dates(series(text), date_format).item() == moment


def test_a_few_proofs_decide_for_many_cells_that_prove_nothing() -> None:
    found = find_date_format(series("01/02/2024", "28/02/2024"), [97, 3])
    assert (found.formats, found.order) == (("%d/%m/%Y",), "day first")


def test_an_order_that_nothing_proves_is_left_open_until_another_column_proves_it() -> None:
    open_ = find_date_format(series("01/02/2024", "03/04/2024"))
    assert open_.date_format == ""
    assert open_.formats == ("%d/%m/%Y", "%m/%d/%Y")
    proof = find_date_format(series("12.31.2024"))
    assert proven_order([open_, proof]) == "month first"
    assert open_.settle("month first") == "%m/%d/%Y"
    assert open_.settle("") == ""
    assert proven_order([proof, find_date_format(series("31.12.2024"))]) == "", "two columns prove different orders"


def test_proofs_of_both_orders_are_shown() -> None:
    found = find_date_format(series("13/02/2024", "1/1/2024", "02/14/2024"))
    assert found.conflict == ("13/02/2024", "02/14/2024")
    assert found.date_format == ""


def test_two_digit_years_first_are_asked_about() -> None:
    days = [datetime(2023, 1, 1) + timedelta(days=step) for step in range(0, 700, 3)]
    assert find_date_format(written(days, "%y-%m-%d")).formats == ("%d-%m-%y", "%y-%m-%d")
    assert find_date_format(written(days, "%d-%m-%y")).formats == ("%d-%m-%y",)


@pytest.mark.parametrize(
    "texts",
    [
        ["a"],
        ["1-10", "11-50"],
        ["10.0.0.1"],
        ["1.2.3", "2.0.11"],
        ["555-123-4567"],
        ["12"],
        ["2023"],
        ["007"],
        [],
        [""],
    ],
    ids=str,
)
def test_what_is_no_date_is_none(texts: list[str]) -> None:
    assert find_date_format(series(*texts)) == DateEvidence()


def test_cells_that_are_no_dates_are_missing_and_too_many_make_no_column_of_dates() -> None:
    assert find_date_format(series("31.01.2024", "n.v."), [95, 5]).formats == ("%d.%m.%Y",)
    assert find_date_format(series("31.01.2024", "n.v."), [94, 6]) == DateEvidence()
    assert read_dates(series("31.01.2024", "n.v.", "02/14/2024"), "%d.%m.%Y").isna().tolist() == [False, True, True]


def test_a_format_with_a_time_reads_a_date_without_one() -> None:
    dates = read_dates(series("13/02/2024", "14/02/2024 10:00", "15/02/2024 10:00:05"), "%d/%m/%Y %H:%M:%S")
    assert dates.tolist() == [datetime(2024, 2, 13), datetime(2024, 2, 14, 10), datetime(2024, 2, 15, 10, 0, 5)]


def test_a_date_with_the_year_first_is_read_in_any_format() -> None:
    assert read_dates(series("2024-02-13"), "%d/%m/%Y").item() == datetime(2024, 2, 13)


def test_day_and_month_can_be_swapped_where_both_are_digits() -> None:
    assert swap_order("%d/%m/%Y %H:%M") == "%m/%d/%Y %H:%M"
    assert swap_order("%d %b %Y") == ""
