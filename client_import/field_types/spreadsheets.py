"""What a spreadsheet makes of a cell of text when it opens a CSV file: a formula, a number, a date, True or False.

Excel, LibreOffice and Google Sheets read every cell as if somebody typed it, whether it has quotes around it in the
file or not, and write what they show when they save. A leading apostrophe keeps all of them from it: Excel and
LibreOffice take it for a letter, Google Sheets for the mark of text, and the importer takes it off again.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from client_import.field_types.characters import bytes_of
from client_import.field_types.shapes import matches
from client_import.field_types.value_type import Column, Flags

_WHOLE_NUMBER = "0|[1-9][0-9]{0,10}"
"""Digits that stay as they are: Excel shows 11 of them, and turns more into 1.23457E+11."""

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

_MAY_BE_WORDS = np.zeros(256, np.bool_)
"""First letters of months, days and of what is true or false."""

_MAY_BE_WORDS[[ord(letter) for letter in "jfmasondJFMASONDtTwW"]] = True
_MAY_BE_NUMBER = np.zeros(256, np.bool_)
_MAY_BE_NUMBER[[ord(mark) for mark in "0123456789.,:(%$/"]] = True
_MAY_BE_NUMBER[["£€".encode()[0], "€".encode()[0]]] = True
_MAY_RUN = np.zeros(256, np.bool_)
_MAY_RUN[[ord(mark) for mark in "=+-@\t\r'"]] = True
"""What a formula can begin with, and an apostrophe, which Google Sheets takes off."""

_SUSPECTS = _MAY_BE_WORDS | _MAY_BE_NUMBER | _MAY_RUN


def with_apostrophe(cells: Column) -> Column:
    """Return the cells, those that a spreadsheet would change with an apostrophe in front."""
    changed = changed_by_spreadsheets(cells)
    if not pc.any(changed, min_count=0).as_py():
        return cells
    return pc.if_else(changed, pc.binary_join_element_wise("'", cells, ""), cells)


def changed_by_spreadsheets(cells: Column) -> Flags:
    """Return where a spreadsheet would show, and save, another text than the cell has; null it leaves alone."""
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


def first_bytes(cells: Column) -> np.ndarray[tuple[int], np.dtype[np.uint8]]:
    """Return the first byte of each cell, 0 for one without text."""
    ends, text = bytes_of(cells)
    if not len(text):
        return np.zeros(len(cells), np.uint8)
    first: np.ndarray[tuple[int], np.dtype[np.uint8]] = text[np.minimum(ends[:-1] - ends[0], len(text) - 1)]
    first[ends[:-1] == ends[1:]] = 0
    return first
