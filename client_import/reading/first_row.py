"""Decide whether a first row with unknown headers is a header row or data (docs/rules.md, section 2).

Each cell is compared with the cells below it and votes for a header or a value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import partial

from client_import.field_types.enums import member_of
from client_import.fields.catalogue import FIELDS, Field
from client_import.fields.headers import LONGEST_LABEL, field_of_header, fold, is_generated_header
from client_import.reading.repeated_header import repeats_line

_SURE = 2
_LIKELY = 1

_MOST = 0.8
"""The least share of a column's cells that must agree."""

_LISTS = [field for field in FIELDS if field.name in ("Type", "Status")]
_COMPANY = re.compile(r".*\w\W++(?:ltd|limited|llp|lp|plc|cic|cio|inc|llc|gmbh|ag|sarl|sas|bv|nv|oy|ab|aps)\W*+", re.I)
_POST_CODE = re.compile(r"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}", re.I)
_LABEL = re.compile(
    r".*(?:_.*|\b(?:name|names|code|number|no\.?|ref|reference|id|type|date|address|line \d|line|email|phone|telephone"
    r"|mobile|status|town|city|county|country|naam|nummer|adres|nom|adresse|ville|pays|ort|datum|nombre|fecha|nome)\W*+)",
    re.I | re.S,
)
"""Words that only headers end in, or an underscore, which headers have instead of blanks."""

_DIGIT = re.compile(r"[\d@]")
_NUMBERED = re.compile(r"[A-Z]{1,6}[-/ ]?\d{3,}")
"""The shape of a code; used if there are no values below."""

_ROWS_FOR_A_CATEGORY = 8
_REPEATS_OF_A_CATEGORY = 4


def looks_like_the_rows(cells: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Return whether the cells of a first row are more like the rows ``below`` than like headers; False in doubt."""
    labels = [cell.strip() for cell in cells]
    rows = [row for row in below if not repeats_line(row, labels)]
    votes = 0
    for place, label in enumerate(labels):
        column = [row[place].strip() for row in rows if place < len(row)]
        if label:
            votes += _vote(label, [value for value in column if value])
    return votes > 0


def looks_like_a_label(text: str) -> bool:
    """Return whether ``text`` ends as only headers do, such as ``Invoice No``."""
    return _LABEL.fullmatch(text) is not None


def looks_like_a_value(text: str) -> bool:
    """Return whether ``text`` cannot be a header: an email address, number, date, code, company or member of a list."""
    has_shape = _COMPANY.fullmatch(text) or _POST_CODE.fullmatch(text) or _NUMBERED.fullmatch(text)
    return is_number(text) or has_shape is not None or any(member_of(text, field) is not None for field in _LISTS)


def has_digits(text: str) -> bool:
    """Return whether ``text`` has a digit or an ``@``, as values do and hardly any header does."""
    return _DIGIT.search(text) is not None


def is_number(text: str) -> bool:
    """Return whether ``text`` has at least as many digits as letters, as dates and codes do, or an ``@``."""
    return "@" in text or len(_DIGIT.findall(text)) >= max(1, sum(map(str.isalpha, text)))


def _vote(label: str, values: Sequence[str]) -> int:
    """Return the vote of one cell of the first row: positive for a value, negative for a header."""
    if len(label) > LONGEST_LABEL:
        return _SURE
    folded = fold(label)
    if folded in map(fold, values) or _is_of_a_list(label, values):
        return _SURE
    if field_of_header(label) and values and _share(values, lambda value: bool(field_of_header(value))) >= _MOST:
        return _SURE
    if field_of_header(label) or is_generated_header(label) or _LABEL.fullmatch(label):
        return -_SURE
    if _COMPANY.fullmatch(label) or _POST_CODE.fullmatch(label):
        return _SURE
    if not values:
        return _SURE if _NUMBERED.fullmatch(label) else 0
    if label.isdigit():
        return 0  # for example a year
    if has_digits(label):
        return _SURE if _share(values, lambda value: _shape(value) == _shape(label)) >= _MOST else 0
    if _share(values, has_digits) >= _MOST:
        return -_SURE
    return _vote_of_words(label, values)


def _is_of_a_list(label: str, values: Sequence[str]) -> bool:
    def is_member(field: Field, value: str) -> bool:
        return member_of(value, field) is not None

    return any(is_member(field, label) and _share(values, partial(is_member, field)) >= _MOST for field in _LISTS)


def _vote_of_words(label: str, values: Sequence[str]) -> int:
    """Return the vote of a cell without digits, by its number of words, their letter case, and repeated values."""
    if _share(values, lambda value: _letters(value) == _letters(label)) <= 1 - _MOST:
        return -_LIKELY
    counts = [len(value.split()) for value in values]
    count = len(label.split())
    if not min(counts) <= count <= max(counts):
        return -_LIKELY
    if len(values) >= _ROWS_FOR_A_CATEGORY and len(set(values)) * _REPEATS_OF_A_CATEGORY <= len(values):
        return -_LIKELY
    return _LIKELY if count > 1 and _share(values, lambda value: len(value.split()) > 1) >= _MOST else 0


def _letters(text: str) -> str:
    """Return the letter case of ``text``: capitals, title, small or sentence."""
    words = re.findall(r"[^\W\d_]+", text)
    if all(word.isupper() for word in words):
        return "capitals" if any(len(word) > 1 for word in words) else "title"
    return "title" if all(word[0].isupper() for word in words) else "small" if text.islower() else "sentence"


def _shape(text: str) -> str:
    """Return ``text`` with one character for each run of letters and each run of digits."""
    return re.sub(r"\d+", "9", re.sub(r"[^\W\d_]+", "a", text))


def _share(values: Sequence[str], holds: Callable[[str], bool]) -> float:
    return sum(map(holds, values)) / len(values) if values else 1.0
