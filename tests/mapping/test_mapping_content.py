"""Columns that their cells tell: numbers of a register, ambiguous headers, files without a header, and what only
looks like a field and is never used.
"""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from client_import.mapping.suggest import USED_FROM
from tests.support.mapping import offered, suggested, used
from tests.support.program import Program

COMPANIES = ["01234567", "SC123456", "12345678", "OC301234"]
UTRS = ["4159591429", "1015738858K", "76039 73500"]
VATS = ["GB 123 4567 82", "980780684", "GB980780684000", "333289454"]
NINOS = ["AB123456C", "JG 10 37 59 A", "ce123456b"]
PAYES = ["120/AB12345", "951/A1234", "083/WZ5678"]
OFFICES = ["120PA00012345", "951PB0001234X", "083PC00098765"]
EMAILS = ["ann@example.com", "bob@example.co.uk", "cy@example.org"]
PHONES = ["020 7946 0958", "+44 117 496 0001", "01632 960123"]
POST_CODES = ["SW1A 1AA", "bd7 4de", "M1 1AE"]
SITES = ["www.example.com", "https://example.org/a", "example.co.uk"]
DATES = ["31/12/2019", "2020-02-29", "1 Mar 2021"]

REGISTERS = {
    "CompanyNumber": COMPANIES,
    "Utr": UTRS,
    "VatNumber": VATS,
    "NiNumber": NINOS,
    "PayeRef": PAYES,
    "AccountsOfficeRef": OFFICES,
}


@pytest.mark.parametrize("field", REGISTERS)
@pytest.mark.parametrize("header", ["Mystery", "Column2", "Co stuff"])
def test_numbers_of_a_register_are_known_whatever_the_header_says(field: str, header: str) -> None:
    assert used({"Name": ["A"], header: REGISTERS[field]})[header] == field


@pytest.mark.parametrize("field", REGISTERS)
def test_numbers_of_a_register_do_not_take_a_field_from_a_certain_header(field: str) -> None:
    found = used({"Mystery": REGISTERS[field], field: ["nonsense"]})
    assert found == {field: field}


@pytest.mark.parametrize("field", REGISTERS)
def test_two_values_are_too_few(field: str) -> None:
    assert used({"Mystery": REGISTERS[field][:2] * 5}) == {}


def test_one_value_is_enough_among_rows_that_come_back() -> None:
    assert used({"Mystery": COMPANIES[:1]}, is_returned=True) == {"Mystery": "CompanyNumber"}


def test_few_bad_cells_do_not_matter_and_many_do() -> None:
    many = [f"{number:08}" for number in range(1_111_111, 9_999_999, 88_888)]
    assert used({"Mystery": [*many, "pending"]}) == {"Mystery": "CompanyNumber"}
    assert used({"Mystery": [*many, *["pending"] * 10]}) == {}


@pytest.mark.parametrize(
    "cells",
    [
        ["20240131", "20231231", "20221130", "19991231"],
        ["01022020", "11122021", "05061999", "12101985"],
        ["10000001", "10000002", "10000003", "10000004"],
        ["00000123", "00000124", "00000456"],
        ["1234567", "7654321", "2345678", "9876543"],
        ["79460958", "34569012", "89012345"],
        ["1", "2", "3", "40"],
        ["200000", "309634", "401122"],
        ["SC000001", "SC000002", "SC000003"],
        ["AB123456", "CD234567", "XX345678"],
        ["2079460958", "1174960001", "1632960123"],
        ["123456789", "234567890", "345678901"],
        ["0000000000", "1111111111", "2222222222"],
        ["100/200", "101/300", "102/400"],
        ["001/2024", "002/2024", "003/2024"],
        ["AB123456", "AC123456", "AE123456"],
        ["5012345678900", "5098765432109", "5011111111116"],
    ],
)
def test_numbers_that_only_look_like_those_of_a_register_are_not_used(cells: list[str]) -> None:
    assert used({"Name": ["A"], "Mystery": cells}) == {"Name": "Name"}


def test_of_two_such_columns_neither_is_used() -> None:
    columns = {"Mystery": COMPANIES, "Riddle": ["02345678", "NI123456", "11223344"]}
    assert used(columns) == {}
    assert list(offered(columns).values()) == ["CompanyNumber"]


def test_of_two_such_columns_the_one_with_the_better_header_is_used() -> None:
    columns = {"Group": COMPANIES, "Company numbr": ["02345678", "NI123456", "11223344"]}
    assert used(columns) == {"Company numbr": "CompanyNumber"}


@pytest.mark.parametrize(
    ("header", "cells", "field"),
    [
        ("VAT", VATS, "VatNumber"),
        ("VAT", ["Yes", "No"], "VatRegistered"),
        ("VAT", ["Y"], "VatRegistered"),
        ("VAT", ["pending"], "VatNumber"),
        ("VAT", [], "VatNumber"),
        ("VAT reg", DATES, "VatRegDate"),
        ("VAT reg", ["n", "y"], "VatRegistered"),
        ("Registered", DATES, "IncorporationDate"),
        ("Registered", ["Yes", "No"], "VatRegistered"),
        ("Reference", ["A1", "B2", "C3"], "InternalReference"),
        ("Reference", UTRS, "Utr"),
        ("Tax reference", UTRS, "Utr"),
        ("Tax reference", NINOS, "NiNumber"),
        ("Tax reference", PAYES, "PayeRef"),
        ("Registration number", COMPANIES, "CompanyNumber"),
        ("Registration number", VATS, "VatNumber"),
    ],
)
def test_cells_say_which_field_an_ambiguous_header_means(header: str, cells: list[str], field: str) -> None:
    assert used({header: cells}) == {header: field}


