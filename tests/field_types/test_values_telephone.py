"""Telephone numbers. What is accepted is held to phonenumbers; that a number is in use is not tested."""

from __future__ import annotations

import re

import phonenumbers
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from client_import.field_types.telephone import FOREIGN
from client_import.fields.catalogue import BY_NAME
from tests.field_types.test_values import column, good, normalised, read

FIELD = BY_NAME["Telephone"]


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("07700 900123", "+447700900123"),
        ("020 7946 0018", "+442079460018"),
        ("(020) 7946-0018", "+442079460018"),
        ("020.7946/0018", "+442079460018"),
        ("020\xa07946\xa00018", "+442079460018"),
        ("020–7946–0018", "+442079460018"),
        ("+44 20 7946 0018", "+442079460018"),
        ("+44 (0)20 7946 0018", "+442079460018"),
        ("(+44) 020 7946 0018", "+442079460018"),
        ("0044 20 7946 0018", "+442079460018"),
        ("442079460018", "+442079460018"),
        ("7700900123", "+447700900123"),
        ("0800 1111", "+448001111"),
        ("+33 1 23 45 67 89", "+33123456789"),
        ("+33 (0)1 23 45 67 89", "+33123456789"),
        ("0033 1 23 45 67 89", "+33123456789"),
        ("+1 (212) 555-0100", "+12125550100"),
        ("+39 06 1234 5678", "+390612345678"),
        ("+353 1 234 5678", "+35312345678"),
        ("016977 2345", "+44169772345"),
        ("7700900123.0", "+447700900123"),
        ("442079460018.0", "+442079460018"),
        ("4.42079460018E+11", "+442079460018"),
        ("7.700900123E+09", "+447700900123"),
        ("'02079460018", "+442079460018"),
        ('="02079460018"', "+442079460018"),
        ("“020 7946 0018”", "+442079460018"),
        ("tel:+442079460018", "+442079460018"),
        ("Tel: 020 7946 0018", "+442079460018"),
        ("\u202a+44 20 7946 0018\u202c", "+442079460018"),
        ("020\xad7946\u200b0018", "+442079460018"),
        ("０２０７９４６００１８", "+442079460018"),
        ("0207946.0000", "+442079460000"),
        ("2079460018", "+442079460018"),
        ("1632960123", "+441632960123"),
        ("01632 960123", "+441632960123"),
        ("7700900999", "+447700900999"),
        ("0808 157 0123", "+448081570123"),
        ("8081570123", "+448081570123"),
        ("0909 879 0123", "+449098790123"),
        ("03069 990123", "+443069990123"),
        ("028 9649 6000", "+442896496000"),
        ("8001111", "+448001111"),
        ("+44 21 2555 0142", "+442125550142"),
        ("+49 30 12345-0", "+4930123450"),
        ("+49 30 12345-67", "+49301234567"),
        ("+49 30/1234567", "+49301234567"),
        ("+49 2241/123456", "+492241123456"),
        ("+1 212-555-0142", "+12125550142"),
    ],
)
def test_numbers(cell, value):
    assert read("Telephone", cell) == (value, [])


@pytest.mark.parametrize(
    "cell",
    [
        "call me",
        "12345",
        "946 0018",
        "020 7946 001",
        "020 7946 00",
        "020 7946 00189",
        "0123 45678",
        "020 7946 0018 ext 3",
        "020 7946 0018 x3",
        "020 7946 0018#3",
        "0800 FLOWERS",
        "020 7946 0018, 07700 900123",
        "020 7946 0018 / 07700 900123",
        "020+79460018",
        "++442079460018",
        "+999 123456789",
        "+353 00 3017 2322",
        "+",
        "()",
        "٠٢٠٧٩٤٦٠٠١٨",
        "O20 7946 0018",
        "020 7946 OO18",
        "1.23457E+11",
        "4.42079E+11",
        "7,700,900,123",
        "#REF!",
        "unknown",
        "+44 20 7946 0018\n+44 20 7946 0019",
        "(212) 555-0142",
        "98765 43210",
        "9098790123",
        "4520123456",
        "4721234567",
        "6561234567",
        "33612345678",
        "(415) 555-0142",
        "06 12 34 56 78",
        "0412 345 678",
        "021 2555 0142",
        "442125550142",
        "+353 1 234 5678/9",
        "+353 1 234 5678-9",
        "+353 1 234 5678 – 9",
        "+353 1 234 5678 / +353 1 234 5679",
        "+49 30 12345-67/68",
        "+49 30 12345/12346",
        "+49 30 12345\n030 12346",
        "+43 1 234567 / 89",
        "020 7946 0018/19",
        "020 7946 0018-19",
        "tel: +43 1 234567/89",
    ],
)
def test_no_numbers(cell):
    assert read("Telephone", cell) == (cell, ["bad_format"])


