"""Telephone numbers in the normal form E.164: +, the country code and the national number, all digits.

A cell consists of digits, an optional + in front, and blanks and the characters . - / ( ), which are ignored. Letters
and extensions are rejected, except tel: in front. The fraction of 7700900123.0, which a program took for an amount, is
ignored. phonenumbers reads the number as dialled in the United Kingdom; it is accepted if its length is possible.
Whether it is in use is not checked, except for UK numbers of seven or nine digits after the 0, most of which lack an
area code or a digit. Some numbers with too many zeros are rejected although phonenumbers accepts them: UK numbers with
a 0 after +44, and any number whose normal form would be read as another number.

A number without + or 00 is a UK number only if its digits allow it. After 0 or 44, Ofcom must have allocated its first
two digits. Without either, it must be in a range that is in use (according to phonenumbers) or reserved for drama, and
not at a premium rate. So (212) 555-0142 and 98765 43210 are rejected. A cell with two numbers, such as
020 7946 0018/19, is rejected as well.

The library takes about 15 microseconds for a number. Regular expressions accept or reject UK numbers, and accept the
numbers of many other countries, exactly as it would; only the other distinct values are passed to it.
"""

from __future__ import annotations

import re
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from client_import.field_types.characters import compact
from client_import.field_types.columns import (
    bytes_of,
    each_distinct,
    has_byte,
    has_only_plain_blanks,
    replace_from,
    slice_ascii,
)
from client_import.field_types.hints import SCIENTIFIC
from client_import.field_types.numbers import whole_numbers
from client_import.field_types.shapes import matches, within_length
from client_import.field_types.value_type import Column, Flags, Rules, ValueType
from client_import.fields.catalogue import Field

MARKS = ".-/()"

_FOREIGN_SHAPES = {
    "[2-9][0-9]{9}": "1",
    "[1-9][0-9]{8}": "27 31 33 34 351 40 41 420 48",
    "[1-9][0-9]{9}": "30 90 91 92 234",
    "[1-9][0-9]{7,8}": "32 971 972",
    "[1-9][0-9]{6,8}": "353 46",
    "[1-9][0-9]{7}": "356 357 45 47 65 852",
    "[1-9][0-9]{6,9}": "358",
    "0?[1-9][0-9]{7,9}": "39",
    "[1-9][0-9]{7,11}": "43",
    "[1-9][0-9]{6,10}": "49",
    "[2-9][0-9]{8}": "61",
    "[1-9][0-9]{7,9}": "64",
}
FOREIGN = {code: shape for shape, codes in _FOREIGN_SHAPES.items() for code in codes.split()}
"""The shapes of foreign numbers that phonenumbers does not change, by country code."""

_UK_PREFIX = r"(?:(?:\+|00)440?|0)"
_INTERNATIONAL = (r"\+44", r"\+440", "0044", "00440")
_WITH_CODE = "|".join(f"{prefix}[1-9][0-9]{{9}}" for prefix in _INTERNATIONAL)
_WITH_PREFIX = "|".join(f"{prefix}[1-9][0-9]{{9}}" for prefix in (*_INTERNATIONAL, "0", "44", "440"))
_BARE = "[1-8][0-9]{9}"
_GIVEN = ("1[1-9]", "2[03489]", "3[0347]", "5[56]", "7[0-9]", "8[047]", "9[018]")
"""The first two digits after the 0 of UK numbers (National Telephone Numbering Plan of Ofcom)."""

_IS_GIVEN = np.array([re.fullmatch("|".join(_GIVEN), f"{first:02}") is not None for first in range(100)])
_FOR_DRAMA = "1632960[0-9]{3}|7700900[0-9]{3}"
"""Numbers that Ofcom reserves for drama and phonenumbers does not accept; it accepts those of all other areas."""

_UK_OUT_OF_RANGE = "(?:0|440?)?[1-9][0-9]{9}"
_UK_IN_NORMAL_FORM = r"\+44[1-9][0-9]{9}"
_ABROAD = rf"(?:\+|00)(?:{'|'.join(f'{code}{number}' for code, number in FOREIGN.items())})"
_UK_OF_WRONG_LENGTH = (
    f"{_UK_PREFIX}[1-9](?:[0-9]{{0,5}}|[0-9]{{7}}|[0-9]{{10,}})"
    "|(?:[1-35-9][0-9]|4[0-35-9])(?:[0-9]{0,4}|[0-9]{6}|[0-9]{9,})"
)
_CONCEIVABLE = r"\+?[0-9]{6,24}"
_ANOTHER_NETWORK = r"(?:(?:\+|00)440?|0)?180020[0-9]*"
"""A UK prefix that phonenumbers removes from some numbers."""


