"""Options that stop an import (docs/rules.md, section 7): max errors and the dry run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

from client_import.errors import OptionsError
from tests.support.program import Program
from tests.support.stores import in_a_file

pytestmark = pytest.mark.both_stores

CLIENTS = b"Code,Name,Type,Team,PclSent\nA1,Ann,Individual,North,Yes\nB2,Bob,Ltd,South,\n"
TWO_OF_FOUR = b"Code,Name,Type\nA1,Anna,Individual\n\nC3,Cy,Zorp\nB2,Bob,Ltd\n,Dee,Ltd\n"
COUNTS = ("createdCount", "updatedCount", "skippedCount", "errorCount")


@pytest.fixture
def filled(program: Program) -> Program:
    """The program with the clients A1 and B2."""
    assert program.run(CLIENTS)["createdCount"] == 2
    return program


def state(program: Program) -> dict[Path, bytes]:
    """Every file of the home folder but the job store's, which the tests look at through the store."""
    files = [path for path in program.home.path.rglob("*") if path.is_file() and "jobs.sqlite" not in path.name]
    return {path: path.read_bytes() for path in files if "preview" not in path.parts}


def changes(plan: dict[str, Any]) -> list[tuple[Any, ...]]:
    """The changes of a plan: row, client, field, from, to."""
    return [(c["row"], c["code"], c["field"], c["from"], c["to"]) for c in plan["changes"]]


@pytest.mark.parametrize(
    ("limit", "status"),
    [
        (None, "Completed"),
        ("1", "Failed"),
        *in_a_file(
            ("100", "Completed"),
            ("2", "Completed"),
            ("0", "Failed"),
            ("100%", "Completed"),
            ("50%", "Completed"),
            ("49.9%", "Failed"),
            ("49%", "Failed"),
            ("0%", "Failed"),
            (2, "Completed"),
            (1, "Failed"),
        ),
    ],
)
def test_max_errors_is_a_number_or_a_share_of_the_data_rows(filled: Program, limit: object, status: str) -> None:
    job = filled.run(TWO_OF_FOUR, max_errors=limit)
    assert (job["status"], job["totalItems"], job["errorCount"]) == (status, 4, 2)


@pytest.mark.file_alone
@pytest.mark.parametrize("limit", ["-1", "many", "1.5", "101%", "5 rows", "%"])
def test_max_errors_that_is_neither_is_rejected(filled: Program, limit: str) -> None:
    with pytest.raises(OptionsError, match=limit):
        filled.run(TWO_OF_FOUR, max_errors=limit)


def test_no_errors_are_never_over_the_limit(filled: Program) -> None:
    assert filled.run(CLIENTS, max_errors="0")["status"] == "Completed"
    assert filled.run(b"", max_errors="0%")["status"] == "Completed"


@pytest.mark.parametrize(
    ("data", "options"),
    [
        (b"Name,Code,Type\nAnn,Z9,Ltd\nDee,D4,Ltd\n", {"match_on": "Name"}),
        (b"Name,Code,Type\nDee,A1,Ltd\nEve,E5,Ltd\n", {"match_on": "Name"}),
        *in_a_file(
            (b"Code,Name,Type\nA1,Anna,Ltd\nC3,Cy,\n", {}),
            (b"Code,Name,Type\nC3,Cy,Ltd\nC3,Cyd,Ltd\nA1,Anna,Ltd\n", {}),
        ),
    ],
    ids=["code_mismatch", "code_taken", "missing_required", "duplicate_in_file"],
)
def test_limit_is_judged_after_rows_are_matched(filled: Program, data: bytes, options: dict[str, str]) -> None:
    before = filled.clients()
    assert filled.run(data, max_errors="0", **options)["status"] == "Failed"
    assert filled.clients() == before


def test_job_over_the_limit_changes_nothing_and_keeps_its_real_counts(filled: Program) -> None:
    before = filled.clients()
    job = filled.run(TWO_OF_FOUR, max_errors="1")
    assert [job[count] for count in COUNTS] == [0, 0, 1, 2]
    assert (job["totalItems"], job["outcome"]) == (4, "NothingImported")
    assert filled.clients() == before


@pytest.mark.file_alone
def test_job_over_the_limit_says_so_in_a_sentence(filled: Program) -> None:
    reason = filled.run(TWO_OF_FOUR, max_errors="1")["failureReason"]
    assert "2 of 4 rows" in reason
    assert "limit of 1" in reason
    assert reason.endswith(".")


def test_job_over_the_limit_leaves_the_rows_not_imported_to_be_fixed(filled: Program) -> None:
    job = filled.run(TWO_OF_FOUR, max_errors="1")
    assert job["notImportedDownloadUrl"] is not None
    assert filled.reasons(job["code"]) == {
        2: {"max_errors"},
        4: {"not_in_list"},
        5: {"max_errors"},
        6: {"missing_required"},
    }
    rows = filled.not_imported(job["code"])
    assert [row["import_outcome"] for row in rows] == ["not_applied", "error", "not_applied", "error"]
    assert [row["Code"] for row in filled.rejected(job["code"])] == ["C3", ""]


def test_file_of_a_job_over_the_limit_is_the_whole_file_once_it_is_fixed(filled: Program) -> None:
    job = filled.run(TWO_OF_FOUR, max_errors="1")
    fixed = filled.not_imported_bytes(job["code"]).replace(b"Zorp", b"Ltd").replace(b'"","Dee"', b'"D4","Dee"')
    again = filled.run(fixed)
    assert [again[count] for count in COUNTS] == [2, 1, 1, 0]