def test_certain_header_is_used_though_its_cells_are_bad() -> None:
    assert used({"Company number": EMAILS, "Email": COMPANIES}) == {"Company number": "CompanyNumber", "Email": "Email"}


@pytest.mark.parametrize(
    ("header", "cells", "field"),
    [("Telefone", PHONES, "Telephone"), ("Emial", EMAILS, "Email"), ("Clent Type", ["Ltd", "LLP", "PLC"], "Type")],
)
def test_header_with_a_slip_is_used_when_its_cells_agree(header: str, cells: list[str], field: str) -> None:
    assert used({header: cells}) == {header: field}
    assert offered({header: ["?", "-", "x"]}) in ({header: field}, {})


WITHOUT_HEADER = {
    "Email": EMAILS,
    "Telephone": PHONES,
    "RegisteredAddressPostCode": POST_CODES,
    "Website": SITES,
    "Type": ["Ltd", "LLP", "Sole trader"],
    "Status": ["Active", "Lost", "Prospect"],
}


@pytest.mark.parametrize("field", WITHOUT_HEADER)
def test_without_a_header_the_only_column_of_a_kind_is_used(field: str) -> None:
    cells = WITHOUT_HEADER[field]
    assert used({"Column1": cells, "Column2": ["this", "that", "other"]}) == {"Column1": field}
    assert used({"Column1": cells, "Column2": list(reversed(cells))}) == {}
    assert used({"Mystery": cells}) == {}
    assert offered({"Mystery": cells}) == {"Mystery": field}


@pytest.mark.parametrize(("cells", "field"), [(DATES, "IncorporationDate"), (["Yes", "No", "Yes"], "VatRegistered")])
@pytest.mark.parametrize("header", ["Column1", "Mystery"])
def test_dates_and_yes_no_are_only_offered(header: str, cells: list[str], field: str) -> None:
    assert offered({header: cells}) == {header: field}


def test_names_and_codes_are_offered_where_there_is_no_header() -> None:
    columns = {"Column1": ["AMA001", "BOB002", "CYN003"], "Column2": ["Acme Ltd", "Ann Lee", "Bodkin & Sons"]}
    assert offered(columns) == {"Column1": "Code", "Column2": "Name"}


def test_names_of_towns_are_not_those_of_clients() -> None:
    assert suggested({"Place": ["Milton Keynes", "High Wycombe", "St Albans"]}) == []


def test_column_known_by_its_cells_is_imported(program: Program) -> None:
    rows = "".join(f"Client {place},Ltd,{number}\n" for place, number in enumerate(COMPANIES))
    program.run(f"Name,Type,Gesellschaft\n{rows}".encode())
    assert [client["company_number"] for client in program.clients()] == COMPANIES


def test_rows_not_imported_are_mapped_as_the_whole_file_was(program: Program) -> None:
    rows = "".join(f"Client {place},Ltd,{number}\n" for place, number in enumerate(COMPANIES * 8))
    job = program.run(f"Name,Type,Gesellschaft\n{rows}Last,Nonsense,09876543\n".encode(), duplicates="first")
    rejected = program.not_imported_bytes(str(job["code"])).splitlines(keepends=True)
    last = b"".join([rejected[0], *(row for row in rejected if b"Nonsense" in row)])
    again = program.run(last.replace(b"Nonsense", b"Ltd", 1))
    assert again["createdCount"] == 1
    assert [client["company_number"] for client in program.clients() if client["name"] == "Last"] == ["09876543"]


CELLS = st.sampled_from(
    [*COMPANIES, *UTRS, *VATS, *NINOS, *PAYES, *OFFICES, *EMAILS, *PHONES, *POST_CODES, *SITES, *DATES]
) | st.sampled_from(["", " ", "Yes", "no", "Ltd", "Active", "Acme Ltd", "AMA001", "#N/A", "ß", "x" * 300])
HEADERS = st.sampled_from(
    ["Name", "Client", "Company name", "Code", "VAT", "Reference", "Email", "E-mail (2)", "Column3", "Telefone"]
) | st.sampled_from(
    ["Registered", "Tax ref", "Mystery", "Compny numbr", "Address", "Town", "*", "Sort code", "CompanyNumber", "ß"]
)


@given(st.data())
def test_suggestions_are_one_to_one_and_do_not_depend_on_the_order_of_rows(data: st.DataObject) -> None:
    headers = data.draw(st.lists(HEADERS, unique=True, min_size=1, max_size=8))
    rows = data.draw(st.lists(st.tuples(*[CELLS] * len(headers)), max_size=12))
    is_returned = data.draw(st.booleans())

    def found(rows: list[tuple[str, ...]]) -> list[object]:
        columns = {header: [row[place] for row in rows] for place, header in enumerate(headers)}
        return list(suggested(columns, is_returned=is_returned))

    shuffled = list(rows)
    random.Random(data.draw(st.integers(0, 9))).shuffle(shuffled)
    assert found(rows) == found(shuffled)

    suggestions = suggested({header: [row[place] for row in rows] for place, header in enumerate(headers)})
    fields = [each.target_field for each in suggestions]
    places = [headers.index(each.csv_header) for each in suggestions]
    assert len(set(fields)) == len(fields)
    assert places == sorted(set(places))
    assert all(0 <= each.score <= 1 for each in suggestions)
    assert all(each.score == 1 or each.score < USED_FROM + 0.1 for each in suggestions)