_BEFORE_SECOND = r"(?s)\s*[/\t\n\v\f\r].*"
_CONSECUTIVE = re.compile(r"(?:.*[^0-9])?([0-9]+)\s*[-‐‑‒–—]\s*([0-9]{1,6})", re.DOTALL)
_SHORTEST_WHOLE = 9
"""The length of the shortest complete number with its + or 0; after fewer characters, a slash ends an area code."""

_AMOUNT = rf"[1-9][0-9]{{6,14}}\.0{{1,2}}|{SCIENTIFIC}"
_CALLS = r"\A(?i:tel(?:ephone)?|phone|mob(?:ile)?)[.:]+"


def _normalise(cells: Column, field: Field, rules: Rules) -> Column:
    texts = cells
    if has_byte(cells, ".", ","):
        texts = pc.if_else(matches(cells, _AMOUNT), whole_numbers(cells), cells)
    numbers = _read_one(texts)
    unread = pc.and_(cells.is_valid(), numbers.is_null())
    return pc.coalesce(replace_from(numbers, unread, cells, lambda rest: _read_one(_alone(rest))), cells)


def _alone(cells: Column) -> Column:
    return pc.replace_substring_regex(cells, pattern=_CALLS, replacement="")


def _is_number(values: Column, field: Field, rules: Rules) -> Flags:
    good = pc.or_(matches(values, _UK_IN_NORMAL_FORM), values.is_null())
    return replace_from(good, pc.invert(good), values, lambda rest: pc.fill_null(pc.equal(_read(rest), rest), False))


def _read_one(cells: Column) -> Column:
    """Return the numbers in normal form, or null if a cell is no number or has two."""
    numbers = _read(cells)
    if not has_only_plain_blanks(cells) or has_byte(cells, "/", "-"):
        numbers = pc.if_else(_have_two(cells), pa.scalar(None, pa.string()), numbers)
    return numbers


def _have_two(cells: Column) -> Flags:
    """Return which cells have a number followed by another, or by the last digits of another.

    A slash or line break separates them, or a dash if they are consecutive (5678-9). 12345-67 is one number with an
    extension, as written in Germany.
    """
    first = pc.replace_substring_regex(cells, pattern=_BEFORE_SECOND, replacement="")
    parted = pc.fill_null(pc.not_equal(first, cells), False)
    is_long = pc.greater_equal(pc.binary_length(compact(first, MARKS)), _SHORTEST_WHOLE)
    two = pc.and_(parted, pc.fill_null(is_long, False))
    two = replace_from(two, two, first, lambda texts: _read(texts).is_valid())
    dashed = pc.fill_null(pc.match_substring_regex(cells, pattern="[0-9]\\s*[-‐‑‒–—]\\s*[0-9]{1,6}\\z"), False)
    ranges = replace_from(dashed, dashed, cells, lambda texts: _read(each_distinct(texts, _before_next)).is_valid())
    return pc.or_(two, ranges)


def _before_next(text: str) -> str | None:
    """Return the number before the dash of two consecutive numbers, or None if the text is nothing of the kind."""
    match = _CONSECUTIVE.fullmatch(text)
    if match is None:
        return None
    first, last = match[1][-len(match[2]) :], match[2]
    return text[: match.end(1)] if len(first) == len(last) and int(last) == int(first) + 1 else None


def _read(cells: Column) -> Column:
    """Return the numbers in normal form, or null if a cell is no number."""
    texts = compact(cells, MARKS)
    with_code = pc.binary_join_element_wise("+44", slice_ascii(texts, -10), "")
    return replace_from(with_code, pc.invert(_are_of_uk(texts)), texts, _read_others)


def _are_of_uk(texts: Column) -> Flags:
    """Return which texts are UK numbers, with the country code or with digits that Ofcom has allocated."""
    uk = matches(texts, _WITH_PREFIX)
    not_given = pc.and_not(uk, _are_given(texts))
    uk = replace_from(uk, not_given, texts, lambda rest: matches(rest, _WITH_CODE))
    return replace_from(uk, pc.invert(uk), texts, _are_bare)


