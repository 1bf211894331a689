"""Covers how numbers are shown in the formats of spreadsheets."""

from __future__ import annotations

import pytest

from client_import.reading.workbook.number_format import built_in, shown_number

ACCOUNTS = '_-£* #,##0.00_-;-£* #,##0.00_-;_-£* "-"??_-;_-@_-'
TELEPHONE = "[<=9999999]###-####;(###) ###-####"


@pytest.mark.parametrize(
    ("value", "code", "shown"),
    [
        ("12", "General", "12"),
        ("12", "@", "12"),
        ("007", "General", "007"),
        ("0.30000000000000004", "General", "0.3"),
        ("-1.50", "General", "-1.5"),
        ("1E20", "General", "100000000000000000000"),
        ("4.47700900123E+11", "General", "447700900123"),
        ("4.47700900123E+11", "0.00E+00", "447700900123"),
        ("7", "00000000", "00000007"),
        ("123456789", "00000000", "123456789"),
        ("123456", "00-00-00", "12-34-56"),
        ("7712345678", "00000 000000", "07712 345678"),
        ("1234", '"GB"000000000', "GB000001234"),
        ("1234", r"\N0000", "N1234"),
        ("12.5", "0", "13"),
        ("-0.2", "0", "0"),
        ("-3", "0", "-3"),
        ("12.50", "0.0#", "12.5"),
        ("12", "0.##", "12"),
        ("1234567.5", "#,##0.00", "1,234,567.50"),
        ("1500000", '0.0,,"M"', "1.5M"),
        ("1500000", "#,##0,", "1,500"),
        ("0.125", "0%", "13%"),
        ("0.125", "0.0%", "12.5%"),
        ("-5.2", "£#,##0.00;[Red]-£#,##0.00", "-£5.20"),
        ("5", ACCOUNTS, "£5.00"),
        ("0", ACCOUNTS, "0"),
        ("5.5", "[$€-407]0.00", "€5.50"),
        ("5551234567", TELEPHONE, "(555) 123-4567"),
        ("1234567", TELEPHONE, "123-4567"),
        ("1", '"Yes";"Yes";"No"', "Yes"),
        ("0", '"Yes";"Yes";"No"', "No"),
        ("5", ";;;", "5"),
        ("0.5", "# ?/?", "0.5"),
        ("45657", "dd/mm/yyyy", "2024-12-31"),
        ("45657", "[$-809]dd mmmm yyyy;@", "2024-12-31"),
        ("45657.9", "dd/mm/yyyy", "2024-12-31"),
        ("45657.4375", "dd/mm/yyyy hh:mm", "2024-12-31 10:30:00"),
        ("45657", "dd/mm/yyyy hh:mm", "2024-12-31"),
        ("45657.999999999", "dd/mm/yyyy hh:mm", "2025-01-01"),
        ("0.4375", "h:mm AM/PM", "10:30:00"),
        ("1.5", "[h]:mm", "36:00:00"),
        ("59", "yyyy-mm-dd", "1900-02-28"),
        ("60", "yyyy-mm-dd", "1900-02-29"),
        ("61", "yyyy-mm-dd", "1900-03-01"),
        ("-1", "yyyy-mm-dd", "-1"),
        ("99999999", "yyyy-mm-dd", "99999999"),
        ("1e999", "0", "1e999"),
        ("1e999999999999999999999", "0", "1e999999999999999999999"),
        ("nan", "0", "nan"),
        ("not a number", "0", "not a number"),
    ],
)
def test_numbers_are_shown_in_their_format(value: str, code: str, shown: str) -> None:
    assert shown_number(value, code, since_1904=False) == shown


@pytest.mark.parametrize(
    ("number", "value", "shown"),
    [(0, "7", "7"), (1, "7.2", "7"), (9, "0.5", "50%"), (14, "45657", "2024-12-31"), (49, "7", "7"), (999, "7", "7")],
)
def test_formats_without_a_code_have_one(number: int, value: str, shown: str) -> None:
    assert shown_number(value, built_in(number), since_1904=False) == shown


@pytest.mark.parametrize(
    "code", ['"', "[", "\\", "[$", "_", "*", ";" * 500, "[<]0", "0" * 5_000, "#," * 400, "[<=1]0;0"]
)
def test_odd_formats_show_the_number_somehow(code: str) -> None:
    for value in ("0", "-1.5", "12345678", "1e300", "-1e-300"):
        assert shown_number(value, code, since_1904=True)
