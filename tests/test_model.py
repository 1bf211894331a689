"""The model itself, on imports small enough to work out by hand from docs/rules.md."""

import datetime as dt

import pytest
from stdnum.gb import utr

from tests.support.model import run_import
from tests.support.model_cells import FIELDS, Cell, Kind, read_cell
from tests.support.model_data import File, Options, Table

ANN = {"code": "A1", "name": "Ann Lee", "type": "Individual", "status": "Active"}
BOB = {
    "code": "B2",
    "name": "Bob",
    "type": "PrivateLimitedCompany",
    "status": "Inactive",
    "trading_as": "Bobs",
}
TABLE: Table = {"a1": dict(ANN), "b2": dict(BOB)}

HEADERS = ("Name", "Code", "Type")


def file(headers: tuple[str, ...], *records: tuple[str, ...]) -> File:
    return File(headers, records)


def reasons(table: Table, content: File, **options: str) -> dict[int, set[str]]:
    """The reason codes of the rows not imported, by row number."""
    verdicts = run_import(table, content, Options(**options)).verdicts
    return {number: set(verdict.reasons) for number, verdict in verdicts.items()}


@pytest.mark.parametrize("field", ["Utr", "CompanyUtr", "SelfAssessmentUtr"])
def test_vocabulary_of_utrs_has_the_check_digits_it_says(field: str) -> None:
    assert all(utr.is_valid(str(value)) for value in FIELDS[field].good.values())
    wrong = [raw for raw, reason in FIELDS[field].bad.items() if reason == "bad_check_digit"]
    assert wrong
    assert not any(utr.is_valid(raw) for raw in wrong)


@pytest.mark.parametrize(
    ("field", "raw", "cell"),
    [
        ("Name", "  Ann   Lee ", Cell(Kind.VALUE, value="Ann Lee")),
        ("Name", " #N/A ", Cell(Kind.BLANK)),
        ("TradingAs", "#N/A", Cell(Kind.NOT_AVAILABLE)),
        ("TradingAs", "  ", Cell(Kind.BLANK)),
        ("TradingAs", "Two  Spaces", Cell(Kind.VALUE, value="Two  Spaces")),
        ("ContactFirstName", "Rene\u0301e", Cell(Kind.VALUE, value="Ren\u00e9e")),
        ("IncorporationDate", "05/04/2021", Cell(Kind.VALUE, value=dt.date(2021, 4, 5))),
        ("CompanyNumber", "12-X", Cell(Kind.ERROR, reason="bad_format")),
        ("CompanyNumber", "\u00a0'1234567 ", Cell(Kind.VALUE, value="01234567")),
        ("CompanyNumber", "\uff17", Cell(Kind.VALUE, value="00000007")),
        ("CompanyNumber", "\u201cN/A\u201d", Cell(Kind.BLANK)),
        ("Type", "\u2013", Cell(Kind.BLANK)),
        ("InternalReference", "N/A", Cell(Kind.VALUE, value="N/A")),
    ],
)
def test_cells(field: str, raw: str, cell: Cell) -> None:
    assert read_cell(field, raw) == cell


def test_creates_with_defaults_and_the_next_free_code() -> None:
    content = file(HEADERS, ("Zo\u00e9", "", "Ltd"), ("007", "c000002", ""), ("ann lee", "", "PLC"))
    result = run_import({}, content, Options(match_on="Name", default_type="Trust"))
    assert (result.status, result.created, result.updated, result.outcome) == ("Completed", 3, 0, "Clean")
    assert result.table == {
        "c000001": {
            "code": "C000001",
            "name": "Zo\u00e9",
            "type": "PrivateLimitedCompany",
            "status": "Active",
        },
        "c000002": {"code": "c000002", "name": "007", "type": "Trust", "status": "Active"},
        "c000003": {"code": "C000003", "name": "ann lee", "type": "PublicLimitedCompany", "status": "Active"},
    }


