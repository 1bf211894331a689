"""Hints: details about an invalid cell beyond its reason, found by its shape."""

from __future__ import annotations

from enum import StrEnum


class Hint(StrEnum):
    """A detail of a row error that selects its sentence (:mod:`client_import.field_types.sentences`)."""

    DIGITS_LOST = "digits_lost"
    NO_VALUE = "no_value"
    TWO_DIGIT_YEAR = "two_digit_year"
    YEAR_OR_COUNT = "year_or_count"
    TIME_WITH_ZONE = "time_with_zone"
    NO_MONTH_AFTER_DAY = "no_month_after_day"
    NO_MONTH_BEFORE_DAY = "no_month_before_day"
    TICK_OR_CROSS = "tick_or_cross"
    RECORD_KEPT = "record_kept"
    USED_WAS_REJECTED = "used_was_rejected"
    USED_BEFORE = "used_before"


SCIENTIFIC = r"[+-]?[0-9]+(?:[.,][0-9]*)?[Ee][+-]?[0-9]+"
"""A number with an exponent. It has usually lost digits: 1.23457E+11 shows six of twelve."""

FORMULA_ERROR = (
    r"#(?:REF!|VALUE!|NAME\?|DIV/0!|NUM!|NULL!|SPILL!|CALC!|FIELD!|BLOCKED!|CONNECT!|BUSY!|UNKNOWN!|PYTHON!"
    r"|EXTERNAL!|GETTING_DATA|ERROR!)|##+|Err:5[0-9]{2}"
)
"""What a spreadsheet shows instead of a value that is an error or too wide; Err:502 is from LibreOffice."""

OF_TEXT = {Hint.NO_VALUE: f"(?i:{FORMULA_ERROR})"}
"""The shapes of cells that are invalid in text fields, by hint."""

OF_SPREADSHEETS = {Hint.DIGITS_LOST: SCIENTIFIC, Hint.NO_VALUE: f"(?i:{FORMULA_ERROR}|#N/A)"}
"""The shapes of cells that are invalid in every typed field, by hint."""
