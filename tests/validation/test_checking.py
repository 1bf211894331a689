"""Checking a row (docs/rules.md, section 4): every reason, all errors at once, masked values, sentences."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest

from tests.support.program import Program

CLIENTS = (
    b"Code,Name,Type,Email,NiNumber\n"
    b"A1,Ann,Individual,twins@example.com,AB123456C\n"
    b"B2,Bob,Ltd,twins@example.com,AB123456C\n"
    b"C3,Cy,Trust,cy@example.com,CE654321A\n"
)

BAD_CELLS = [
    ("Type", "Zorp", "not_in_list"),
    ("Status", "Asleep", "not_in_list"),
    ("ContactRelationships", "Main;Boss", "not_in_list"),
    ("Code", "A 1", "bad_format"),
    ("Email", "ann at example.com", "bad_format"),
    ("Telephone", "ring me", "bad_format"),
    ("Website", "ftp://example.com", "bad_format"),
    ("PclSent", "perhaps", "bad_format"),
    ("CompanyNumber", "12-X", "bad_format"),
    ("CompaniesHouseAuthenticationCode", "12-X56", "bad_format"),
    ("IncorporationDate", "31/02/2024", "bad_format"),
    ("IncorporationDate", "12/31/2024", "bad_format"),
    ("ContactDateOfBirth", "01/01/2999", "bad_format"),
    ("VatNumber", "12345", "bad_format"),
    ("Utr", "12-34", "bad_format"),
    ("NiNumber", "BG123456A", "bad_format"),
    ("PayeRef", "12/AB456", "bad_format"),
    ("AccountsOfficeRef", "123PA0001234", "bad_format"),
    ("RegisteredAddressPostCode", "75001", "bad_format"),
    ("Utr", "3955839661", "bad_check_digit"),
    ("CompanyUtr", "2234567891", "bad_check_digit"),
    ("VatNumber", "GB123456789", "bad_check_digit"),
    ("Name", "n" * 201, "too_long"),
    ("TradingAs", "é" * 201, "too_long"),
    ("InternalReference", "0" * 51, "too_long"),
    ("Website", "https://example.com/" + "x" * 281, "too_long"),
]

BAD_ROWS: dict[str, tuple[bytes, dict[str, Any]]] = {
    "too_many_cells": (b"Name,Type\nDee,Ltd,x\n", {}),
    "unclosed_quote": (b'Name,Type\nDee,"Ltd\n', {}),
    "bad_encoding": (b"Name,Type\nD\xffe,Ltd\n", {"encoding": "utf-8"}),
    "missing_required": (b"Code,Name,Type\nD4,,Ltd\n", {}),
    "not_in_list": (b"Name,Type\nDee,Zorp\n", {}),
    "bad_format": (b"Name,Type,Email\nDee,Ltd,nope\n", {}),
    "bad_check_digit": (b"Name,Type,Utr\nDee,Ltd,2234567891\n", {}),
    "too_long": (b"Name,Type\n" + b"D" * 201 + b",Ltd\n", {}),
    "duplicate_in_file": (b"Name,Type\nDee,Ltd\nDee,Trust\n", {}),
    "ambiguous_match": (b"Email,Team\ntwins@example.com,North\n", {"match_on": "Email"}),
    "code_taken": (b"Code,Name,Type\nA1,Dee,Ltd\n", {"match_on": "Name"}),
    "code_mismatch": (b"Code,Name,Type\nZ9,Ann,Ltd\n", {"match_on": "Name"}),
}


@pytest.fixture
def filled(program: Program) -> Program:
    """The program with three clients, two of which share an email address and an NI number."""
    program.run(CLIENTS)
    return program


def messages(program: Program, data: bytes, **options: Any) -> list[str]:
    """The messages of the rows not imported, in file order."""
    return [row["import_message"] for row in program.not_imported(program.run(data, **options)["code"])]


@pytest.mark.parametrize(("field", "cell", "reason"), BAD_CELLS)
def test_bad_cell_is_rejected_with_its_reason(program: Program, field: str, cell: str, reason: str) -> None:
    row = {"Name": "Ann", "Type": "Ltd", field: cell}
    data = f"{','.join(row)}\n{','.join(row.values())}\n".encode()
    assert program.plan(data, match_on="Name")["reasons"] == {reason: 1}


@pytest.mark.parametrize("reason", BAD_ROWS)
def test_each_reason_is_reported_with_a_sentence(filled: Program, reason: str) -> None:
    data, options = BAD_ROWS[reason]
    job = filled.run(data, **options)
    rows = filled.not_imported(job["code"])
    assert job["status"] == "Completed"
    assert job["errorCount"] == job["totalItems"] == len(rows)
    for row in rows:
        assert (row["import_outcome"], row["import_reason"]) == ("error", reason)
        assert re.fullmatch(r"[A-Z].*[.]", row["import_message"])
        assert "_" not in row["import_message"].replace("import_record", "")
        assert not re.search(r"[{}]|\bNone\b|\bNULL\b|\bnan\b", row["import_message"])


@pytest.mark.parametrize(
    ("header", "cell", "column", "value"),
    [
        ("Name", "  Ann  \u00a0 Lee ", "name", "Ann Lee"),
        ("TradingAs", "Rene\u0301e", "trading_as", "Ren\u00e9e"),
        ("Type", "ltd.", "type", "PrivateLimitedCompany"),
        ("Status", "lost prospect", "status", "LostProspect"),
        ("Email", "Ann@EXAMPLE.com", "email", "Ann@example.com"),
        ("Telephone", "020 7946 0018", "telephone", "+442079460018"),
        ("Website", "example.com", "website", "https://example.com"),
        ("CompanyNumber", "1234567", "company_number", "01234567"),
        ("Utr", "19558 39661K", "utr", "1955839661"),
        ("VatNumber", "GB 980 7806 84", "vat_number", "980780684"),
        ("RegisteredAddressPostCode", "sw1a1aa", "registered_address_post_code", "SW1A 1AA"),
        ("PclSent", "YES", "pcl_sent", True),
        ("CompanyNumber", "1234567.0", "company_number", "01234567"),
        ("CompanyNumber", "'01234567", "company_number", "01234567"),
        ("IncorporationDate", "45292", "incorporation_date", date(2024, 1, 1)),
        ("VatNumber", "12345620", "vat_number", "012345620"),
        ("Telephone", "7700900123.0", "telephone", "+447700900123"),
        ("Telephone", "N/A", "telephone", None),
        ("Status", "-", "status", "Active"),
        ("PclSent", "✓", "pcl_sent", True),
        ("TradingAs", "N/A", "trading_as", "N/A"),
        ("InternalReference", "1.23457E+11", "internal_reference", "1.23457E+11"),
    ],
)
def test_cells_are_normalised_before_they_are_checked(
    program: Program, header: str, cell: str, column: str, value: object
) -> None:
    row = {"Name": "Ann", "Type": "Trust", header: cell}
    job = program.run(f"{','.join(row)}\n{','.join(row.values())}\n".encode())
    assert job["outcome"] == "Clean"
    assert [client[column] for client in program.clients()] == [value]


@pytest.mark.parametrize(("option", "day"), [({}, "2024-04-03"), ({"day_first": False}, "2024-03-04")])
def test_order_of_day_and_month_is_the_options(program: Program, option: dict[str, Any], day: str) -> None:
    program.run(b"Name,Type,IncorporationDate\nAnn,Ltd,03/04/2024\n", **option)
    assert [str(client["incorporation_date"]) for client in program.clients()] == [day]


@pytest.mark.parametrize(("blank", "kept"), [("keep", "ann@example.com"), ("clear", None)])
def test_cell_that_says_nothing_is_a_blank_one(program: Program, blank: str, kept: str | None) -> None:
    program.run(b"Name,Type,Email\nAnn,Ltd,ann@example.com\n")
    program.run(b"Name,Email\nAnn,n/a\n", blank=blank)
    assert [client["email"] for client in program.clients()] == [kept]


def test_match_value_that_says_nothing_is_missing(program: Program) -> None:
    data = b"CompanyNumber,Name,Type\nN/A,Ann,Ltd\n-,Bob,Ltd\n"
    assert program.plan(data, match_on="CompanyNumber")["reasons"] == {"missing_required": 2}


@pytest.mark.parametrize(
    ("field", "cell", "said"),
    [
        ("CompanyNumber", "1.23457E+11", "was shortened by a spreadsheet"),
        ("Telephone", "4.42E+11", "was shortened by a spreadsheet"),
        ("Utr", "#REF!", "is what a spreadsheet shows"),
        ("IncorporationDate", "31/12/24", "has a year of two digits"),
        ("IncorporationDate", "2024", "may be a year or a spreadsheet's count of days"),
        ("IncorporationDate", "04/25/2024", "the option month first."),
        ("IncorporationDate", "2024-05-31T23:00:00Z", "has a time of another time zone"),
        ("PclSent", "x", "may be a tick or a cross"),
        ("Type", "#VALUE!", "is what a spreadsheet shows"),
        ("ContactDateOfBirth", "31/12/84", "has a year of two digits"),
        ("IncorporationDate", "31/02/2024", "is not a day of the calendar"),
    ],
)
def test_sentence_says_what_a_spreadsheet_did(program: Program, field: str, cell: str, said: str) -> None:
    row = {"Name": "Ann", "Type": "Ltd", field: cell}
    [message] = messages(program, f"{','.join(row)}\n{','.join(row.values())}\n".encode(), match_on="Name")
    assert said in message
    assert (cell in message) == (field != "ContactDateOfBirth")


def test_post_code_abroad_is_kept_when_the_country_is_given(program: Program) -> None:
    data = b"Name,Type,Postcode,Country\nAnn,Ltd,75001,France\nBob,Ltd,75001,UK\nCy,Ltd,75001,\n"
    job = program.run(data)
    assert program.reasons(job["code"]) == {3: {"bad_format"}, 4: {"bad_format"}}
    assert [client["registered_address_post_code"] for client in program.clients()] == ["75001"]


def test_all_errors_of_a_row_are_reported(program: Program) -> None:
    data = b"Code,Client,Kind,E-mail,Utr,Status,Site\nA 1,,Zorp,nope,2234567891,Asleep,ftp://x.com,surplus\n"
    mapping = {"Code": "Code", "Client": "Name", "Kind": "Type", "E-mail": "Email", "Utr": "Utr", "Status": "Status"}
    job = program.run(data, map={**mapping, "Site": "Website"})
    [row] = program.not_imported(job["code"])
    reasons = row["import_reason"].split(";")
    assert sorted(reasons) == ["bad_check_digit", "bad_format", "not_in_list", "too_many_cells"]
    for shown in ("Code", "Kind", "E-mail", "Utr", "Status", "Site", "A 1", "Zorp", "nope", "2234567891", "surplus"):
        assert shown in row["import_message"]


def test_reason_of_two_cells_is_listed_and_counted_once_a_row(program: Program) -> None:
    data = b"Name,Type,Email,Website\nAnn,Ltd,nope,ftp://x.com\nBob,Ltd,nope,example.com\n"
    assert program.plan(data)["reasons"] == {"bad_format": 2}
    [both, one] = program.not_imported(program.run(data)["code"])
    assert (both["import_reason"], one["import_reason"]) == ("bad_format", "bad_format")
    assert [field in both["import_message"] for field in ("Email", "Website")] == [True, True]
    assert [field in one["import_message"] for field in ("Email", "Website")] == [True, False]


@pytest.mark.parametrize(
    ("data", "options", "expected"),
    [
        (b"Code,Name,Type,Email\nD4,,,nope\n", {}, {"bad_format", "missing_required"}),
        (b"Code,Name,Email\nA1,Dee,nope\n", {"match_on": "Name"}, {"bad_format", "missing_required", "code_taken"}),
        (b"Code,Name,Website\nZ9,Ann,ftp://x.com\n", {"match_on": "Name"}, {"bad_format", "code_mismatch"}),
        (b"Email,Type\ntwins@example.com,Zorp\n", {"match_on": "Email"}, {"not_in_list", "ambiguous_match"}),
        (b"Email,Name,Type\nnope,,\n", {"match_on": "Email"}, {"bad_format"}),
        (b"Email,Name,Type\n,,\n,,x\n", {"match_on": "Email"}, {"missing_required", "not_in_list"}),
        (b"Code,Name,Type\nD4,Dee,Zorp\n", {}, {"not_in_list"}),
        (b"Code,Name,Type\nA 1,Ann,Ltd\n", {"match_on": "Name"}, {"bad_format"}),
    ],
    ids=[
        "missing beside a bad cell",
        "taken and missing beside a bad cell",
        "mismatch beside a bad cell",
        "ambiguous beside a bad cell",
        "a bad match value matches nothing",
        "a blank match value matches nothing",
        "a bad Type is not a missing one",
        "a bad Code is not another one",
    ],
)
def test_match_errors_are_reported_beside_cell_errors(
    filled: Program, data: bytes, options: dict[str, Any], expected: set[str]
) -> None:
    assert set(filled.plan(data, **options)["reasons"]) == expected


@pytest.mark.parametrize(
    ("data", "options", "missing"),
    [
        (b"Code,Name,Type\n,Dee,Ltd\n", {}, ["Code"]),
        (b"Code,Name,Type\n#N/A,Dee,Ltd\n", {}, ["Code"]),
        (b"Code,Name,Type\nD4, ,\n", {}, ["Name", "Type"]),
        (b"Code,Name,Type\nD4,#N/A,#N/A\n", {}, ["Name", "Type"]),
        (b"Code,Team\nD4,North\n", {}, ["Name", "Type"]),
        (b"Name,Team\nDee,North\n", {"mode": "create-only"}, ["Type"]),
    ],
)
def test_missing_required_names_what_the_row_cannot_do_without(
    filled: Program, data: bytes, options: dict[str, Any], missing: list[str]
) -> None:
    [message] = messages(filled, data, **options)
    said = {field: (f"{field} is blank", f"No column goes to {field}") for field in ("Code", "Name", "Type")}
    assert [field for field, words in said.items() if any(each in message for each in words)] == missing


@pytest.mark.parametrize(
    ("data", "mode"),
    [(b"Code,Name,Type,Team\nA1,,,North\n", "create-and-update"), (b"Code,Name,Type\nD4,,\n", "update-only")],
    ids=["a row that updates", "a row that may not create"],
)
def test_name_and_type_are_required_only_to_create(filled: Program, data: bytes, mode: str) -> None:
    assert filled.plan(data, mode=mode)["errorCount"] == 0


@pytest.mark.parametrize(
    ("reason", "named"),
    [
        ("duplicate_in_file", ["row 3", "row 2"]),
        ("ambiguous_match", ["A1, B2"]),
        ("code_taken", ['"A1"']),
        ("code_mismatch", ["A1"]),
    ],
)
def test_sentence_names_the_other_rows_or_clients(filled: Program, reason: str, named: list[str]) -> None:
    data, options = BAD_ROWS[reason]
    for message, name in zip(messages(filled, data, **options), named, strict=True):
        assert name in message


@pytest.mark.parametrize(
    ("field", "cell"),
    [
        ("NiNumber", "BG123456A"),
        ("CompaniesHouseAuthenticationCode", "S3CRET!"),
        ("ContactDateOfBirth", "31/02/1984"),
        ("PersonalCode", "P" * 51),
    ],
)
def test_sensitive_values_are_masked_in_messages(program: Program, field: str, cell: str) -> None:
    [row] = program.not_imported(program.run(f"Name,Type,{field}\nAnn,Ltd,{cell}\n".encode())["code"])
    assert field in row["import_message"]
    assert cell not in row["import_message"]
    assert row[field] == cell


@pytest.mark.parametrize(
    "data", [b"NiNumber,Team\nAB123456C,x\n", b"NiNumber,Name,Type\nWK000111D,Dee,Ltd\nWK000111D,Eve,Ltd\n"]
)
def test_sensitive_match_values_are_masked_in_messages(filled: Program, data: bytes) -> None:
    said = messages(filled, data, match_on="NiNumber")
    assert said
    assert not [message for message in said if re.search("AB123456C|WK000111D", message)]
