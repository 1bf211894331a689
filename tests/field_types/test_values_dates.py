"""Dates."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from client_import.field_types.registry import VALUE_TYPES, Rules
from client_import.fields.catalogue import BY_NAME
from tests.field_types.test_values import RULES, column, good, normalised, read

FIELD = BY_NAME["IncorporationDate"]
MONTH_FIRST = Rules(day_first=False, today=RULES.today)
MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("2020-12-31", "2020-12-31"),
        ("2020-12-31 00:00:00", "2020-12-31"),
        ("2020-12-31T00:00:00", "2020-12-31"),
        ("31/12/2020", "2020-12-31"),
        ("1/2/2020", "2020-02-01"),
        ("01-02-2020", "2020-02-01"),
        ("1.2.2020", "2020-02-01"),
        ("29 Feb 2020", "2020-02-29"),
        ("1 JANUARY 2020", "2020-01-01"),
        ("1-sep-2020", "2020-09-01"),
        ("1 Sept 2020", "2020-09-01"),
        ("31/12/9999", "9999-12-31"),
        ("1/1/1000", "1000-01-01"),
        ("2020-1-5", "2020-01-05"),
        ("2020/01/05", "2020-01-05"),
        ("2020.1.5", "2020-01-05"),
        ("20200131", "2020-01-31"),
        ("2020-12-31 10:00:00", "2020-12-31"),
        ("2020-12-31 00:00:00Z", "2020-12-31"),
        ("2020-12-31T00:00:00.000Z", "2020-12-31"),
        ("2020-12-31T00:00:00+00:00", "2020-12-31"),
        ("2020-12-31T23:59:59.999", "2020-12-31"),
        ("31/12/2020 00:00", "2020-12-31"),
        ("31/12/2020 0:00:00", "2020-12-31"),
        ("31/12/2020  9:05", "2020-12-31"),
        ("31/12/2020 12:00:00 AM", "2020-12-31"),
        ("31 Dec 2020 17:30", "2020-12-31"),
        ("31-Dec-2020 00:00", "2020-12-31"),
        ("31\xa0Dec\xa02020", "2020-12-31"),
        ("44197", "2021-01-01"),
        ("45292", "2024-01-01"),
        ("45292.0", "2024-01-01"),
        ("45292.75", "2024-01-01"),
        ("10000", "1927-05-18"),
        ("73050", "2099-12-31"),
        ("'31/12/2020'", "2020-12-31"),
        ("３１／１２／２０２０", "2020-12-31"),
    ],
)
def test_dates(cell, value):
    assert read("IncorporationDate", cell) == (value, [])


@pytest.mark.parametrize(
    "cell",
    [
        "soon",
        "12/31/2020",
        "31/02/2020",
        "29/02/2023",
        "29/02/1900",
        "0/1/2020",
        "1/0/2020",
        "1/2/20",
        "01-Jan-20",
        "1/2/0999",
        "1/2-2020",
        "1 Foo 2020",
        "1st Jan 2020",
        "Jan 1 2020",
        "1 Janu 2020",
        "001/02/2020",
        "١/٢/٢٠٢٠",
        "1 ſep 2020",
        "2020-12-31\nx",
        "2020",
        "2020.0",
        "9999",
        "0",
        "00/01/1900",
        "73051",
        "99999",
        "441970",
        "13/14/2020",
        "20201301",
        "10122020",
        "2020-13-01",
        "2020/5",
        "2020-05-31T23:00:00Z",
        "2020-05-31T23:00:00+01:00",
        "31/12/2020 25:00",
        "00:00",
        "4.5E+04",
    ],
)
def test_no_dates(cell):
    assert read("IncorporationDate", cell) == (cell, ["bad_format"])


@pytest.mark.parametrize(
    ("cell", "options", "words"),
    [
        ("12/31/2019", {}, "there is no such month"),
        ("31/12/2019", {"day_first": False}, "there is no such month"),
        ("13/13/2019", {}, "is not a day of the calendar"),
        ("25/13/2019", {"day_first": False}, "is not a day of the calendar"),
        ("12/2019", {}, "is not a day of the calendar"),
        ("12.2019", {}, "is not a day of the calendar"),
        ("31/12/19", {}, "has a year of two digits"),
        ("31 12 19", {}, "has a year of two digits"),
        ("31Dec19", {}, "has a year of two digits"),
    ],
)
def test_sentence_says_what_is_wrong(program, cell, options, words):
    data = f"Code,Name,Type,Incorporation Date\nA1,Ann,Ltd,{cell}\nA2,Bob,Ltd,03/04/2020\n"
    job = program.run(data.encode(), **options)
    assert words in program.not_imported(job["code"])[0]["import_message"]
    assert bool(job["notes"]) == ("no such month" in words)


@given(st.dates(min_value=date(1927, 5, 18), max_value=date(2099, 12, 31)), st.sampled_from(["", ".0", ".25"]))
def test_days_as_a_spreadsheet_counts_them(day, fraction):
    count = (day - date(1899, 12, 30)).days
    assert read("IncorporationDate", f"{count}{fraction}") == (day.isoformat(), [])


@pytest.mark.parametrize(
    ("cell", "value", "row_errors"),
    [
        ("12/31/2020", "2020-12-31", []),
        ("1/2/2020", "2020-01-02", []),
        ("1-Feb-2020", "2020-02-01", []),
        ("2020-02-01", "2020-02-01", []),
        ("31/12/2020", "31/12/2020", ["bad_format"]),
    ],
)
def test_month_first(cell, value, row_errors):
    assert read("IncorporationDate", cell, MONTH_FIRST) == (value, row_errors)


@pytest.mark.parametrize("year", [0, 999, 1000, 1600, 1700, 1896, 1900, 2000, 2023, 2024, 2100, 9996, 9999])
def test_only_days_of_the_calendar(year):
    numbers = [(month, day) for month in range(14) for day in range(33)]
    texts = column([f"{day}/{month}/{year:04d}" for month, day in numbers])
    expected = []
    for (month, day), text in zip(numbers, texts.to_pylist(), strict=True):
        try:
            expected.append(date(year, month, day).isoformat() if year >= 1000 else text)
        except ValueError:
            expected.append(text)
    assert normalised(FIELD, texts).to_pylist() == expected


@given(st.dates(min_value=date(1000, 1, 1)))
def test_every_form_of_a_day(day):
    name = MONTHS[day.month - 1]
    day_first = [f"{day.day}/{day.month}/{day.year}", f"{day.day:02d}-{day.month:02d}-{day.year}"]
    words = [f"{day.day} {name} {day.year}", f"{day.day:02d}-{name[:3].upper()}-{day.year}"]
    iso = [day.isoformat(), f"{day.isoformat()}T00:00:00"]
    values = normalised(FIELD, column([*day_first, *words, *iso]))
    assert VALUE_TYPES["date"].to_clean(values).equals(pa.array([day] * 6, pa.date32()))
    assert normalised(FIELD, column([f"{day.month}/{day.day}/{day.year}"]), MONTH_FIRST)[0].as_py() == str(day)


def test_a_birth_is_not_in_the_future():
    days = column(["2026-11-23", "2026-11-24", "2026-11-25", None])
    assert good(BY_NAME["ContactDateOfBirth"], days) == [True, True, False, True]
    assert good(FIELD, days) == [True, True, True, True]


@given(year=st.integers(0, 9999), month=st.integers(0, 19), day=st.integers(0, 39))
def test_good_is_a_day_that_the_calendar_has(year: int, month: int, day: int) -> None:
    text = f"{year:04}-{month:02}-{day:02}"
    try:
        exists = date(year, month, day).year >= 1000
    except ValueError:
        exists = False
    assert good(FIELD, column([text, None, text])) == [exists, True, exists]


@pytest.mark.parametrize("year", [1000, 1600, 1700, 1900, 2000, 2023, 2024, 9996])
def test_good_is_29_february_in_leap_years(year: int) -> None:
    is_leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    assert good(FIELD, column([f"{year}-02-29"])) == [is_leap]