def test_updates_what_is_mapped_and_differs() -> None:
    content = file(("Code", "Name", "TradingAs"), ("a1", "Ann   Lee", "NULL"), ("B2", "", ""))
    result = run_import(TABLE, content, Options())
    assert result.table == {"a1": ANN | {"code": "a1", "trading_as": "NULL"}, "b2": BOB}
    assert (result.updated, result.skipped, result.reasons) == (1, 1, {"unchanged": 1})
    assert TABLE == {"a1": ANN, "b2": BOB}


@pytest.mark.parametrize(("blank", "cell"), [("clear", ""), ("clear", " "), ("keep", "#N/A"), ("clear", "#N/A")])
def test_empties_what_may_be_emptied(blank: str, cell: str) -> None:
    content = file(("Code", "Name", "Type", "Status", "TradingAs"), ("B2", cell, cell, cell, cell))
    result = run_import(TABLE, content, Options(blank=blank))
    assert result.updated == 1
    assert result.table["b2"] == {column: BOB[column] for column in ("code", "name", "type", "status")}


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("create-and-update", {4: {"unchanged"}}),
        ("create-only", {3: {"already_exists"}, 4: {"already_exists"}}),
        ("update-only", {2: {"no_match"}, 4: {"unchanged"}}),
    ],
)
def test_modes(mode: str, expected: dict[int, set[str]]) -> None:
    content = file(HEADERS, ("007", "007", "Ltd"), ("Zo\u00e9", "A1", ""), ("", "B2", ""))
    assert reasons(TABLE, content, mode=mode) == expected


def test_all_errors_of_a_row_and_row_numbers_past_blank_records() -> None:
    content = file(
        HEADERS,
        ("", " ", "", ""),
        ("", "007", "Zorp", "", "left over"),
        ("Ann Lee",),
        (" ", "A 1", "Zorp"),
        ("007", "007", "", ""),
    )
    result = run_import(TABLE, content, Options())
    assert result.total == 4
    assert {number: set(verdict.reasons) for number, verdict in result.verdicts.items()} == {
        3: {"too_many_cells", "not_in_list", "missing_required"},
        4: {"missing_required"},
        5: {"bad_format", "not_in_list"},
        6: {"missing_required"},
    }


def test_match_level_errors() -> None:
    table = TABLE | {"d4": ANN | {"code": "D4", "name": "ANN LEE"}}
    content = file(
        HEADERS,
        ("ann lee", "A1", ""),
        ("Zo\u00e9", "b2", "Ltd"),
        ("ZO\u00c9", "B2", ""),
        ("#N/A", "A1", "Ltd"),
    )
    assert reasons(table, content, match_on="Name") == {
        2: {"ambiguous_match"},
        3: {"code_taken"},
        4: {"code_taken", "missing_required"},
        5: {"missing_required"},
    }
    mismatch = file(HEADERS, ("Ann Lee", "B2", ""), ("Zo\u00e9", "b2", "Ltd"))
    assert reasons(TABLE, mismatch, match_on="Name", mode="update-only") == {
        2: {"code_mismatch"},
        3: {"no_match"},
    }
    assert reasons(TABLE, mismatch, match_on="Name", mode="create-only") == {
        2: {"code_mismatch"},
        3: {"code_taken"},
    }


@pytest.mark.parametrize(
    ("choice", "expected", "trading_as"),
    [
        ("reject", {2: {"duplicate_in_file"}, 3: {"duplicate_in_file"}, 4: {"duplicate_in_file"}}, None),
        ("first", {3: {"duplicate_of_row"}, 4: {"duplicate_of_row"}}, "NULL"),
        ("last", {2: {"duplicate_of_row"}, 3: {"duplicate_of_row"}}, "Two  Spaces"),
    ],
)
def test_duplicates_with_different_content(choice: str, expected: dict[int, set[str]], trading_as: str | None) -> None:
    content = file(
        ("Name", "TradingAs"),
        ("Ann Lee", "NULL"),
        ("ann lee", "NULL"),
        ("Ann   Lee", "Two  Spaces"),
    )
    result = run_import(TABLE, content, Options(duplicates=choice))
    assert {number: set(verdict.reasons) for number, verdict in result.verdicts.items()} == expected
    assert result.table["a1"].get("trading_as") == trading_as


