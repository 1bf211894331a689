"""Covers that no two clients have one code (docs/rules.md, sections 4 and 6): the plan's rule, and the proof of it.

The proof is for a plan that is wrong about the table. Here the table is changed after the plan was made, which no
import can do to another, as it has the database to itself.
"""

from __future__ import annotations

import duckdb
import pytest

from client_import.errors import StoreError
from client_import.merge.apply import apply_plan
from client_import.merge.plan import make_plan
from client_import.pipeline import detect, validate
from tests.support.limits import LIMITS
from tests.support.program import Program, import_options

CLIENTS = b"Code,Name,Type\nA1,Ann,Individual\nB2,Bob,Ltd\n"
BY_NAME = {"match_on": "Name"}
OTHER = "INSERT INTO clients BY NAME SELECT '{}' AS code, '{}' AS name, 'Trust' AS type, 'Active' AS status"


@pytest.fixture
def filled(program: Program) -> Program:
    """The program with the clients A1 and B2."""
    assert program.run(CLIENTS)["createdCount"] == 2
    return program


@pytest.mark.both_stores
@pytest.mark.parametrize("none", ["NULL", "''", "' '"])
def test_clients_without_a_code_share_none(filled: Program, none: str) -> None:
    filled.change(f"UPDATE clients SET code = {none}")
    job = filled.run(b"Name,Type,Team\nAnn,Individual,North\n", **BY_NAME)
    assert (job["status"], job["updatedCount"]) == ("Completed", 1)


GIVEN: dict[str, tuple[bytes, dict[int, set[str]], list[str]]] = {
    "free": (b"Name,Code\nBob,B9\n", {}, ["A1", "B9"]),
    "taken": (b"Name,Code\nBob,a1\n", {2: {"code_taken"}}, ["", "A1"]),
    "shared": (b"Name,Code\nBob,X1\nCid,x1\n", {2: {"code_taken"}, 3: {"code_taken"}}, ["", "A1"]),
    "generated": (b"Name,Code\nBob,C000001\nCid,\n", {}, ["A1", "C000001", "C000002"]),
}


@pytest.mark.both_stores
@pytest.mark.parametrize(
    ("given", "none"),
    [
        *(("free", none) for none in ("NULL", "''", "' '")),
        *((given, none) for given in ("taken", "generated") for none in ("NULL", "' '")),
        ("shared", "''"),
    ],
)
def test_a_client_without_a_code_is_given_one_that_is_free(filled: Program, given: str, none: str) -> None:
    data, reasons, codes = GIVEN[given]
    filled.change(f"UPDATE clients SET code = {none} WHERE code = 'B2'")
    before = filled.clients()
    job = filled.run(data, default_type="Individual", **BY_NAME)
    assert (job["status"], filled.reasons(job["code"])) == ("Completed", reasons)
    assert sorted((row["code"] or "").strip() for row in filled.clients()) == codes
    if job["updatedCount"] and not job["createdCount"]:
        filled.undo(job["code"])
        assert filled.clients() == before


@pytest.mark.both_stores
def test_a_client_without_a_code_that_is_not_to_be_updated_is_given_none(filled: Program) -> None:
    filled.change("UPDATE clients SET code = NULL WHERE code = 'B2'")
    job = filled.run(b"Name,Code\nBob,A1\n", mode="create-only", **BY_NAME)
    assert filled.reasons(job["code"]) == {2: {"already_exists"}}


@pytest.mark.both_stores
@pytest.mark.parametrize("code", ["c000001", "C000001\u00a0", "C\u00ad000001", " C000001", "C000001\t"])
def test_a_code_is_generated_that_no_client_has_however_it_is_written(filled: Program, code: str) -> None:
    filled.change(f"UPDATE clients SET code = '{code}' WHERE code = 'B2'")
    assert filled.run(b"Name,Type\nCid,Ltd\n", **BY_NAME)["createdCount"] == 1
    assert {client["code"] for client in filled.clients()} == {"A1", code, "C000002"}


