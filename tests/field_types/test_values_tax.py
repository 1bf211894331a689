"""VAT numbers, UTRs and the references of HMRC. Check digits are held to python-stdnum."""

from __future__ import annotations

import pytest
import stdnum.gb.utr
import stdnum.gb.vat
from hypothesis import given
from hypothesis import strategies as st

from client_import.fields.catalogue import BY_NAME
from tests.field_types.test_values import column, good, read

VAT = BY_NAME["VatNumber"]
UTR = BY_NAME["Utr"]


@pytest.mark.parametrize(
    ("cell", "value", "row_errors"),
    [
        ("980780684", "980780684", []),
        ("GB 980 7806 84", "980780684", []),
        ("gb980-780.684", "980780684", []),
        ("GB980780684001", "980780684001", []),
        ("802311781", "802311781", ["bad_check_digit"]),
        ("GB 802 3117 81", "802311781", ["bad_check_digit"]),
        ("12345", "12345", ["bad_format"]),
        ("9807806841", "9807806841", ["bad_format"]),
        ("IE980780684", "IE980780684", ["bad_format"]),
        ("GBGB980780684", "GBGB980780684", ["bad_format"]),
        ("９８０７８０６８４", "980780684", []),
        ("980780684.0", "980780684", []),
        ("980780684.00", "980780684", []),
        ("980,780,684", "980780684", []),
        ("9.80780684E+08", "980780684", []),
        ("9.80780684001E+11", "980780684001", []),
        ("9.80781E+11", "9.80781E+11", ["bad_format"]),
        ("980780684.000", "980780684.000", ["bad_format"]),
        ("980780684.001", "980780684001", []),
        ("GB980780684.0", "GB980780684.0", ["bad_format"]),
        ("12345620", "012345620", []),
        ("12345620.0", "012345620", []),
        ("12345620001", "012345620001", []),
        ("012345620", "012345620", []),
        ("12345675", "12345675", ["bad_format"]),
        ("12345662", "12345662", ["bad_format"]),
        ("GB12345620", "GB12345620", ["bad_format"]),
        ("1234 5620", "1234 5620", ["bad_format"]),
        ("0", "0", ["bad_format"]),
        ("00000000", "00000000", ["bad_format"]),
        ("000000000", "000000000", ["bad_check_digit"]),
        ("XI980780684", "980780684", []),
        ("xi 980 7806 84", "980780684", []),
        ("XI802311781", "802311781", ["bad_check_digit"]),
        ("GBXI980780684", "GBXI980780684", ["bad_format"]),
        ("GD001", "GD001", ["bad_format"]),
        ("GB 980 7806 84 001 999", "GB 980 7806 84 001 999", ["bad_format", "too_long"]),
    ],
)
def test_vat_numbers(cell, value, row_errors):
    assert read("VatNumber", cell) == (value, row_errors)


@given(st.lists(st.integers(1, 10**9 - 1), min_size=1))
def test_vat_check_digits_are_stdnum_s(numbers):
    """Zero aside, two differences: stdnum also takes 55 for a remainder, and not 42 for numbers that begin with 0."""
    texts = [f"{number:09d}" for number in numbers]
    remainders = [stdnum.gb.vat.checksum(text) for text in texts]
    expected = [
        stdnum.gb.vat.is_valid(text) if remainder not in {42, 55} else remainder == 42
        for text, remainder in zip(texts, remainders, strict=True)
    ]
    assert good(VAT, column(texts)) == expected
    assert good(VAT, column([f"{text}001" for text in texts])) == expected


@given(st.integers(1_000_000, 9_999_999))
def test_vat_numbers_by_both_rules(number):
    weighted = sum(weight * int(digit) for weight, digit in zip((8, 7, 6, 5, 4, 3, 2), str(number), strict=True))
    by_97 = f"{number}{-weighted % 97:02d}"
    by_97_55 = f"{number}{(-weighted - 55) % 97:02d}"
    assert good(VAT, column([by_97, by_97_55])) == [True, True]
    assert stdnum.gb.vat.is_valid(by_97)
    assert stdnum.gb.vat.is_valid(by_97_55)


