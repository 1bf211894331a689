"""Company numbers and authentication codes."""

from __future__ import annotations

import pytest

from tests.field_types.test_values import read


@pytest.mark.parametrize(
    ("cell", "value", "row_errors"),
    [
        ("01234567", "01234567", []),
        ("1234567", "01234567", []),
        ("7", "00000007", []),
        ("sc 123456", "SC123456", []),
        ("R0123456", "R0123456", []),
        ("12345678", "12345678", []),
        ("12-X", "12-X", ["bad_format"]),
        ("ABC12345", "ABC12345", ["bad_format"]),
        ("SC12345", "SC12345", ["bad_format"]),
        ("R1123456", "R1123456", ["bad_format"]),
        ("1234567.0", "01234567", []),
        ("12345678.00", "12345678", []),
        ("1,234,567", "01234567", []),
        ("12,345,678.00", "12345678", []),
        ("1.2345678E+7", "12345678", []),
        ("1.234567e6", "01234567", []),
        ("1.23E+02", "00000123", []),
        ("1.23E+07", "1.23E+07", ["bad_format"]),
        ("1.2345678E+8", "1.2345678E+8", ["bad_format", "too_long"]),
        ("1.2345678E+6", "1.2345678E+6", ["bad_format", "too_long"]),
        ("1.2E-3", "1.2E-3", ["bad_format"]),
        ("1234567.5", "1234567.5", ["bad_format", "too_long"]),
        ("12,34,567", "12,34,567", ["bad_format", "too_long"]),
        ("SC123456.0", "SC123456.0", ["bad_format", "too_long"]),
        ("0", "0", ["bad_format"]),
        ("0.0", "0.0", ["bad_format"]),
        ("00000000", "00000000", []),
        ("sc12345x", "sc12345x", ["bad_format"]),
        ("１２３", "00000123", []),
        ("'01234567", "01234567", []),
        ("IP00123R", "IP00123R", []),
        ("ip 00099r", "IP00099R", []),
        ("IP012345", "IP012345", []),
        ("SP01234R", "SP01234R", []),
        ("SP2441RS", "SP2441RS", []),
        ("NP000123", "NP000123", []),
        ("NP00123C", "NP00123C", []),
        ("RS007851", "RS007851", []),
        ("RS00592C", "RS00592C", []),
        ("rs0123sa", "RS0123SA", []),
        ("OC30123A", "OC30123A", []),
        ("SL01234A", "SL01234A", []),
        ("NI01234A", "NI01234A", []),
        *(
            (f"{prefix}012345", f"{prefix}012345", [])
            for prefix in ("AC", "CE", "CS", "FC", "GE", "LP", "NA", "NF", "OE")
        ),
        ("IP123R", "IP123R", ["bad_format"]),
        ("SC12345A", "SC12345A", ["bad_format"]),
        ("RS12ABCD", "RS12ABCD", ["bad_format"]),
        ("ſc123456", "ſc123456", ["bad_format"]),
    ],
)
def test_company_numbers(cell, value, row_errors):
    assert read("CompanyNumber", cell) == (value, row_errors)


@pytest.mark.parametrize(
    ("cell", "row_errors"),
    [
        ("aB12cd", []),
        ("123E45", []),
        ("1234", ["bad_format"]),
        ("1234.0", ["bad_format"]),
        ("1.2E+5", ["bad_format"]),
        ("123456", []),
        ("ab12c", ["bad_format"]),
        ("ab12cé", ["bad_format"]),
        ("ab1 cd", ["bad_format"]),
        ("ab12cde", ["bad_format", "too_long"]),
    ],
)
def test_auth_codes(cell, row_errors):
    assert read("CompaniesHouseAuthenticationCode", cell) == (cell, row_errors)


def test_auth_code_that_was_taken_for_an_amount():
    assert read("CompaniesHouseAuthenticationCode", "123456.0") == ("123456", [])
