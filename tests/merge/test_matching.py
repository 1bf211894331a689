"""Matching rows with clients (docs/rules.md, section 5): match fields, modes, what counts as a change, traces."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.program import Program
from tests.support.stores import in_a_file

pytestmark = pytest.mark.both_stores

CLIENTS = (
    b"Code,Name,Type,CompanyNumber,InternalReference,NiNumber,Email,Team\n"
    b"A1,Ann  Lee,Ltd,01234567,Ref 1,AB123456C,Ann@example.com,North\n"
    b"B2,Zo\xc3\x8b,Trust,SC123456,ref-2,CE654321A,bob@example.com,South\n"
)
MODES = ("create-and-update", "create-only", "update-only")
TRACES = ("created_at", "updated_at", "created_by_job", "updated_by_job")

Client = dict[str, Any]


@pytest.fixture
def filled(program: Program) -> Program:
    """The program with the two clients A1 and B2."""
    assert program.run(CLIENTS)["outcome"] == "Clean"
    return program


def clients(program: Program) -> dict[str, Client]:
    """All clients by code."""
    return {client["code"]: client for client in program.clients()}


def counts(result: dict[str, Any]) -> tuple[int, int, int, int]:
    """Created, updated, skipped and rejected rows of a job or a plan."""
    return (result["createdCount"], result["updatedCount"], result["skippedCount"], result["errorCount"])


@pytest.mark.parametrize(
    ("field", "cell", "code"),
    [
        ("Code", "A1", "A1"),
        ("Code", " a1 ", "A1"),
        ("CompanyNumber", "1234567", "A1"),
        ("CompanyNumber", "sc123456", "B2"),
        ("InternalReference", "REF   1", "A1"),
        ("InternalReference", "Ref-2", "B2"),
        ("NiNumber", "ab 12 34 56 c", "A1"),
        ("Name", " ANN LEE ", "A1"),
        ("Name", "Ann\u00a0\t lee", "A1"),
        ("Name", "zoe\u0308", "B2"),
        ("Email", "ann@EXAMPLE.com", "A1"),
        ("Email", "BOB@example.com", "B2"),
    ],
)
def test_match_values_are_compared_normalised(filled: Program, field: str, cell: str, code: str) -> None:
    job = filled.run(f'{field},Team\n"{cell}",West\n'.encode(), match_on=field)
    assert counts(job) == (0, 1, 0, 0)
    assert [client["code"].upper() for client in filled.clients() if client["team"] == "West"] == [code]


@pytest.mark.parametrize(
    ("field", "cell"),
    [
        ("InternalReference", "Ref1"),
        ("Name", "Ann-Lee"),
        *in_a_file(
            ("Code", "A10"), ("CompanyNumber", "12345670"), ("NiNumber", "AB123456D"), ("Email", "an@example.com")
        ),
    ],
)
def test_another_match_value_matches_no_client(filled: Program, field: str, cell: str) -> None:
    plan = filled.plan(f"{field},Team\n{cell},West\n".encode(), match_on=field, mode="update-only")
    assert plan["reasons"] == {"no_match": 1}


def test_client_without_a_match_value_matches_nothing(program: Program) -> None:
    program.run(b"Name,Type\nAnn,Ltd\nBob,Ltd\n")
    plan = program.plan(b"Email,Name,Type\nann@example.com,Ann,Ltd\n", match_on="Email")
    assert counts(plan) == (1, 0, 0, 0)


@pytest.mark.parametrize(
    ("row", "outcomes"),
    [
        (b"A1,Anna,Ltd", ("updated", "already_exists", "updated")),
        *in_a_file(
            (b"C3,Cy,Charity", ("created", "created", "no_match")),
            (b"A1,Ann Lee,Ltd", ("unchanged", "already_exists", "unchanged")),
        ),
    ],
    ids=["would change it", "matches no client", "changes nothing"],
)
@pytest.mark.parametrize("mode", MODES)
def test_modes(filled: Program, mode: str, row: bytes, outcomes: tuple[str, ...]) -> None:
    outcome = outcomes[MODES.index(mode)]
    before = clients(filled)
    job = filled.run(b"Code,Name,Type\n" + row + b"\n", mode=mode)
    after = clients(filled)
    assert after.keys() - before.keys() == ({"C3"} if outcome == "created" else set())
    assert (after["A1"] != before["A1"]) == (outcome == "updated")
    assert after["B2"] == before["B2"]
    if outcome in ("created", "updated"):
        assert job[f"{outcome}Count"] == 1
    else:
        assert job["skippedCount"] == 1
        assert filled.reasons(job["code"]) == {2: {outcome}}


@pytest.mark.parametrize("mode", MODES)
def test_modes_give_every_row_of_one_file_its_own_outcome(filled: Program, mode: str) -> None:
    data = b"Code,Name,Type\nC3,Cy,Charity\nA1,Anna,Ltd\nB2,Zo\xc3\x8b,Trust\n"
    expected = {"create-and-update": (1, 1, 1, 0), "create-only": (1, 0, 2, 0), "update-only": (0, 1, 2, 0)}
    assert counts(filled.run(data, mode=mode)) == expected[mode]


def test_default_mode_creates_and_updates(filled: Program) -> None:
    assert counts(filled.run(b"Code,Name,Type\nC3,Cy,Charity\nA1,Anna,Ltd\n")) == (1, 1, 0, 0)


@pytest.mark.parametrize("skipped", ["unchanged", *in_a_file("no_match", "already_exists")])
def test_skipped_row_says_why_in_a_sentence(filled: Program, skipped: str) -> None:
    mode = {"unchanged": "create-and-update", "no_match": "update-only", "already_exists": "create-only"}[skipped]
    data = b"Code,Name,Type\nC3,Cy,Ltd\n" if skipped == "no_match" else b"Code,Name,Type\nA1,Ann Lee,Ltd\n"
    [row] = filled.not_imported(filled.run(data, mode=mode)["code"])
    assert (row["import_outcome"], row["import_reason"]) == ("skipped", skipped)
    assert row["import_message"][0].isupper()
    assert row["import_message"].endswith(".")


@pytest.mark.parametrize(
    ("data", "field", "before", "after"),
    [
        (b"Code,Team\na1,North\n", "Code", "A1", "a1"),
        (b"Name,Team\nann lee,North\n", "Name", "Ann Lee", "ann lee"),
        *in_a_file(
            (b"Code,Name\nA1,ANN LEE\n", "Name", "Ann Lee", "ANN LEE"),
            (b"Code,Email\nA1,ann@example.com\n", "Email", "Ann@example.com", "ann@example.com"),
        ),
    ],
    ids=["the match field Code", "the match field Name", "another field", "an address's local part"],
)
def test_difference_of_case_is_a_change(filled: Program, data: bytes, field: str, before: str, after: str) -> None:
    plan = filled.plan(data)
    assert counts(plan) == (0, 1, 0, 0)
    assert [(c["field"], c["from"], c["to"]) for c in plan["changes"]] == [(field, before, after)]


@pytest.mark.parametrize(
    "data",
    [
        b"Code,CompanyNumber\nA1,1234567\n",
        *in_a_file(
            b"Code,Name\nA1,  Ann   Lee \n",
            b"Code,Type\nA1,Limited Company\n",
            b"Code,Email\nA1,Ann@EXAMPLE.COM\n",
            "Code,Name\nB2,ZoE\u0308\n".encode(),
        ),
    ],
)
def test_another_spelling_of_the_stored_value_is_no_change(filled: Program, data: bytes) -> None:
    assert filled.plan(data)["reasons"] == {"unchanged": 1}


def test_column_that_is_not_mapped_never_touches_a_client(filled: Program) -> None:
    before = clients(filled)
    filled.run(b"Code,Team,Shoe size\nA1,West,43\n", blank="clear")
    after = clients(filled)
    changed = {column for column, value in before["A1"].items() if after["A1"][column] != value}
    assert changed == {"team", "updated_at", "updated_by_job"}
    assert after["B2"] == before["B2"]


def test_created_client_is_traced_to_its_job(program: Program) -> None:
    job = program.run(CLIENTS)
    for client in program.clients():
        assert client["created_by_job"] == client["updated_by_job"] == job["code"]
        assert client["created_at"] == client["updated_at"]
        assert f"{client['created_at'].isoformat(timespec='milliseconds')}Z" <= job["completedDate"]
        assert f"{client['created_at'].isoformat(timespec='milliseconds')}Z" >= job["startedDate"]


def test_changed_client_keeps_who_created_it(filled: Program) -> None:
    before = clients(filled)["A1"]
    job = filled.run(b"Code,Team\nA1,West\n")
    after = clients(filled)["A1"]
    assert (after["created_at"], after["created_by_job"]) == (before["created_at"], before["created_by_job"])
    assert after["updated_by_job"] == job["code"]
    assert after["updated_at"] > before["updated_at"]


@pytest.mark.parametrize(
    ("row", "options"),
    [
        (b"A1,Ann Lee,Ltd", {}),
        (b"A1,Anna,Ltd\nB2,,Zorp", {"max_errors": "0"}),
        *in_a_file(
            (b"A1,Anna,Ltd", {"mode": "create-only"}),
            (b"A1,Anna,Zorp", {}),
            (b"A1,Anna,Ltd\nA1,Annie,Ltd", {}),
        ),
    ],
    ids=["unchanged", "failed", "already exists", "rejected", "duplicates"],
)
def test_client_that_did_not_change_keeps_its_traces(filled: Program, row: bytes, options: dict[str, str]) -> None:
    before = clients(filled)
    filled.run(b"Code,Name,Type\n" + row + b"\n", **options)
    after = clients(filled)
    assert {code: [client[trace] for trace in TRACES] for code, client in after.items()} == {
        code: [client[trace] for trace in TRACES] for code, client in before.items()
    }


def test_matched_by_another_field_the_code_may_differ_in_case_alone(filled: Program) -> None:
    data = b"Name,Code,Team\nAnn Lee,a1,North\n"
    plan = filled.plan(data, match_on="Name")
    assert [(c["field"], c["from"], c["to"]) for c in plan["changes"]] == [("Code", "A1", "a1")]


def test_update_only_skips_what_matches_nothing_even_when_its_code_is_taken(filled: Program) -> None:
    plan = filled.plan(b"Name,Code\nDee,A1\n", match_on="Name", mode="update-only")
    assert plan["reasons"] == {"no_match": 1}


@pytest.mark.both_stores
@pytest.mark.parametrize(
    ("change", "named"),
    [
        ("UPDATE clients SET name = 'Ann'", "A1, B2"),
        ("UPDATE clients SET name = 'Ann', code = NULLIF(code, 'A1')", "B2 and 1 without a Code"),
        ("UPDATE clients SET name = 'Ann', code = ' '", "2 without a Code"),
    ],
)
def test_clients_that_a_row_fits_alike_are_named_or_counted(program: Program, change: str, named: str) -> None:
    program.run(b"Code,Name,Type\nA1,Ann,Ltd\nB2,Bob,Ltd\n")
    program.change(change)
    job = program.run(b"Name,Team\nAnn,North\n", match_on="Name")
    [row] = program.not_imported(job["code"])
    assert f"fits several clients: {named}. " in row["import_message"]