@pytest.mark.both_stores
@pytest.mark.parametrize(
    ("stored", "given"),
    [
        *((stored, "x1Y") for stored in ("x1y", "X1Y", "X1y")),
        *(("x1y", given) for given in ("x1y", "X1Y", " x1Y ")),
    ],
)
def test_a_code_is_taken_in_any_letter_case(program: Program, stored: str, given: str) -> None:
    program.run(f"Code,Name,Type\n{stored},Ann,Ltd\n".encode())
    before = program.clients()
    job = program.run(f"Name,Code,Type\nBob,{given},Ltd\n".encode(), **BY_NAME)
    assert (job["status"], program.reasons(job["code"])) == ("Completed", {2: {"code_taken"}})
    assert program.clients() == before


@pytest.mark.both_stores
@pytest.mark.parametrize("given", ["a1", "A1"])
def test_the_clients_own_code_is_no_other_in_any_letter_case(program: Program, given: str) -> None:
    program.run(b"Code,Name,Type\nA1,Ann,Ltd\n")
    job = program.run(f"Name,Code,Team\nAnn,{given},North\n".encode(), **BY_NAME)
    assert (job["updatedCount"], [client["code"] for client in program.clients()]) == (1, [given])


def apply_after(program: Program, data: bytes, change: str, **given: str) -> None:
    """Import ``data`` by a plan that was made before the SQL ``change`` of the clients."""
    code, options = program.receive(data, **given), import_options(**given)
    folder, job = program.home.job(code), program.store.start(code)
    file_spec = detect(folder, options, program.known, LIMITS)
    staged = validate(folder, file_spec, options, LIMITS, 1)
    with program.database.open() as session:
        plan = make_plan(session, folder, file_spec.mapping, options, staged)
        session.tables.execute(change)
        apply_plan(session, job, file_spec.mapping, options, staged, plan)


@pytest.mark.parametrize(
    ("data", "change", "options"),
    [
        (b"Code,Name,Type\nC3,Cy,Ltd\n", OTHER.format("C3", "Cyd"), {}),
        (b"Code,Name,Type\nC3,Cy,Ltd\n", OTHER.format("c3", "Cyd"), {}),
        (b"Code,Name,Type\nStra\xc3\x9fe,Cy,Ltd\n", OTHER.format("STRASSE", "Cyd"), {}),
        (b"Name,Code,Type\nCy,c3,Ltd\n", OTHER.format("C3", "Cyd"), BY_NAME),
        (b"Name,Code\nAnn,a1\n", OTHER.format("A1", "Cyd"), BY_NAME),
        (b"Code,Name\nA1,Anna\n", OTHER.format("a1", "Cyd"), {}),
        (b"Code,Name\nA1,Anna\nB2,Bobby\n", "DELETE FROM clients WHERE code = 'A1'", {}),
    ],
    ids=["created", "created, letter case", "created, folded", "by name", "updated code", "updated", "gone"],
)
def test_what_the_plan_is_wrong_about_changes_nothing(
    filled: Program, data: bytes, change: str, options: dict[str, str]
) -> None:
    with duckdb.connect(str(filled.home.clients_database)) as connection:
        connection.execute(f"BEGIN; {change}")
        expected = connection.execute("SELECT * FROM clients ORDER BY code").fetchall()
        connection.execute("ROLLBACK")
    with pytest.raises(StoreError, match=r"do not agree .*nothing was changed"):
        apply_after(filled, data, change, **options)
    assert [tuple(client.values()) for client in filled.clients()] == expected
    assert len(filled.query("SELECT * FROM import_jobs")) == 1


def test_codes_that_another_program_has_made_twice_stop_no_import_of_others(filled: Program) -> None:
    apply_after(filled, b"Code,Name,Type\nC3,Cy,Ltd\nB2,Bobby,Ltd\n", OTHER.format("a1", "Another"))
    codes = [(client["code"], client["name"]) for client in filled.clients()]
    assert codes == [("A1", "Ann"), ("B2", "Bobby"), ("C3", "Cy"), ("a1", "Another")]