def test_duplicates_with_identical_content_are_used_once() -> None:
    cleared = file(("Name", "TradingAs"), ("Ann Lee", ""), ("Ann   Lee", "#N/A"))
    assert reasons(TABLE, cleared, blank="clear") == {2: {"unchanged"}, 3: {"duplicate_of_row"}}
    assert reasons(TABLE, cleared) == {2: {"duplicate_in_file"}, 3: {"duplicate_in_file"}}


def test_a_rejected_row_is_no_duplicate() -> None:
    content = file(HEADERS, ("007", "007", "Zorp"), ("007", "007", "Ltd"))
    assert reasons({}, content) == {2: {"not_in_list"}}


def test_two_new_clients_cannot_share_a_code() -> None:
    content = file(HEADERS, ("Zo\u00e9", "C000001", "Ltd"), ("007", "C000001", "Ltd"), ("Ann Lee", "", "Ltd"))
    result = run_import({}, content, Options(match_on="Name"))
    assert {number: set(verdict.reasons) for number, verdict in result.verdicts.items()} == {
        2: {"code_taken"},
        3: {"code_taken"},
    }
    assert result.table.keys() == {"c000001"}
    assert result.outcome == "WithErrors"


@pytest.mark.parametrize(
    ("kind", "columns"),
    [
        ("Ltd", {"utr", "company_utr"}),
        ("Sole Trader", {"utr", "self_assessment_utr"}),
        ("Partnership", {"utr"}),
        ("", {"utr", "self_assessment_utr"}),
    ],
)
def test_utr_goes_where_the_type_says(kind: str, columns: set[str]) -> None:
    content = file(("Name", "Type", "Utr"), ("007", kind, "1955839661K"))
    [client] = run_import({}, content, Options(default_type="Individual")).table.values()
    assert {column: client[column] for column in client if "utr" in column} == dict.fromkeys(columns, "1955839661")


def test_utr_uses_the_type_of_the_matched_client_and_yields_to_an_explicit_column() -> None:
    content = file(("Code", "Utr"), ("B2", "2234567890"))
    once = run_import(TABLE, content, Options(default_type="Individual")).table
    assert once["b2"] == BOB | {"utr": "2234567890", "company_utr": "2234567890"}
    emptied = run_import(once, file(("Code", "Utr"), ("B2", "#N/A")), Options()).table
    assert emptied["b2"] == BOB
    explicit = run_import(once, file(("Code", "Utr", "CompanyUtr"), ("B2", "#N/A", "")), Options()).table
    assert explicit["b2"] == BOB | {"company_utr": "2234567890"}


@pytest.mark.parametrize(
    ("max_errors", "status"),
    [(None, "Completed"), ("1", "Completed"), ("0", "Failed"), ("25%", "Completed"), ("24%", "Failed")],
)
def test_error_limit(max_errors: str | None, status: str) -> None:
    content = file(HEADERS, ("007", "007", "Ltd"), ("", "B2", ""), ("", "A1", "Zorp"), ("", "A1", "Individual"))
    result = run_import(TABLE, content, Options(max_errors=max_errors))
    assert (result.status, result.total, result.errors, result.skipped) == (status, 4, 1, 2)
    assert result.created == (1 if status == "Completed" else 0)
    assert (result.table == TABLE) == (status == "Failed")


def test_l6_cannot_hold_for_a_rejected_row_that_shares_its_match_value() -> None:
    """Row 2 lacks a Type; row 3 creates the client; the second time row 2 is an update like any other."""
    content = file(("Name", "Type", "TradingAs"), ("007", "", "NULL"), ("007", "Ltd", "Two  Spaces"))
    first = run_import({}, content, Options(duplicates="first"))
    second = run_import(first.table, content, Options(duplicates="first"))
    assert (first.created, first.reasons) == (1, {"missing_required": 1})
    assert (second.updated, second.reasons) == (1, {"duplicate_of_row": 1})