def test_dry_run_changes_nothing_and_leaves_no_job(filled: Program) -> None:
    before, jobs = state(filled), filled.store.jobs()
    filled.plan(TWO_OF_FOUR)
    filled.plan(b"Code,Name,Type\nC3,Cy,Ltd\nA1,Anna,Ltd\n", blank="clear")
    assert state(filled) == before
    assert filled.store.jobs() == jobs


@pytest.mark.file_alone
def test_dry_run_of_a_new_home_makes_no_database(program: Program) -> None:
    plan = program.plan(CLIENTS)
    assert (plan["createdCount"], plan["changes"]) == (2, [])
    assert not program.home.clients_database.exists()


@pytest.mark.file_alone
def test_dry_run_on_a_database_whose_tables_nobody_has_made_yet(program: Program) -> None:
    duckdb.connect(str(program.home.clients_database)).close()
    plan = program.plan(CLIENTS)
    assert (plan["createdCount"], plan["changes"]) == (2, [])


@pytest.mark.file_alone
def test_database_that_a_newer_duckdb_has_made_is_imported_into(program: Program) -> None:
    duckdb.connect(str(program.home.clients_database)).close()
    assert program.run(CLIENTS)["createdCount"] == 2
    assert program.run(CLIENTS)["skippedCount"] == 2


def test_dry_run_says_what_changes_from_what_to_what(filled: Program) -> None:
    data = b"Code,Name,Type,Team,PclSent,IncorporationDate\nC3,Cy,Ltd,,,\nB2,Bob,PLC,#N/A,yes,31/01/2020\nA1,Ann,,,,\n"
    assert changes(filled.plan(data)) == [
        (3, "B2", "Type", "PrivateLimitedCompany", "PublicLimitedCompany"),
        (3, "B2", "Team", "South", None),
        (3, "B2", "PclSent", None, "true"),
        (3, "B2", "IncorporationDate", None, "2020-01-31"),
    ]


@pytest.mark.file_alone
def test_dry_run_shows_changes_in_file_order(filled: Program) -> None:
    plan = filled.plan(b"Code,Name\nB2,Bobby\nZ9,\nA1,Anna\n")
    assert changes(plan) == [(2, "B2", "Name", "Bob", "Bobby"), (4, "A1", "Name", "Ann", "Anna")]


def test_dry_run_shows_where_a_utr_goes(filled: Program) -> None:
    plan = filled.plan(b"Code,Utr\nB2,1955839661\n")
    assert changes(plan) == [(2, "B2", "Utr", None, "1955839661"), (2, "B2", "CompanyUtr", None, "1955839661")]


@pytest.mark.file_alone
def test_dry_run_masks_sensitive_values(filled: Program) -> None:
    filled.run(b"Code,NiNumber,PersonalCode\nA1,AB123456C,P1\n")
    plan = filled.plan(b"Code,NiNumber,PersonalCode\nA1,CE654321A,#N/A\n")
    assert [change[2] for change in changes(plan)] == ["NiNumber", "PersonalCode"]
    assert not {"AB123456C", "CE654321A", "P1"} & {value for change in changes(plan) for value in change}


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"mode": "update-only"},
        {"match_on": "Email"},
        {"max_errors": "0"},
        *in_a_file(
            {"mode": "create-only"},
            {"duplicates": "first"},
            {"duplicates": "last"},
            {"blank": "clear"},
            {"default_type": "Trust"},
            {"match_on": "Name"},
        ),
    ],
    ids=str,
)
def test_plan_equals_import(filled: Program, options: dict[str, str]) -> None:
    data = (
        b"Code,Name,Type,Email,Team\n"
        b"A1,Ann,Individual,ann@example.com,North\n"
        b"B2,Bob,Ltd,,South\n"
        b"b2,Bob,Ltd,,East\n"
        b"C3,Cy,,cy@example.com,\n"
        b"D4,Dee,Zorp,nope,\n"
        b"E5,Eve,Trust,eve@example.com,\n"
        b"E5,Eve,Trust,eve@example.com,\n"
        b",Fay,Trust,fay@example.com,x,y\n"
        b"A1,Gus,Trust,gus@example.com,\n"
    )
    plan = filled.plan(data, **options)
    before = {client["code"].lower(): client for client in filled.clients()}
    job = filled.run(data, **options)
    after = {client["code"].lower(): client for client in filled.clients()}
    counted = COUNTS if job["status"] == "Completed" else COUNTS[2:]
    assert {count: plan[count] for count in counted} == {count: job[count] for count in counted}
    rows = filled.not_imported(job["code"])
    reasons = [reason for row in rows for reason in row["import_reason"].split(";")]
    if job["status"] == "Failed":
        assert len(rows) == job["totalItems"]
        assert plan["reasons"]["duplicate_of_row"] == 1
        reasons = ["duplicate_of_row", *(reason for reason in reasons if reason != "max_errors")]
    assert plan["reasons"] == {reason: reasons.count(reason) for reason in set(reasons)}
    if job["status"] == "Completed":
        assert len(after.keys() - before.keys()) == plan["createdCount"]
        differ = {before[code]["code"] for code in before if after[code] != before[code]}
        assert {change[1] for change in changes(plan)} == differ
        assert len(differ) == plan["updatedCount"]
