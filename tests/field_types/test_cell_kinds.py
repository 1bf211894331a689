"""Kinds of cells that people report of importers, each as a small import: what is stored, and what is rejected."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.program import Program, import_options

CLIENTS = "Code,Name,Type\n00123,Acme Ltd,Ltd\nC002,Bee Ltd,Ltd\n"


def outcome(job: dict[str, Any]) -> tuple[int, int, int, int]:
    return job["createdCount"], job["updatedCount"], job["skippedCount"], job["errorCount"]


def run(program: Program, text: str, **options: Any) -> dict[str, Any]:
    return program.run(text.encode(), **options)


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        ("\u202a00123\u202c", "Acme Ltd"),
        ("00123\u200e", "Acme Ltd"),
        ("00\u200b123", "Acme Ltd"),
        ("\ufeff00123", "Acme Ltd"),
        ("00123\x7f", "Acme\u200b Ltd"),
        ("'00123", "Acme\u00ad Ltd"),
        ('"=""00123"""', '"=""Acme Ltd"""'),
        ("“00123”", "“Acme Ltd”"),
        ("‘00123’", "\u200fAcme Ltd"),
    ],
)
@pytest.mark.parametrize("match_on", ["Code", "Name"])
def test_no_client_is_created_twice_for_what_nobody_typed(
    program: Program, match_on: str, cell: str, name: str
) -> None:
    run(program, CLIENTS)
    before = program.clients()
    job = run(program, f"Code,Name,Type\n{cell},{name},Ltd\n", match_on=match_on)
    assert (outcome(job), program.reasons(job["code"])) == ((0, 0, 1, 0), {2: {"unchanged"}})
    assert program.clients() == before


def test_a_client_stored_with_what_nobody_sees_is_found_and_repaired(program: Program) -> None:
    run(program, CLIENTS)
    program.change("UPDATE clients SET name = 'Acme' || chr(8203) || ' Ltd' WHERE code = '00123'")
    job = run(program, "Name,Type,Team\nACME Ltd,Ltd,North\n")
    assert outcome(job) == (0, 1, 0, 0)


@pytest.mark.parametrize(("stored", "given"), [("Straße Ltd", "STRASSE LTD"), ("Σοφος", "ΣΟΦΟΣ"), ("ﬁt", "FIT")])
def test_case_is_that_of_case_folding(program: Program, stored: str, given: str) -> None:
    run(program, f"Code,Name,Type\nA1,{stored},Ltd\n")
    job = run(program, f"Name,Type,Team\n{given},Ltd,North\n{stored},Ltd,North\n", duplicates="last")
    assert outcome(job) == (0, 1, 1, 0)
    assert len(program.clients()) == 1


def test_codes_that_differ_in_case_alone_are_one(program: Program) -> None:
    run(program, "Code,Name,Type\nstraße,Ann,Ltd\n")
    assert outcome(run(program, "Code,Name,Type\nSTRASSE,Ann,Ltd\n")) == (0, 1, 0, 0)
    job = run(program, "Name,Type,Code\nBob,Ltd,Strasse\n", match_on="Name")
    assert program.reasons(job["code"]) == {2: {"code_taken"}}


ERRORS = ("#REF!", "#NAME?", "#VALUE!", "#DIV/0!", "#NUM!", "########", "#SPILL!", "Err:508")


@pytest.mark.parametrize("field", ["Name", "Code", "TradingAs", "RegisteredAddress", "Manager", "InternalReference"])
def test_an_error_of_a_spreadsheet_is_rejected_in_text(program: Program, field: str) -> None:
    usual = ({"Code": f"C{number}", "Name": f"Ann {number}", "Type": "Ltd"} for number in range(len(ERRORS)))
    rows = [cells | {field: error} for cells, error in zip(usual, ERRORS, strict=True)]
    job = run(program, "".join(",".join(line) + "\n" for line in (rows[0], *(row.values() for row in rows))))
    told = program.not_imported(job["code"])
    assert [(row["import_reason"], row[field]) for row in told] == [("bad_format", error) for error in ERRORS]
    assert [error for error, row in zip(ERRORS, told, strict=True) if error not in row["import_message"]] == []
    assert program.clients() == []


