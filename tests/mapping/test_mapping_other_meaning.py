"""Columns of somebody or something else, and columns that say the opposite: never used by themselves."""

from __future__ import annotations

import pytest

from client_import.fields.catalogue import FIELDS
from client_import.fields.headers import known_headers
from client_import.mapping.yes_no_columns import INVERTED
from tests.support.mapping import offered, suggested, used

UTRS = ["1955839661", "1234567895", "3282497350"]
NINOS = ["AB123456C", "CE123457A", "JA123458B", "AA123459C"]
COMPANIES = ["SC123456", "01234567", "OC301234", "09876543"]
VATS = ["GB980780684", "GB831495816", "GB100195075"]
DATES = ["01/02/2020", "15/06/2019", "03/04/2021"]
FLAGS = ["Yes", "No", "Yes"]
EMAILS = ["ann@example.com", "bob@example.com", "cy@example.com"]


@pytest.mark.parametrize(
    ("header", "cells"),
    [
        ("Director UTR", UTRS),
        ("directorutr", UTRS),
        ("DirectorsUTR", UTRS),
        ("UTR (spouse)", UTRS),
        ("Spouse’s UTR", UTRS),
        ("UTR of landlord", UTRS),
        ("Partner UTR", UTRS),
        ("UTR 2", UTRS),
        ("2nd UTR", UTRS),
        ("Previous UTR", UTRS),
        ("UTR - old", UTRS),
        ("Director NI Number", NINOS),
        ("Wife NI No", NINOS),
        ("Partner's National Insurance Number", NINOS),
        ("Employee NINO", NINOS),
        ("Parent Company Number", COMPANIES),
        ("parentcompanynumber", COMPANIES),
        ("Holding Co No", COMPANIES),
        ("Group company number", COMPANIES),
        ("Subsidiary CRN", COMPANIES),
        ("Former company number", COMPANIES),
        ("Accountant's company number", COMPANIES),
        ("Old VAT No", VATS),
        ("VAT Number (Group)", VATS),
        ("Supplier VAT number", VATS),
        ("Other VAT number", VATS),
        ("ex VAT no", VATS),
        ("Manager e-mail", EMAILS),
    ],
)
def test_column_of_somebody_else_is_not_used(header: str, cells: list[str]) -> None:
    assert used({"Name": ["Acme", "Bee", "Cee"], header: cells}) == {"Name": "Name"}


@pytest.mark.parametrize(
    ("header", "cells"),
    [
        ("Can't Contact Email", FLAGS),
        ("Can’t contact email", FLAGS),
        ("Cannot Contact Post", FLAGS),
        ("Can not contact by SMS", FLAGS),
        ("Do not contact by post", FLAGS),
        ("No contact by post", FLAGS),
        ("Email Opt Out", FLAGS),
        ("EmailOptOut", FLAGS),
        ("Opted out of email marketing", FLAGS),
        ("Can Contact Email (not)", FLAGS),
        ("Can Contact Email (no)", FLAGS),
        ("VAT Unregistered", FLAGS),
        ("Not VAT registered", FLAGS),
        ("VAT non-registered", FLAGS),
        ("vatunregistered", FLAGS),
        ("Isn't VAT registered", FLAGS),
        ("VAT Dereg Date", DATES),
        ("VAT De-reg Date", DATES),
        ("VATDeregDate", DATES),
        ("vat_dereg_date", DATES),
        ("VAT unreg date", DATES),
        ("VAT reg end date", DATES),
        ("VAT Reg Cancelled Date", DATES),
        ("Invalid VAT number", VATS),
        ("Dissolved company number", COMPANIES),
    ],
)
def test_column_that_says_the_opposite_is_neither_used_nor_offered_as_it_is(header: str, cells: list[str]) -> None:
    columns = {"Name": ["Acme", "Bee", "Cee"], header: cells}
    assert used(columns) == {"Name": "Name"}
    assert [each for each in suggested(columns) if each.csv_header == header and each.words != INVERTED] == []
    assert (header in offered(columns)) == (cells is FLAGS)


@pytest.mark.parametrize(
    ("header", "cells", "field"),
    [
        ("Tax thing", UTRS, "Utr"),
        ("Partnership UTR", UTRS, "Utr"),
        ("Company No. (8 digits)", COMPANIES, "CompanyNumber"),
        ("Company No GB", COMPANIES, "CompanyNumber"),
        ("Vat nomber", VATS, "VatNumber"),
        ("Accounts Office Refrence", ["123PA00012345", "456PB0001234X", "789PC00012347"], "AccountsOfficeRef"),
        ("Can Contact Emial", FLAGS, "CanContactEmail"),
        ("VAT Registred", FLAGS, "VatRegistered"),
        ("VAT Registered (yes/no)", FLAGS, "VatRegistered"),
        ("UTR 1", UTRS, "Utr"),
    ],
)
def test_column_of_the_client_itself_is_used_as_before(header: str, cells: list[str], field: str | None) -> None:
    assert used({"Name": ["Acme", "Bee", "Cee"], header: cells}).get(header) == field


def test_column_of_somebody_else_does_not_keep_the_client_s_own_from_its_field() -> None:
    assert used({"Director UTR": UTRS, "HMRC thing": UTRS}) == {"HMRC thing": "Utr"}
    assert used({"Spouse UTR": UTRS, "UTR": UTRS}) == {"UTR": "Utr"}


def test_every_known_header_is_used_whatever_words_it_has() -> None:
    for spelling in known_headers():
        assert len(used({spelling: ()})) == 1, spelling
    for field in FIELDS:
        assert used({field.name: ()}) == {field.name: field.name}