def by_library(text: str) -> str | None:
    """Return the number as phonenumbers reads the cell itself, marks and all, and reads it again.

    One without a code that could be no number of the UK is none.
    """
    once = read_once(text)
    if once and once.startswith("+44") and not can_be_of_uk(re.sub(r"[^0-9+]", "", text), once[3:]):
        return None
    if has_two(text):
        return None
    return once if once is None or read_once(once) == once else None


GIVEN = {*map(str, range(11, 20)), *map(str, range(70, 80))}
GIVEN |= {"20", "23", "24", "28", "29", "30", "33", "34", "37", "55", "56", "80", "84", "87", "90", "91", "98"}
"""How numbers of the UK begin, after the 0: area codes, 03, business and internet, mobiles, freephone and services."""


def can_be_of_uk(digits: str, number: str) -> bool:
    if digits.startswith(("+", "00")) or len(number) != 10:
        return True
    if digits.startswith(("0", "44")):
        return number[:2] in GIVEN
    for_drama = number.startswith(("1632960", "7700900"))
    in_use = phonenumbers.is_valid_number(phonenumbers.parse(f"+44{number}"))
    return number[0] != "9" and (for_drama or in_use)


def has_two(text: str) -> bool:
    """Whether a whole number stands before a slash, or a number before a dash and the last digits of the next one."""
    before, slash, _ = text.partition("/")
    if slash and len(re.sub(r"[^0-9+]", "", before)) >= 9 and by_library(before):
        return True
    match = re.fullmatch(r"(.*?([0-9]+))\s*[-–]\s*([0-9]{1,6})", text)
    if match is None or len(match[2]) < len(match[3]):
        return False
    return int(match[3]) == int(match[2][-len(match[3]) :]) + 1 and by_library(match[1]) is not None


def is_no_amount(text: str) -> bool:
    """Whether the text has no fraction of zeros, which the library would read as more digits."""
    return re.fullmatch(r"[0-9]+[.]00?", text) is None


def read_once(text: str) -> str | None:
    try:
        number = phonenumbers.parse(text, "GB")
    except phonenumbers.NumberParseException:
        return None
    if phonenumbers.is_possible_number_with_reason(number) != phonenumbers.ValidationResult.IS_POSSIBLE:
        return None
    if number.country_code == 44 and number.italian_leading_zero:
        return None
    is_of_usual_length = len(str(number.national_number)) == 10
    if number.country_code == 44 and not is_of_usual_length and not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


UK = ("", "0", "44", "+44", "0044", "440", "+440", "+44 (0)", "(+44)")
ABROAD = ("+33", "0033", "+1", "+39", "+390", "+353", "+49", "+7", "+81", "+86", "+52", "+54 9")
ODD = ("+", "00", "180020", "0180020", "44180020", "+44180020")
PREFIXES = st.sampled_from(UK + ABROAD + ODD)
DIGITS = st.text("0123456789", max_size=13)
MARKS = st.sampled_from(["", "", " ", "-", ".", "/", "(", ")", " (", ") ", "\xa0"])


@st.composite
def number_texts(draw: st.DrawFn) -> str:
    digits = draw(DIGITS)
    cut = draw(st.integers(0, len(digits)))
    return f"{draw(PREFIXES)}{draw(MARKS)}{digits[:cut]}{draw(MARKS)}{digits[cut:]}{draw(MARKS)}"


@given(st.lists(number_texts().filter(is_no_amount), min_size=1, max_size=30))
@settings(deadline=None, max_examples=300)
@example([f"{start}{'123456789012345'[:n]}" for start in ("", "0", "+44", "+440", "44", "440") for n in range(16)])
@example([f"{start}180020{'123456789012345'[:n]}" for start in ("", "0", "+44", "44", "440") for n in range(14)])
@example([f"+{code}{'2' * n}" for code in (*FOREIGN, "7", "81", "86") for n in range(3, 15)])
def test_exactly_as_the_library_reads(texts):
    values = normalised(FIELD, column(texts))
    read = zip(texts, values.to_pylist(), good(FIELD, values), strict=True)
    assert {text: value if is_good else None for text, value, is_good in read} == {
        text: by_library(text) for text in texts
    }


@pytest.mark.parametrize("code", FOREIGN)
@given(data=st.data())
def test_the_numbers_of_other_countries_are_the_library_s(code, data):
    number = f"+{code}{data.draw(st.from_regex(FOREIGN[code], fullmatch=True))}"
    assert by_library(number) == number


@given(st.text())
def test_good_numbers_are_e164(text):
    values = normalised(FIELD, column([text]))
    if good(FIELD, values) == [True]:
        assert values[0].as_py()[0] == "+"
        assert values[0].as_py()[1:].isdecimal()