def _are_given(texts: Column) -> Flags:
    """Return which texts have allocated digits of the UK as the first two of their last ten bytes."""
    ends, text = bytes_of(texts)
    places = ends[1:] - ends[0] - len("7700900123")
    if not len(text):
        return pa.repeat(pa.scalar(False), len(texts))
    tens, units = (text[np.maximum(places + place, 0)] - np.uint8(ord("0")) for place in (0, 1))
    return pa.array(_IS_GIVEN[np.minimum(tens, 9) * 10 + np.minimum(units, 9)])


def _are_bare(texts: Column) -> Flags:
    """Return which texts are UK numbers without their 0."""
    bare = pc.and_(matches(texts, _BARE), _are_given(texts))
    return replace_from(bare, bare, texts, lambda rest: matches(rest, _in_use()))


@lru_cache(maxsize=1)
def _in_use() -> str:
    """Return the shape of UK numbers without their 0 that are in use or reserved for drama."""
    from phonenumbers import PhoneMetadata  # imported here, as in _as_library_reads

    uk = PhoneMetadata.metadata_for_region("GB")
    assert uk is not None
    kinds = (uk.fixed_line, uk.mobile, uk.toll_free, uk.premium_rate, uk.personal_number, uk.voip, uk.pager, uk.uan)
    return "|".join([_FOR_DRAMA, *(f"(?:{kind.national_number_pattern})" for kind in kinds if kind)])


def _read_others(texts: Column) -> Column:
    """Read compact texts that are not ordinary UK numbers."""
    abroad = matches(texts, _ABROAD)
    with_plus = pc.replace_substring_regex(texts, pattern=r"\A00", replacement="+")
    numbers = pc.if_else(abroad, with_plus, pa.scalar(None, pa.string()))
    wrong = pc.or_(matches(texts, _UK_OF_WRONG_LENGTH), matches(texts, _UK_OUT_OF_RANGE))
    wrong = pc.and_not(wrong, matches(texts, _ANOTHER_NETWORK))
    open_question = pc.and_not(matches(texts, _CONCEIVABLE), pc.or_(abroad, wrong))
    return replace_from(numbers, open_question, texts, lambda rest: each_distinct(rest, _ask_library))


@lru_cache(maxsize=1 << 16)
def _ask_library(text: str) -> str | None:
    """Return the number in normal form, or None if phonenumbers rejects it or reads its normal form differently."""
    normal = _as_library_reads(text)
    if normal and normal.startswith("+44") and not text.startswith(("+", "00")) and not _can_be_of_uk(text, normal[3:]):
        return None
    return normal if normal in {None, text} or _as_library_reads(str(normal)) == normal else None


def _can_be_of_uk(text: str, number: str) -> bool:
    if len(number) != len("7700900123"):
        return True  # phonenumbers has found it valid
    given = "|".join(_GIVEN) if text.startswith(("0", "44")) else None
    return re.fullmatch(f"(?:{given})[0-9]{{8}}" if given else _in_use(), number) is not None


def _as_library_reads(text: str) -> str | None:
    import phonenumbers  # imported here, because it takes 40 ms and most imports do not need it

    try:
        number = phonenumbers.parse(text, "GB")
    except phonenumbers.NumberParseException:
        return None
    if number.country_code == 44 and number.italian_leading_zero:
        return None
    if phonenumbers.is_possible_number_with_reason(number) != phonenumbers.ValidationResult.IS_POSSIBLE:
        return None
    if (
        number.country_code == 44
        and len(str(number.national_number)) != 10
        and not phonenumbers.is_valid_number(number)
    ):
        return None
    normal: str = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return normal


_PARTS = {
    "44(2[0-9])([0-9]{4})([0-9]{4})": r"+44 \1 \2 \3",
    "44(11[0-9]|1[0-9]1|[389][0-9]{2})([0-9]{3})([0-9]{4})": r"+44 \1 \2 \3",
    "44([17][0-9]{3})([0-9]{6})": r"+44 \1 \2",
    "(1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|[0-9]{3})([0-9]+)": r"+\1 \2",
}
"""Patterns that split a number, and how its parts are joined; the last ones are for all countries."""


def _with_blanks(numbers: Column) -> Column:
    """Return E.164 numbers with blanks, because a spreadsheet would take them for amounts without."""
    for parts, spaced in _PARTS.items():
        numbers = pc.replace_substring_regex(numbers, pattern=rf"\A\+{parts}\z", replacement=spaced)
    return numbers


PHONE = ValueType(_normalise, {"bad_format": _is_number, "too_long": within_length}, exported=_with_blanks)
