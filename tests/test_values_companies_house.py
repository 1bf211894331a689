"""Company numbers and authentication codes."""

from __future__ import annotations

import pytest

from tests.test_values import read


@pytest.mark.parametrize(
    ("cell", "value", "faults"),
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
        ("1234567.0", "1234567.0", ["bad_format", "too_long"]),
        ("sc12345x", "sc12345x", ["bad_format"]),
        ("１２３", "１２３", ["bad_format"]),
        ("ſc123456", "ſc123456", ["bad_format"]),
    ],
)
def test_company_numbers(cell, value, faults):
    assert read("CompanyNumber", cell) == (value, faults)


@pytest.mark.parametrize(
    ("cell", "faults"),
    [
        ("aB12cd", []),
        ("123456", []),
        ("ab12c", ["bad_format"]),
        ("ab12cé", ["bad_format"]),
        ("ab1 cd", ["bad_format"]),
        ("ab12cde", ["bad_format", "too_long"]),
    ],
)
def test_auth_codes(cell, faults):
    assert read("CompaniesHouseAuthenticationCode", cell) == (cell, faults)
