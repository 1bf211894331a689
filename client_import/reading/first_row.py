"""Tell the header of a table whose labels are not known from a first row that is like the rows below it.

Each cell of the row is held against the cells below it, and speaks for or against a label (docs/rules.md, section 2).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import partial

from client_import.field_types.enums import member_of
from client_import.fields.catalogue import FIELDS, Field
from client_import.fields.headers import LONGEST_LABEL, field_of_header, fold, says_nothing
from client_import.reading.repeated_header import is_repeated

_SURE = 2
_LIKELY = 1

_MOST = 0.8
"""The share of the cells of a column that speak for it."""

_LISTS = [field for field in FIELDS if field.name in ("Type", "Status")]
_COMPANY = re.compile(r".*\w\W++(?:ltd|limited|llp|lp|plc|cic|cio|inc|llc|gmbh|ag|sarl|sas|bv|nv|oy|ab|aps)\W*+", re.I)
_POST_CODE = re.compile(r"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}", re.I)
_LABEL = re.compile(
    r".*(?:_.*|\b(?:name|names|code|number|no\.?|ref|reference|id|type|date|address|line \d|line|email|phone|telephone"
    r"|mobile|status|town|city|county|country|naam|nummer|adres|nom|adresse|ville|pays|ort|datum|nombre|fecha|nome)\W*+)",
    re.I | re.S,
)
"""What only labels end in, and underscores, which they have for blanks."""

_DIGIT = re.compile(r"[\d@]")
_NUMBERED = re.compile(r"[A-Z]{1,6}[-/ ]?\d{3,}")
"""A code, where no row below says so."""

_ROWS_FOR_A_CATEGORY = 8
_REPEATS_OF_A_CATEGORY = 4


def looks_like_the_rows(cells: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Whether the cells of a first row are more like those ``below`` than like labels; in doubt they are not."""
    labels = [cell.strip() for cell in cells]
    rows = [row for row in below if not is_repeated(row, [labels])]
    votes = 0
    for place, label in enumerate(labels):
        column = [row[place].strip() for row in rows if place < len(row)]
        if label:
            votes += _vote(label, [value for value in column if value])
    return votes > 0


def looks_like_a_label(text: str) -> bool:
    """Whether a text ends as only labels do, such as Invoice No."""
    return _LABEL.fullmatch(text) is not None


def looks_like_a_value(text: str) -> bool:
    """Whether a text is what no label is: an address, a number or date, a code, a company, a word of a list."""
    has_shape = _COMPANY.fullmatch(text) or _POST_CODE.fullmatch(text) or _NUMBERED.fullmatch(text)
    return is_number(text) or has_shape is not None or any(member_of(text, field) is not None for field in _LISTS)


def has_digits(text: str) -> bool:
    """Whether a text has a digit, or is an address of email: what values have, and hardly any label."""
    return _DIGIT.search(text) is not None


def is_number(text: str) -> bool:
    """Whether a text has no fewer digits than letters, such as a date or a code, or is an address of email."""
    return "@" in text or len(_DIGIT.findall(text)) >= max(1, sum(map(str.isalpha, text)))


def _vote(label: str, values: Sequence[str]) -> int:
    """Return how much speaks for a value, and below 0 for a label."""
    if len(label) > LONGEST_LABEL:
        return _SURE
    folded = fold(label)
    if folded in map(fold, values) or _is_of_a_list(label, values):
        return _SURE
    if field_of_header(label) and values and _share(values, lambda value: bool(field_of_header(value))) >= _MOST:
        return _SURE
    if field_of_header(label) or says_nothing(label) or _LABEL.fullmatch(label):
        return -_SURE
    if _COMPANY.fullmatch(label) or _POST_CODE.fullmatch(label):
        return _SURE
    if not values:
        return _SURE if _NUMBERED.fullmatch(label) else 0
    if label.isdigit():
        return 0  # a year, say
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
    """Weigh words without digits: how many there are, how they are written, and whether the values are a few."""
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
    """How the words are written: each small, capital at its beginning, or all in capitals."""
    words = re.findall(r"[^\W\d_]+", text)
    if all(word.isupper() for word in words):
        return "capitals" if any(len(word) > 1 for word in words) else "title"
    return "title" if all(word[0].isupper() for word in words) else "small" if text.islower() else "sentence"


def _shape(text: str) -> str:
    """The text with one sign for each run of letters and of digits."""
    return re.sub(r"\d+", "9", re.sub(r"[^\W\d_]+", "a", text))


def _share(values: Sequence[str], holds: Callable[[str], bool]) -> float:
    return sum(map(holds, values)) / len(values) if values else 1.0