@pytest.mark.parametrize(
    ("cell", "value", "row_errors"),
    [
        ("1955839661", "1955839661", []),
        ("19558 39661", "1955839661", []),
        ("1955839661K", "1955839661", []),
        ("1955839661 k", "1955839661", []),
        ("2955839661", "2955839661", ["bad_check_digit"]),
        ("2955839661K", "2955839661", ["bad_check_digit"]),
        ("12-34", "12-34", ["bad_format"]),
        ("195583966", "195583966", ["bad_format"]),
        ("1955839661.0", "1955839661", []),
        ("1,955,839,661", "1955839661", []),
        ("1.955839661E+09", "1955839661", []),
        ("'1955839661", "1955839661", []),
        ("1.95584E+09", "1.95584E+09", ["bad_format", "too_long"]),
        ("2955839661.0", "2955839661", ["bad_check_digit"]),
        ("123456789", "123456789", ["bad_format"]),
        ("K195583966", "K195583966", ["bad_format"]),
        ("1955839661KK", "1955839661KK", ["bad_format", "too_long"]),
    ],
)
def test_utrs(cell, value, row_errors):
    assert read("Utr", cell) == (value, row_errors)


@given(st.lists(st.integers(0, 10**10 - 1), min_size=1))
def test_utr_check_digits_are_stdnum_s(numbers):
    texts = [f"{number:010d}" for number in numbers]
    texts += [stdnum.gb.utr.calc_check_digit(text[1:]) + text[1:] for text in texts]
    assert good(UTR, column(texts)) == [stdnum.gb.utr.is_valid(text) for text in texts]


@given(st.lists(st.integers(0, 10**9 - 1), min_size=1))
def test_no_utr_begins_with_zero(numbers):
    """So a UTR of nine digits has lost another digit than a zero in front, and no zero is put there."""
    assert not any(stdnum.gb.utr.is_valid(f"{number:010d}") for number in numbers)


@given(st.integers(10**7, 10**8 - 1))
def test_a_zero_is_put_before_vat_numbers_that_fit_then(number):
    value, row_errors = read("VatNumber", str(number))
    if stdnum.gb.vat.checksum(f"0{number}") == 0:
        assert (value, row_errors) == (f"0{number}", [])
    else:
        assert (value, row_errors) == (str(number), ["bad_format"])


@pytest.mark.parametrize(
    ("cell", "value"),
    [("AB123456C", "AB123456C"), ("ab 12 34 56 c", "AB123456C"), ("AB-12.34.56-C", "AB123456C")],
)
def test_ni_numbers(cell, value):
    assert read("NiNumber", cell) == (value, [])


@pytest.mark.parametrize(
    "cell", ["AB123456E", "AB12345C", "AB123456", "A1123456C", "AB 12 34 56", "AB١23456C", "AB123456C\nx"]
)
def test_no_ni_numbers(cell):
    row_errors = ["bad_format", "too_long"] if len(cell) > 9 else ["bad_format"]
    assert read("NiNumber", cell) == (cell, row_errors)


def test_the_letters_of_ni_numbers():
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    prefixes = [first + second for first in letters for second in letters]
    expected = [
        not set(prefix) & set("DFIQUV")
        and prefix[1] != "O"
        and prefix not in {"BG", "GB", "KN", "NK", "NT", "TN", "ZZ"}
        for prefix in prefixes
    ]
    assert good(BY_NAME["NiNumber"], column([f"{prefix}123456A" for prefix in prefixes])) == expected


@pytest.mark.parametrize(
    ("field", "cell", "value", "row_errors"),
    [
        ("PayeRef", "123/AB456", "123/AB456", []),
        ("PayeRef", "123 / ab 456", "123/AB456", []),
        ("PayeRef", "123/A123456789", "123/A123456789", []),
        ("PayeRef", "123/", "123/", ["bad_format"]),
        ("PayeRef", "12/AB456", "12/AB456", ["bad_format"]),
        ("PayeRef", "123AB456", "123AB456", ["bad_format"]),
        ("AccountsOfficeRef", "123PA00012345", "123PA00012345", []),
        ("AccountsOfficeRef", "123 pa 0001234 x", "123PA0001234X", []),
        ("AccountsOfficeRef", "123QA00012345", "123QA00012345", ["bad_format"]),
        ("AccountsOfficeRef", "123PA0001234", "123PA0001234", ["bad_format"]),
    ],
)
def test_references(field, cell, value, row_errors):
    assert read(field, cell) == (value, row_errors)
