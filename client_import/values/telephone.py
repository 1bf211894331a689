"""Telephone numbers in the normal form E.164: +, the code of the country, and the number, digits only.

A cell is digits, perhaps a + in front, and blanks and the marks . - / ( ) that do not count; letters and
extensions are refused, but for tel: in front. 7700900123.0, which a program took for an amount, is read without its
fraction. It is read with phonenumbers as in the United Kingdom, and accepted when its length is
possible; whether anybody has the number is not asked, but for UK numbers of seven or nine digits after the 0: most
of them lack their area code or a digit. Refused, although phonenumbers accepts them, are numbers with zeros too
many: one of the UK that would begin with 0 after +44, and any whose normal form reads as another number.

The library takes some 15 microseconds for a number. Regular expressions settle numbers of the UK, accepted or
refused, and the good ones of many countries, exactly as it would; only the distinct others reach the library.
"""

from __future__ import annotations

from functools import lru_cache

import pyarrow as pa
import pyarrow.compute as pc

from client_import.catalogue import Field
from client_import.values.characters import compact, has_byte, slice_ascii
from client_import.values.hints import SCIENTIFIC
from client_import.values.numbers import whole_numbers
from client_import.values.shapes import as_text, matches, rewrite, within_length
from client_import.values.value_type import Column, Flags, Rules, ValueType

MARKS = ".-/()"

FOREIGN = {
    "1": "[2-9][0-9]{9}",
    "27": "[1-9][0-9]{8}",
    "30": "[1-9][0-9]{9}",
    "31": "[1-9][0-9]{8}",
    "32": "[1-9][0-9]{7,8}",
    "33": "[1-9][0-9]{8}",
    "34": "[1-9][0-9]{8}",
    "351": "[1-9][0-9]{8}",
    "353": "[1-9][0-9]{6,8}",
    "356": "[1-9][0-9]{7}",
    "357": "[1-9][0-9]{7}",
    "358": "[1-9][0-9]{6,9}",
    "39": "0?[1-9][0-9]{7,9}",
    "40": "[1-9][0-9]{8}",
    "41": "[1-9][0-9]{8}",
    "420": "[1-9][0-9]{8}",
    "43": "[1-9][0-9]{7,11}",
    "45": "[1-9][0-9]{7}",
    "46": "[1-9][0-9]{6,8}",
    "47": "[1-9][0-9]{7}",
    "48": "[1-9][0-9]{8}",
    "49": "[1-9][0-9]{6,10}",
    "61": "[2-9][0-9]{8}",
    "64": "[1-9][0-9]{7,9}",
    "65": "[1-9][0-9]{7}",
    "852": "[1-9][0-9]{7}",
    "90": "[1-9][0-9]{9}",
    "91": "[1-9][0-9]{9}",
    "92": "[1-9][0-9]{9}",
    "234": "[1-9][0-9]{9}",
    "971": "[1-9][0-9]{7,8}",
    "972": "[1-9][0-9]{7,8}",
}
"""The numbers of other countries that phonenumbers leaves as they are, by the code of the country."""

_UK_PREFIX = r"(?:(?:\+|00)440?|0)"
_UK_PREFIXES = (r"\+44", r"\+440", "0044", "00440", "0", "44", "440")
_UK = "|".join([*(f"{prefix}[1-9][0-9]{{9}}" for prefix in _UK_PREFIXES), "[1-35-9][0-9]{9}", "4[0-35-9][0-9]{8}"])
_UK_IN_NORMAL_FORM = r"\+44[1-9][0-9]{9}"
_ABROAD = rf"(?:\+|00)(?:{'|'.join(f'{code}{number}' for code, number in FOREIGN.items())})"
_UK_OF_WRONG_LENGTH = (
    f"{_UK_PREFIX}[1-9](?:[0-9]{{0,5}}|[0-9]{{7}}|[0-9]{{10,}})"
    "|(?:[1-35-9][0-9]|4[0-35-9])(?:[0-9]{0,4}|[0-9]{6}|[0-9]{9,})"
)
_CONCEIVABLE = r"\+?[0-9]{6,24}"
_ANOTHER_NETWORK = r"(?:(?:\+|00)440?|0)?180020[0-9]*"
"""A prefix of the UK that phonenumbers drops from some numbers."""


_AMOUNT = rf"[1-9][0-9]{{6,14}}\.0{{1,2}}|{SCIENTIFIC}"
_CALLS = r"\A(?i:tel(?:ephone)?|phone|mob(?:ile)?)[.:]+"


def _normalise(cells: Column, field: Field, rules: Rules) -> Column:
    texts = cells
    if has_byte(cells, ".", ","):
        texts = pc.if_else(matches(cells, _AMOUNT), whole_numbers(cells), cells)
    numbers = _read(texts)
    rows = pc.and_(cells.is_valid(), numbers.is_null())
    if pc.any(rows).as_py():
        alone = pc.replace_substring_regex(cells.filter(rows), pattern=_CALLS, replacement="")
        numbers = pc.replace_with_mask(numbers, rows, _read(alone))
    return pc.coalesce(numbers, cells)


def _is_number(values: Column, field: Field, rules: Rules) -> Flags:
    good = pc.or_(matches(values, _UK_IN_NORMAL_FORM), values.is_null())
    others = pc.invert(good)
    rest = values.filter(others)
    return pc.replace_with_mask(good, others, pc.fill_null(pc.equal(_read(rest), rest), False))


def _read(cells: Column) -> Column:
    """Return the numbers in normal form, null where a cell is none."""
    texts = compact(cells, MARKS)
    uk = matches(texts, _UK)
    return rewrite(_with_code_44(texts), pc.invert(uk), lambda _: _read_others(texts.filter(pc.invert(uk))))


def _with_code_44(texts: Column) -> Column:
    """Return +44 and the last ten characters, which are those of a number of the UK without code and 0."""
    return pc.binary_join_element_wise("+44", slice_ascii(texts, -10), "")


def _read_others(texts: Column) -> Column:
    """Read compact texts that are no everyday numbers of the UK."""
    if not len(texts):
        return texts
    abroad = matches(texts, _ABROAD)
    numbers = pc.if_else(abroad, _replace_prefix(texts, r"(?:\+|00)", "+"), pa.scalar(None, pa.string()))
    wrong = pc.and_not(matches(texts, _UK_OF_WRONG_LENGTH), matches(texts, _ANOTHER_NETWORK))
    open_question = pc.and_not(matches(texts, _CONCEIVABLE), pc.or_(abroad, wrong))
    questions = texts.filter(open_question).dictionary_encode()
    answers = pa.array([_ask_library(text) for text in questions.dictionary.to_pylist()], pa.string())
    return pc.replace_with_mask(numbers, open_question, answers.take(questions.indices))


def _replace_prefix(texts: Column, prefix: str, replacement: str) -> Column:
    return pc.replace_substring_regex(texts, pattern=rf"\A{prefix}", replacement=replacement)


@lru_cache(maxsize=1 << 16)
def _ask_library(text: str) -> str | None:
    """Return the number in normal form, None when phonenumbers refuses it, or its own form of it means another."""
    normal = _as_library_reads(text)
    return normal if normal in {None, text} or _as_library_reads(str(normal)) == normal else None


def _as_library_reads(text: str) -> str | None:
    import phonenumbers  # here, because most imports never need it and it takes 40 ms

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


PHONE = ValueType(_normalise, {"bad_format": _is_number, "too_long": within_length}, pa.string(), as_text)