@pytest.mark.parametrize("field", ["Name", "TradingAs", "Email", "Website", "Type", "Telephone", "ContactDateOfBirth"])
def test_a_letter_that_was_lost_is_rejected_in_every_field(program: Program, field: str) -> None:
    usual = {"Type": "Lt\ufffdd", "Website": "https://example.com/\ufffd", "Email": "a\ufffd@example.com"}
    cells = {"Code": "C1", "Name": "Ann", "Type": "Ltd", field: usual.get(field, "Caf\ufffd")}
    job = run(program, ",".join(cells) + "\n" + ",".join(cells.values()) + "\n")
    [row] = program.not_imported(job["code"])
    assert "bad_encoding" in row["import_reason"].split(";")
    assert "damaged" in row["import_message"]


def test_a_byte_that_cannot_be_decoded_is_reported_once(program: Program) -> None:
    job = program.run(b"Code,Name,Type\nC1,Caf\xff,Ltd\nC2,Caf\xc3\xa9,Ltd\n", encoding="utf-8")
    [row] = program.not_imported(job["code"])
    assert row["import_reason"] == "bad_encoding"
    assert row["import_message"].count("amaged") == 1


def test_columns_of_words_for_null_are_blank(program: Program) -> None:
    run(program, "Code,Name,Type,TradingAs\nC1,Acme,Ltd,Acme Works\n")
    job = run(
        program,
        "Code,Name,Type,TradingAs,RegisteredAddressLine2,Telephone\n"
        "C1,Acme,Ltd,NULL,NULL,NULL\nC2,Bee,Ltd,\\N,\\N,\\N\nC3,Null,Individual,,,\n",
    )
    assert job["errorCount"] == 0
    found = [(c["name"], c["trading_as"], c["registered_address_line2"], c["telephone"]) for c in program.clients()]
    assert found == [("Acme", "Acme Works", None, None), ("Bee", None, None, None), ("Null", None, None, None)]


def test_a_word_for_null_among_others_is_a_name(program: Program) -> None:
    run(program, "Code,Name,Type,TradingAs,Manager\nC1,Ann,Ltd,NULL,None\nC2,Bob,Ltd,Null & Sons,\n")
    assert [(c["trading_as"], c["manager"]) for c in program.clients()] == [("NULL", "None"), ("Null & Sons", None)]


def test_such_columns_empty_what_is_stored_when_blank_cells_do(program: Program) -> None:
    run(program, "Code,Name,Type,TradingAs\nC1,Acme,Ltd,Works\nC2,Bee,Ltd,Works\n")
    job = run(program, "Code,TradingAs\nC1,NULL\nC2,NULL\n", blank="clear")
    assert outcome(job) == (0, 2, 0, 0)
    assert [client["trading_as"] for client in program.clients()] == [None, None]


@pytest.mark.parametrize("guarded", [b"'-Dash Ltd,'=Sum Traders", b"-Dash Ltd,=Sum Traders"])
def test_a_guard_is_taken_off_whether_the_import_columns_are_there_or_not(program: Program, guarded: bytes) -> None:
    job = program.run(b"Code,Name,TradingAs,Type,Email\nC1,-Dash Ltd,=Sum Traders,Ltd,bad\n")
    [row] = program.not_imported(job["code"])
    assert (row["Name"], row["TradingAs"]) == ("'-Dash Ltd", "'=Sum Traders")
    program.run(b"Code,Name,TradingAs,Type,Email\nC1," + guarded + b",Ltd,a@example.com\n")
    assert [(client["name"], client["trading_as"]) for client in program.clients()] == [("-Dash Ltd", "=Sum Traders")]


@pytest.mark.parametrize("word", ["Ltd", "ltd.", "Limited Company", "PrivateLimitedCompany", "private-limited-company"])
def test_the_default_type_knows_the_words_of_cells(program: Program, word: str) -> None:
    run(program, "Code,Name\nC1,Ann\n", default_type=word)
    assert program.clients()[0]["type"] == "PrivateLimitedCompany"
    assert import_options(default_type="self-employed").default_client_type == "SoleTrader"


def test_vat_numbers_of_northern_ireland(program: Program) -> None:
    run(program, "Code,Name,Type,VAT Number\nC1,Ann,Ltd,XI980780684\nC2,Bob,Ltd,xi 980 7806 84\n")
    assert [client["vat_number"] for client in program.clients()] == ["980780684"] * 2
