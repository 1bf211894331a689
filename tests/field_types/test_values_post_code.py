"""Post codes, and the countries they are of."""

from __future__ import annotations

import pytest

from client_import.field_types.post_code import post_code_is_good
from tests.field_types.test_values import column, read

FIELD = "RegisteredAddressPostCode"

IN_THE_UK = [
    *(
        "England & Wales",
        "England and Wales",
        "England (UK)",
        "GB-ENG",
        "GB-SCT",
        "UK - Scotland",
        "The United Kingdom",
    ),
    *("the UK", "U.K.", "Great Britian", "Untied Kingdom", "United Kingdon", "Unitd Kingdom", "Englnad", "Scotlnd"),
    *("Northen Ireland", "N. Ireland", "Wales, UK", "Cymru", "UK mainland", "Mainland UK", "XI", "Britain"),
    *("United Kingdom of Great Britain and Northern Ireland", "The Untied Kingdom", "Englnd & Wales", "Royaume-Uni"),
    *("Gt Britain", "Gt. Britain", "Gt Britian & N. Ireland", "826"),
]
ABROAD = [
    *("Ireland", "Republic of Ireland", "Eire", "New South Wales", "New England", "Nicaragua", "United States", "USA"),
    *("United Arab Emirates", "Mali", "Gabon", "Iceland", "Finland", "Poland", "Netherlands", "Bahrain", "Gibraltar"),
]


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("SW1A 1AA", "SW1A 1AA"),
        ("sw1a1aa", "SW1A 1AA"),
        ("e1  6an", "E1 6AN"),
        ("M1\xa01AE", "M1 1AE"),
        ("b33 8th", "B33 8TH"),
        ("DN55 1PT", "DN55 1PT"),
        ("gir0aa", "GIR 0AA"),
        ("75001", "75001"),
        ("d02 x285", "d02 x285"),
        ("1012 ab", "1012 ab"),
        ("SW1A 1A", "SW1A 1A"),
        ("75001.0", "75001"),
        ("1012\xa0AB", "1012 AB"),
        ("'75001", "75001"),
    ],
)
def test_normal_form(cell, value):
    assert read(FIELD, cell) == (value, [])


def test_too_long():
    assert read(FIELD, "SW1A 1AA London")[1] == ["too_long"]


@pytest.mark.parametrize(
    ("code", "country", "is_good"),
    [
        ("SW1A 1AA", None, True),
        ("SW1A 1AA", "UK", True),
        ("7.5E+04", "France", False),
        ("#REF!", "France", False),
        ("SW1A 1AA", "France", True),
        ("sw1a 1aa", None, False),
        ("75001", "France", True),
        ("75001", None, False),
        ("75001", "UK", False),
        ("75001", "u.k.", False),
        ("75001", "United-Kingdom", False),
        ("75001", "great britain", False),
        ("75001", "England", False),
        ("75001", "SCOTLAND", False),
        ("75001", "Wales", False),
        ("75001", "Northern Ireland", False),
        ("75001", "GBR", False),
        *(("LS1 4A", country, False) for country in IN_THE_UK),
        *(("75001", country, True) for country in ABROAD),
        *(("75001", country, False) for country in ("N/A", "-", "none")),
        ("75001", "Ukraine", True),
        ("D02 X285", "Ireland", True),
        (None, None, True),
        (None, "UK", True),
    ],
)
def test_beside_the_country(code, country, is_good):
    assert post_code_is_good(column([code]), column([country])).to_pylist() == [is_good]


def test_without_a_column_of_countries():
    assert post_code_is_good(column(["SW1A 1AA", "75001", None]), None).to_pylist() == [True, False, True]
