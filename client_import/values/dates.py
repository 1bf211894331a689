"""Days of the calendar, from the year 1000 to 9999, in the normal form YYYY-MM-DD.

Read are YYYY-MM-DD (midnight may follow), D/M/YYYY, D-M-YYYY and D.M.YYYY (M first when the option says so),
and D Mon YYYY, D Month YYYY and D-Mon-YYYY in English. An order that gives no day is refused, never guessed;
so is a year of two digits.
"""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

from client_import.catalogue import Field
from client_import.values.shapes import matches, read_as
from client_import.values.value_type import Column, Flags, Rules, ValueType

NOT_IN_THE_FUTURE = "not in the future"
"""Stands in the rule of a field (fields.csv) whose days are not later than today."""

_LEAP_YEAR = "(?:[1-9][0-9](?:0[48]|[2468][048]|[13579][26])|(?:[2468][048]|[13579][26])00)"
DAY = (
    "[1-9][0-9]{3}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])"
    "|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)"
    f"|02-(?:0[1-9]|1[0-9]|2[0-8]))|{_LEAP_YEAR}-02-29"
)
"""A day that exists, in normal form."""

_MIDNIGHT = "[0-9]{4}-[0-9]{2}-[0-9]{2}[ t]00:00:00"
_NUMBERS = r"[0-9]{1,2}(?:/[0-9]{1,2}/|-[0-9]{1,2}-|\.[0-9]{1,2}\.)[0-9]{4}"
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    "(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sep(?:t|tember)?"
    "|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_WORDS = f"[0-9]{{1,2}}(?: +{_MONTH} +|-{_MONTH}-)[0-9]{{4}}"


def _normalise(cells: Column, field: Field, rules: Rules) -> Column:
    if pc.all(matches(cells, DAY)).as_py():
        return cells
    encoded = cells.dictionary_encode()
    return _read(encoded.dictionary, rules).take(encoded.indices)


def _read(cells: Column, rules: Rules) -> Column:
    """Return the cells that can be read as a day in normal form, and the others as they came."""
    days = pc.ascii_lower(cells)
    days = _rewrite(days, _NUMBERS, _day_first if rules.day_first else _month_first)
    days = _rewrite(days, _WORDS, _month_by_name)
    days = _rewrite(days, _MIDNIGHT, lambda texts: pc.utf8_slice_codeunits(texts, 0, 10))
    return read_as(DAY, days, cells)


def _rewrite(texts: Column, pattern: str, rewritten: Callable[[Column], Column]) -> Column:
    rows = matches(texts, pattern)
    return pc.replace_with_mask(texts, rows, rewritten(texts.filter(rows)))


def _day_first(texts: Column) -> Column:
    first, second, year = _pieces(texts, "[-/.]")
    return _joined(year, second, first)


def _month_first(texts: Column) -> Column:
    first, second, year = _pieces(texts, "[-/.]")
    return _joined(year, first, second)


def _month_by_name(texts: Column) -> Column:
    day, name, year = _pieces(texts, " +|-")
    number = pc.index_in(pc.utf8_slice_codeunits(name, 0, 3), value_set=pa.array(_MONTHS))
    return _joined(year, pc.add(number, 1).cast(pa.string()), day)


def _pieces(texts: Column, between: str) -> list[Column]:
    pieces = pc.split_pattern_regex(texts, pattern=between)
    return [pc.list_element(pieces, index) for index in range(3)]


def _joined(year: Column, month: Column, day: Column) -> Column:
    two_digits = [pc.utf8_lpad(number, 2, padding="0") for number in (month, day)]
    return pc.binary_join_element_wise(year, *two_digits, "-")


def _is_day(values: Column, field: Field, rules: Rules) -> Flags:
    good = matches(values, DAY)
    if NOT_IN_THE_FUTURE in field.rule:
        good = pc.and_(good, pc.fill_null(pc.less_equal(values, rules.today.isoformat()), False))
    return pc.or_(good, values.is_null())


def _to_clean(values: Column) -> pa.Array:
    return values.cast(pa.date32())


DATE = ValueType(_normalise, {"bad_format": _is_day}, pa.date32(), _to_clean)
