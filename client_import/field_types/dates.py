"""Dates from the year 1000 to 9999, in the normal form YYYY-MM-DD.

These forms are read: YYYY-MM-DD, YYYY/M/D and YYYYMMDD; D/M/YYYY, D-M-YYYY and D.M.YYYY (with the month first if the
option says so); D Mon YYYY, D Month YYYY and D-Mon-YYYY in English; and the five digits with which a spreadsheet counts
days (1900 system, 1927 to 2099). A time of day may follow, but with a time zone only at midnight, because any other
time may belong to the day before or after. The order of day and month is never guessed: a date that is invalid in the
chosen order is rejected. So are a year of two digits, and four digits alone, which may be a year or a count of days.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from client_import.field_types.columns import as_mask, by_distinct, bytes_of, replace_from, rewrite
from client_import.field_types.hints import OF_SPREADSHEETS, Hint
from client_import.field_types.numbers import whole_numbers
from client_import.field_types.shapes import matches
from client_import.field_types.value_type import Column, Flags, Rules, ValueType
from client_import.fields.catalogue import Field

NOT_IN_THE_FUTURE = "not in the future"
"""Part of the rule in fields.csv of fields that accept no date later than today."""

_NORMAL_FORM = "[1-9][0-9]{3}-[01][0-9]-[0-3][0-9]"
_LONGEST_MONTHS = np.array([0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31, *[0] * 7], np.uint8)
"""The last day of each month in a leap year, by its number; 0 for other numbers of two digits."""

_TIME = "(?:[01]?[0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:[.][0-9]+)?)?(?: ?[ap]m)?"
_MIDNIGHT = "0?0:00(?::00(?:[.]0+)?)?"
_ZONE = "(?:z|utc|gmt|[+-][0-9]{2}:?[0-9]{2})"
_AFTER_DAY = f"(?:t| +)(?:{_TIME}|{_MIDNIGHT} ?{_ZONE})"
_YEAR_FIRST = "[0-9]{4}(?:/[0-9]{1,2}/|-[0-9]{1,2}-|[.][0-9]{1,2}[.])[0-9]{1,2}"
_COMPACT = "(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
_NUMBERS = r"[0-9]{1,2}(?:/[0-9]{1,2}/|-[0-9]{1,2}-|\.[0-9]{1,2}\.)[0-9]{4}"
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    "(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sep(?:t|tember)?"
    "|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_WORDS = f"[0-9]{{1,2}}(?: +{_MONTH} +|-{_MONTH}-)[0-9]{{4}}"

_DAYS_COUNTED = r"([1-7][0-9]{4})(?:\.[0-9]+)?"
_FIRST_COUNTED, _LAST_COUNTED = 10_000, 73_050
_DAY_COUNTED_AS_0 = date(1899, 12, 30)
"""Not 31 December, because spreadsheets count a 29 February 1900 that never was."""

_NO_MONTH = "(?:1[3-9]|2[0-9]|3[01])"
_MAY_HAVE_TIME = f"(?:{_AFTER_DAY})?"
_MONTH_NUMBER = "(?:0?[1-9]|1[0-2])"


def fits_both_orders(cells: Column) -> Flags:
    """Return which cells are valid with the day first and with the month first, as different days: 03/04/2020."""
    numbers = matches(cells, f"(?i:{_MONTH_NUMBER}[-/.]{_MONTH_NUMBER}[-/.][0-9]{{4}}{_MAY_HAVE_TIME})")
    return replace_from(numbers, numbers, cells, _are_two_days)


def _are_two_days(texts: Column) -> Flags:
    first, second, _ = _pieces(texts)
    return pc.not_equal(pc.utf8_lpad(first, 2, padding="0"), pc.utf8_lpad(second, 2, padding="0"))


def _hints(rules: Rules) -> dict[Hint, str]:
    """Return the shapes of rejected cells by hint."""
    if rules.day_first:
        order = {Hint.NO_MONTH_AFTER_DAY: f"{_MONTH_NUMBER}[-/.]{_NO_MONTH}"}
    else:
        order = {Hint.NO_MONTH_BEFORE_DAY: f"{_NO_MONTH}[-/.]{_MONTH_NUMBER}"}
    shapes = {hint: f"{numbers}[-/.][0-9]{{4}}{_MAY_HAVE_TIME}" for hint, numbers in order.items()} | {
        Hint.TWO_DIGIT_YEAR: f"[0-9]{{1,2}}(?:[-/. ]+[0-9]{{1,2}}[-/. ]+|[ -]*{_MONTH}[-/. ]*)[0-9]{{2}}"
        + _MAY_HAVE_TIME,
        Hint.YEAR_OR_COUNT: "[0-9]{4}",
        Hint.TIME_WITH_ZONE: f".+(?:t| +){_TIME} ?{_ZONE}",
    }
    return OF_SPREADSHEETS | {hint: f"(?i:{shape})" for hint, shape in shapes.items()}


def _normalise(cells: Column, field: Field, rules: Rules) -> Column:
    others = pc.invert(pc.or_(_is_day(cells), cells.is_null()))
    return rewrite(cells, others, lambda rest: by_distinct(rest, lambda texts: _read(texts, rules)))


def _read(cells: Column, rules: Rules) -> Column:
    """Return the cells that are dates in normal form, and the others unchanged."""
    texts = pc.ascii_lower(cells)
    days = _read_usual(texts, rules)
    days = replace_from(days, pc.invert(_is_day(days)), texts, lambda rest: _read_rare(rest, rules))
    return pc.if_else(_is_day(days), days, cells)


def _read_usual(texts: Column, rules: Rules) -> Column:
    days = rewrite(texts, matches(texts, _NUMBERS), _day_first if rules.day_first else _month_first)
    return rewrite(days, matches(days, _WORDS), _month_by_name)


def _read_rare(texts: Column, rules: Rules) -> Column:
    days = rewrite(texts, matches(texts, f"(?s).*{_AFTER_DAY}"), _without_time)
    days = rewrite(days, matches(days, _YEAR_FIRST), lambda rest: _joined(*_pieces(rest)))
    days = rewrite(days, matches(days, _COMPACT), _compact)
    days = whole_numbers(days)
    days = rewrite(days, matches(days, _DAYS_COUNTED), _counted)
    return _read_usual(days, rules)


def _day_first(texts: Column) -> Column:
    day, month, year = _pieces(texts)
    return _joined(year, month, day)


def _month_first(texts: Column) -> Column:
    month, day, year = _pieces(texts)
    return _joined(year, month, day)


def _compact(texts: Column) -> Column:
    return _joined(*(pc.utf8_slice_codeunits(texts, start, end) for start, end in ((0, 4), (4, 6), (6, 8))))


def _counted(texts: Column) -> Column:
    count = pc.utf8_slice_codeunits(texts, 0, 5).cast(pa.int32())
    is_in_range = pc.and_(pc.greater_equal(count, _FIRST_COUNTED), pc.less_equal(count, _LAST_COUNTED))
    day = pc.add(count, (_DAY_COUNTED_AS_0 - date(1970, 1, 1)).days).cast(pa.int32()).cast(pa.date32())
    return pc.if_else(is_in_range, day.cast(pa.string()), texts)


def _without_time(texts: Column) -> Column:
    return pc.replace_substring_regex(texts, pattern=rf"{_AFTER_DAY}\z", replacement="")


def _month_by_name(texts: Column) -> Column:
    day, name, year = _pieces(texts, " +|-")
    number = pc.index_in(pc.utf8_slice_codeunits(name, 0, 3), value_set=pa.array(_MONTHS))
    return _joined(year, pc.add(number, 1).cast(pa.string()), day)


def _pieces(texts: Column, between: str = "[-/.]") -> list[Column]:
    pieces = pc.split_pattern_regex(texts, pattern=between)
    return [pc.list_element(pieces, index) for index in range(3)]


def _joined(year: Column, month: Column, day: Column) -> Column:
    two_digits = [pc.utf8_lpad(number, 2, padding="0") for number in (month, day)]
    return pc.binary_join_element_wise(year, *two_digits, "-")


def _is_day(values: Column) -> Flags:
    """Return which values are existing days in normal form; False for null."""
    rows = matches(values, _NORMAL_FORM)
    _, text = bytes_of(values.filter(rows))
    digits = text.reshape(-1, len("YYYY-MM-DD")) - np.uint8(ord("0"))
    month, day = (digits[:, tens] * np.uint8(10) + digits[:, tens + 1] for tens in (5, 8))
    exists = (day > 0) & (day <= _LONGEST_MONTHS[month])
    leap_days = np.flatnonzero((month == 2) & (day == 29))
    year = digits[leap_days, :4] @ np.array([1000, 100, 10, 1])
    exists[leap_days] = (year % 4 == 0) & ((year % 100 > 0) | (year % 400 == 0))
    good = np.zeros(len(values), np.bool_)
    good[as_mask(rows)] = exists
    return pa.array(good)


def _is_right_day(values: Column, field: Field, rules: Rules) -> Flags:
    good = _is_day(values)
    if NOT_IN_THE_FUTURE in field.rule:
        good = pc.and_(good, pc.fill_null(pc.less_equal(values, rules.today.isoformat()), False))
    return pc.or_(good, values.is_null())


DATE = ValueType(
    normalise=_normalise,
    checks={"bad_format": _is_right_day},
    arrow_type=pa.date32(),
    to_clean=lambda values: values.cast(pa.date32()),
    hints=_hints,
)
