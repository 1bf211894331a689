"""Taking a job back: the table is as before, and what came later stays (docs/rules.md, section 11).

Not here: any number of jobs in any order (test_undo_model.py), processes that die, and the doors.
"""

from __future__ import annotations

from typing import Any

import pytest

from client_import.errors import JobStateError
from client_import.merge import transaction
from client_import.undo.plan import LeftReason
from tests.support.program import Program

pytestmark = pytest.mark.both_stores

FIRST = (
    b"Code,Name,Type,Email,DateOfBirth,Vatable\r\n"
    b"A1,Ann,Individual,ann@example.com,1990-12-31,Yes\r\n"
    b"B2,Bob,Individual,bob@example.com,,\r\n"
)
SECOND = b"Code,Name,Email,DateOfBirth\r\nA1,Anna,anna@example.com,1991-01-01\r\nC3,Cid,,\r\n"


def run(program: Program, data: bytes, **options: Any) -> str:
    record = program.run(data, default_type="Individual", **options)
    assert record["status"] == "Completed", record
    return str(record["code"])


def counts(record: dict[str, Any]) -> tuple[Any, ...]:
    names = ("status", "totalItems", "removedCount", "updatedCount", "createdCount", "skippedCount", "errorCount")
    return tuple(record[name] for name in names)


def test_undo_of_the_last_import_leaves_the_table_as_it_was(program: Program) -> None:
    run(program, FIRST)
    before = program.clients()
    code = run(program, SECOND)
    record = program.undo(code)
    assert counts(record) == ("Completed", 2, 1, 1, 0, 0, 0)
    assert (record["fileName"], record["undoes"], record["outcome"]) == (f"Undo of {code}", code, "Clean")
    assert program.clients() == before
    assert program.store.job(code).undone_by == record["code"]


def test_undo_of_the_first_import_leaves_what_came_later(program: Program) -> None:
    first = run(program, FIRST)
    run(program, SECOND)
    record = program.undo(first)
    assert counts(record) == ("Completed", 2, 1, 0, 0, 1, 0)
    assert [client["code"] for client in program.clients()] == ["A1", "C3"]
    assert [(row["Code"], row["Field"], row["import_reason"]) for row in program.not_imported(record["code"])] == [
        ("A1", "", "changed_since")
    ]


@pytest.mark.parametrize("most_cells", [None, 1], ids=["in place", "anew"])
def test_undo_of_an_undo_brings_everything_back(
    program: Program, monkeypatch: pytest.MonkeyPatch, most_cells: int | None
) -> None:
    if most_cells:
        monkeypatch.setattr(transaction, "MOST_CELLS", (most_cells,))
    run(program, FIRST)
    code = run(program, SECOND)
    after = program.clients()
    undo = program.undo(code)
    again = program.undo(undo["code"])
    assert counts(again) == ("Completed", 2, 0, 1, 1, 0, 0)
    assert program.clients() == after
    assert program.store.job(code).undone_by is None
    assert counts(program.undo(code)) == ("Completed", 2, 1, 1, 0, 0, 0)


def test_field_that_another_program_has_changed_stays(program: Program) -> None:
    run(program, FIRST)
    code = run(program, SECOND)
    program.change("UPDATE clients SET email = 'new@example.com' WHERE code = 'A1'")
    program.change("UPDATE clients SET name = 'Cyd' WHERE code = 'C3'")
    seen = program.undo_preview(code)
    assert [(each.code, each.field, each.reason) for each in seen.left] == [
        ("A1", "Email", LeftReason.CHANGED_SINCE),
        ("C3", None, LeftReason.CHANGED_SINCE),
    ]
    record = program.undo(code)
    assert counts(record) == ("Completed", 2, 0, 1, 0, 1, 0)
    ann = program.query("SELECT name, email, updated_by_job FROM clients WHERE code = 'A1'")[0]
    assert ann == {"name": "Ann", "email": "new@example.com", "updated_by_job": record["code"]}


def test_field_that_a_later_import_has_set_and_set_back_stays(program: Program) -> None:
    run(program, FIRST)
    code = run(program, b"Code,Name\r\nA1,Anna\r\n")
    run(program, b"Code,Name\r\nA1,Other\r\n")
    run(program, b"Code,Name\r\nA1,Anna\r\n")
    assert counts(program.undo(code)) == ("Completed", 1, 0, 0, 0, 1, 0)


