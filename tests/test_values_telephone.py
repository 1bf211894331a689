"""Telephone numbers. What is accepted is held to phonenumbers; that a number is in use is not tested."""

from __future__ import annotations

import re

import phonenumbers
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from client_import.catalogue import BY_NAME
from client_import.values.telephone import FOREIGN
from tests.test_values import column, good, normalised, read

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
    ],
)
def test_no_numbers(cell):
    assert read("Telephone", cell) == (cell, ["bad_format"])


def by_library(text: str) -> str | None:
    """Return the number as phonenumbers reads the cell itself, marks and all, and reads it again."""
    once = read_once(text)
    return once if once is None or read_once(once) == once else None


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
