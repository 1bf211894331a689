"""Protect exported text from spreadsheets, which turn it into formulas, numbers, dates, True or False.

When Excel, LibreOffice and Google Sheets open a CSV file, they interpret every cell as if it had been typed, with or
without quotes, and they save what they show. A leading apostrophe prevents that: Excel and LibreOffice take it for a
character of the text, Google Sheets for a mark that means text. The importer removes it again.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from client_import.field_types.columns import byte_table, first_bytes
from client_import.field_types.shapes import matches
from client_import.field_types.value_type import Column, Flags

_WHOLE_NUMBER = "0|[1-9][0-9]{0,10}"
"""Digits that do not change. Excel shows up to 11 of them, and turns longer numbers into 1.23457E+11."""

_DIGITS_AND_MARKS = r"[0-9 .,/:()%$£€-]*[0-9][0-9 .,/:()%$£€-]*"
_SPACED_DIGITS = r"[0-9]+(?: [0-9]+)+"
_EXPONENT = r"[0-9]+(?:[.,][0-9]*)?[eE][+-]?[0-9]+|[.,][0-9]+[eE][+-]?[0-9]+"
_MONTH = (
    "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    "|nov(?:ember)?|dec(?:ember)?"
)
_DAY = "mon(?:day)?|tue(?:s|sday)?|wed(?:nesday)?|thu(?:rs|rsday)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?"
_DATE_IN_WORDS = (
    rf"(?i)(?:(?:{_DAY})[ ,.]+)?(?:[0-9]{{1,4}}(?:st|nd|rd|th)?[ ,./-]*)?(?:{_MONTH})"
    r"(?:[ ,./-]*[0-9]{1,4}(?:st|nd|rd|th)?){0,2}(?:[ ,]+[0-9: ]+)?(?: ?[ap]m?)?"
)
_TIME = r"(?i)[0-9]{1,2}(?::[0-9]{2}){0,2}(?:[.][0-9]+)?(?: ?[ap][.]?m[.]?| [ap])"
_TIMESTAMP = r"(?i)[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4}[t ][0-9:.]+(?: ?[ap]m| ?z|[+-][0-9:]+)?"
_TRUTH = "(?i)true|false"

_MAY_BE_WORDS = byte_table("jfmasondJFMASONDtTwW")
"""The first letters of months, weekdays, and the words for true and false."""

_MAY_BE_NUMBER = byte_table("0123456789.,:(%$/£€")
_MAY_RUN = byte_table("=+-@\t\r'")
"""The characters that a formula can begin with, and the apostrophe, which Google Sheets removes."""

_SUSPECTS = _MAY_BE_WORDS | _MAY_BE_NUMBER | _MAY_RUN


def with_apostrophe(cells: Column) -> Column:
    """Return the cells, with a leading apostrophe on those that a spreadsheet would change."""
    changed = changed_by_spreadsheets(cells)
    if not pc.any(changed, min_count=0).as_py():
        return cells
    return pc.if_else(changed, pc.binary_join_element_wise("'", cells, ""), cells)


def changed_by_spreadsheets(cells: Column) -> Flags:
    """Return which cells a spreadsheet would save with a different text; False for null."""
    suspects = pa.array(_SUSPECTS[first_bytes(cells)])
    if not pc.any(suspects, min_count=0).as_py():
        return suspects
    texts = cells.filter(suspects)
    first = first_bytes(texts)
    runs = pa.array(_MAY_RUN[first])
    number = pc.and_(pa.array(_MAY_BE_NUMBER[first]), _is_number_or_date(texts))
    words = pa.array(_MAY_BE_WORDS[first])
    if pc.any(words).as_py():
        words = pc.and_(words, _is_date_or_truth(texts))
    return pc.replace_with_mask(suspects, suspects, pc.or_(pc.or_(runs, number), words))


def _is_number_or_date(texts: Column) -> Flags:
    plain = pc.or_(matches(texts, _WHOLE_NUMBER), matches(texts, _SPACED_DIGITS))
    changed = matches(texts, _DIGITS_AND_MARKS)
    for shape in (_EXPONENT, _DATE_IN_WORDS, _TIME, _TIMESTAMP):
        changed = pc.or_(changed, matches(texts, shape))
    return pc.and_not(changed, plain)


def _is_date_or_truth(texts: Column) -> Flags:
    has_digit = pc.fill_null(pc.match_substring_regex(texts, pattern="[0-9]"), False)
    return pc.or_(pc.and_(matches(texts, _DATE_IN_WORDS), has_digit), matches(texts, _TRUTH))