def test_later_import_that_is_undone_is_none(program: Program) -> None:
    run(program, FIRST)
    before = program.clients()
    code = run(program, SECOND)
    program.undo(run(program, b"Code,Name\r\nA1,Other\r\nC3,Other\r\n"))
    assert counts(program.undo(code)) == ("Completed", 2, 1, 1, 0, 0, 0)
    assert program.clients() == before


def test_client_that_is_gone_stays_gone(program: Program) -> None:
    run(program, FIRST)
    code = run(program, SECOND)
    program.change("DELETE FROM clients WHERE code IN ('A1', 'C3')")
    assert counts(program.undo(code)) == ("Completed", 2, 0, 0, 0, 2, 0)


def test_client_that_was_made_anew_stays(program: Program) -> None:
    code = run(program, FIRST)
    undo = program.undo(code)
    run(program, b"Code,Name\r\na1,Another\r\n")
    record = program.undo(undo["code"])
    assert counts(record) == ("Completed", 2, 0, 0, 1, 1, 0)
    assert [client["name"] for client in program.query("SELECT name FROM clients ORDER BY name")] == ["Another", "Bob"]


def test_client_that_a_later_import_made_anew_as_it_was_stays(program: Program) -> None:
    code = run(program, FIRST)
    updated = run(program, SECOND)
    program.change("DELETE FROM clients")
    run(program, FIRST)
    run(program, SECOND)
    before = program.clients()
    assert counts(program.undo(code)) == ("Completed", 2, 0, 0, 0, 2, 0)
    assert counts(program.undo(updated)) == ("Completed", 2, 0, 0, 0, 2, 0)
    assert program.clients() == before


def test_undone_import_can_be_imported_again(program: Program) -> None:
    run(program, FIRST)
    code = run(program, SECOND)
    traces = ("created_at", "updated_at", "created_by_job", "updated_by_job")
    after = [{name: value for name, value in row.items() if name not in traces} for row in program.clients()]
    program.undo(code)
    run(program, SECOND)
    assert [{name: row[name] for name in after[0]} for row in program.clients()] == after


def test_letter_case_of_a_code_is_put_back(program: Program) -> None:
    run(program, FIRST)
    before = program.clients()
    code = run(program, b"Code,Name\r\na1,Anna\r\n")
    undo = program.undo(code)
    assert program.clients() == before
    program.undo(undo["code"])
    assert program.query("SELECT name FROM clients WHERE code = 'a1'") == [{"name": "Anna"}]


def test_emptied_field_is_filled_again(program: Program) -> None:
    run(program, FIRST)
    before = program.clients()
    program.undo(run(program, b"Code,Email,DateOfBirth,Vatable\r\nA1,#N/A,#N/A,#N/A\r\n"))
    assert program.clients() == before


def test_generated_codes_are_free_again(program: Program) -> None:
    first = run(program, b"Name\r\nAnn\r\nBob\r\n", match_on="Name")
    program.undo(first)
    run(program, b"Name\r\nCid\r\n", match_on="Name")
    assert program.query("SELECT code, name FROM clients") == [{"code": "C000001", "name": "Cid"}]


@pytest.mark.parametrize("what", ["undone", "unknown to the clients", "nothing changed", "failed"])
def test_what_cannot_be_undone_is_refused(program: Program, what: str) -> None:
    code = run(program, FIRST)
    if what == "undone":
        program.undo(code)
    elif what == "unknown to the clients":
        program.change(f"DELETE FROM import_jobs WHERE code = '{code}'")
    elif what == "nothing changed":
        code = run(program, FIRST)
    else:
        code = str(program.run(b"Code,Name,Email\r\nX,Xan,nonsense\r\n", max_errors="0")["code"])
    before = program.clients()
    if what == "unknown to the clients":
        assert program.undo(code)["status"] == "Failed"
    else:
        with pytest.raises(JobStateError, match=f"Job {code}"):
            program.undo(code)
    assert program.clients() == before


def test_job_of_an_older_version_is_older_than_the_history(program: Program) -> None:
    code = run(program, FIRST)
    program.change("UPDATE import_jobs SET number = NULL")
    with pytest.raises(JobStateError, match="older than the history"):
        program.undo_preview(code)
    record = program.undo(code)
    assert (record["status"], record["createdCount"]) == ("Failed", 0)
    assert "older than the history" in record["failureReason"]


def test_history_that_is_gone_is_said_to_be(program: Program) -> None:
    code = run(program, FIRST)
    program.change("DELETE FROM client_creations")
    record = program.undo(code)
    assert record["status"] == "Failed"
    assert "history" in record["failureReason"]
    assert len(program.clients()) == 2


def as_of(program: Program, moment: object) -> list[tuple[Any, ...]]:
    """Name, e-mail and who changed them of the clients at a time, as the database itself tells it."""
    asked = f"SELECT code, name, email, updated_by_job FROM clients_as_of(TIMESTAMP '{moment}') ORDER BY code"
    if not program.clients_url:
        return [tuple(row.values()) for row in program.query(asked)]
    import psycopg

    with psycopg.connect(program.clients_url) as connection:
        return connection.execute(asked.encode()).fetchall()


def test_clients_as_they_were_at_a_time(program: Program) -> None:
    program.undo(run(program, FIRST))
    first, second = run(program, FIRST), run(program, SECOND)
    program.undo(second)
    rows = program.query("SELECT completed_date AS at FROM import_jobs ORDER BY number")
    empty: list[tuple[Any, ...]] = []
    old = [("A1", "Ann", "ann@example.com", first), ("B2", "Bob", "bob@example.com", first)]
    new = [("A1", "Anna", "anna@example.com", second), old[1], ("C3", "Cid", None, second)]
    assert [as_of(program, row["at"]) for row in rows][1:] == [empty, old, new, old]
    assert as_of(program, "2000-01-01") == empty


def test_an_undo_that_only_removes_has_changed_the_clients(program: Program) -> None:
    code = program.run(b"Code,Name,Type\nA1,Ann,Individual\n")["code"]
    assert program.store.figures.changes_made() == 1
    assert program.undo(code)["removedCount"] == 1
    assert program.store.figures.changes_made() == 2


def test_columns_of_other_programs_are_said_to_go_with_the_clients_that_are_removed(program: Program) -> None:
    code = run(program, FIRST)
    assert program.undo_preview(code).plan.notes == ()
    for column in ("region", "tier"):
        program.change(f"ALTER TABLE clients ADD COLUMN {column} VARCHAR")
    assert program.undo_preview(code).plan.notes == ()
    program.change("UPDATE clients SET region = 'North' WHERE code = 'A1'")
    [note] = program.undo_preview(code).plan.notes
    assert note == (
        f"Of the clients that job {code} created, 1 has a value in region, a column of another program. It goes with "
        "the client: one that is brought back has the column's default."
    )
    assert program.undo(code)["notes"] == [note]


def test_an_undo_that_finds_nothing_to_put_back_can_be_done_again(program: Program) -> None:
    run(program, b"Code,Name\r\nA1,Ann\r\n")
    before = program.clients()
    first, second = (run(program, b"Code,Name\r\nA1,%s\r\n" % name) for name in (b"Anna", b"Annie"))
    assert counts(program.undo(first)) == ("Completed", 1, 0, 0, 0, 1, 0)
    assert program.store.job(first).undone_by is None
    program.undo(second)
    assert counts(program.undo(first)) == ("Completed", 1, 0, 1, 0, 0, 0)
    assert program.clients() == before


def test_a_code_that_a_later_import_relied_on_stays(program: Program) -> None:
    run(program, b"Code,Name,Email\r\nA1,Ann,ann@example.com\r\nB2,Bob,bob@example.com\r\n")
    program.change("UPDATE clients SET code = NULL")
    gave = run(program, b"Email,Code\r\nann@example.com,X1\r\nbob@example.com,X2\r\n", match_on="Email")
    run(program, b"Code,Name\r\nX1,Anna\r\n")
    assert counts(program.undo(gave)) == ("Completed", 2, 0, 1, 0, 1, 0)
    assert [(client["code"], client["name"]) for client in program.clients()] == [("X1", "Anna"), (None, "Bob")]


def test_clients_without_a_code_are_counted_each(program: Program) -> None:
    run(program, b"Code,Name\r\nA1,Ann\r\nB2,Bob\r\nC3,Cid\r\n")
    program.change("UPDATE clients SET code = NULL")
    code = run(program, b"Name,Team,Email\r\nAnn,N,a@b.de\r\nBob,N,\r\nCid,S,\r\n", match_on="Name")
    record = program.undo(code)
    assert (counts(record), record["notes"]) == (("Completed", 3, 0, 0, 0, 3, 0), [])
