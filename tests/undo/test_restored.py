"""Clients or job records that were put back from a copy: what is undone is what the ledger says, and can be undone.

In a file the copies are those of files; on PostgreSQL, rows are taken out of the tables as if they were older ones.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from client_import.errors import JobStateError
from client_import.jobs.agreement import TAKEN_IN
from client_import.jobs.opening import open_job_store
from client_import.jobs.tables import jobs
from client_import.recovery.agree import agree
from client_import.undo_job import check_undoable
from service.place import Place
from service.tables import lost_lines
from tests.support.program import Program

pytestmark = pytest.mark.both_stores

FILE = b"Code,Name,Type\r\nA1,Ann,Individual\r\n"
TABLES = ("clients", "import_jobs", "client_history", "client_creations", "removed_clients")


def imported(program: Program) -> str:
    return str(program.run(FILE)["code"])


def clients_kept(program: Program) -> Callable[[], object]:
    """Keep the clients as they are; returns what puts them back."""
    file = program.home.clients_database
    if program.clients_url:
        for table in TABLES:
            program.change(f"CREATE TABLE kept_{table} AS SELECT * FROM {table}")
        return lambda: put_back(program)
    kept = shutil.copy(file, file.with_name("kept"))
    return lambda: shutil.move(kept, file)


def put_back(program: Program) -> None:
    for table in TABLES:
        program.change(f"DELETE FROM {table}")
        program.change(f"INSERT INTO {table} OVERRIDING SYSTEM VALUE SELECT * FROM kept_{table}")
        program.change(f"DROP TABLE kept_{table}")


def jobs_lost(program: Program, *codes: str) -> None:
    """Have a job store from before these jobs."""
    with program.job_tables() as connection:
        connection.execute(sa.delete(jobs).where(jobs.c.code.in_(codes)))
        connection.execute(sa.text("DELETE FROM ledgers") if not program.clients_url else sa.select(1))


def record(program: Program, code: str) -> dict[str, Any]:
    return program.store.job(code).to_json()


def test_import_can_be_undone_again_whose_undo_the_copy_does_not_have(program: Program) -> None:
    code = imported(program)
    restore = clients_kept(program)
    lost = str(program.undo(code)["code"])
    restore()
    assert len(program.clients()) == 1
    check_undoable(program.home, program.store, program.database, code)
    assert "undoneBy" not in record(program, code)
    [note] = record(program, lost)["notes"]
    assert note.startswith("The clients database does not have this undo: it is a copy from before it, or another one.")
    again = str(program.undo(code)["code"])
    assert program.clients() == []
    assert record(program, code)["undoneBy"] == again
    with pytest.raises(JobStateError, match=f"Job {lost} is not in the clients database"):
        check_undoable(program.home, program.store, program.database, lost)


def test_import_that_the_copy_does_not_have_is_said_to_be_lost_until_it_is_there_again(program: Program) -> None:
    imported(program)
    before, code = clients_kept(program), str(program.run(FILE.replace(b"Ann", b"Anna"))["code"])
    if not program.clients_url:
        shutil.copy(program.home.clients_database, program.home.path / "newest")
    before()
    with pytest.raises(JobStateError, match=f"Job {code} is not in the clients database, so there is nothing of it"):
        check_undoable(program.home, program.store, program.database, code)
    [note] = record(program, code)["notes"]
    assert note.endswith("Put the right one in its place, or import the file again.")
    if not program.clients_url:
        (program.home.path / "newest").replace(program.home.clients_database)
        check_undoable(program.home, program.store, program.database, code)
        assert record(program, code)["notes"] == []
        assert program.undo(code)["status"] == "Completed"


def test_job_store_that_does_not_know_an_undo_is_told_of_it_by_the_ledger(program: Program) -> None:
    code = imported(program)
    undo = program.undo(code)
    jobs_lost(program, str(undo["code"]))
    with pytest.raises(JobStateError, match=f"undone already, by job {undo['code']}"):
        check_undoable(program.home, program.store, program.database, code)
    changed = ("notes", "notImportedDownloadUrl", "completedDate")  # the ledger has when it was applied
    known = {name: value for name, value in undo.items() if name not in changed}
    found = record(program, str(undo["code"]))
    assert found["notes"] == [TAKEN_IN]
    assert {name: found[name] for name in known} == known
    assert program.undo(str(undo["code"]))["createdCount"] == 1
    assert len(program.clients()) == 1


def test_job_store_that_does_not_know_an_import_lists_it_again(program: Program) -> None:
    code = imported(program)
    jobs_lost(program, code)
    agree(program.store, program.database, program.home)
    agree(program.store, program.database, program.home)
    assert [job.code for job in program.store.jobs()] == [code]
    assert program.undo(code)["removedCount"] == 1


def test_import_that_ran_when_the_job_store_was_copied_is_completed(program: Program) -> None:
    code = imported(program)
    completed = record(program, code)
    with program.job_tables() as connection:
        as_recovered = {"status": "Failed", "created_count": 0, "failure_reason": "It is gone.", "total_items": None}
        connection.execute(sa.update(jobs).where(jobs.c.code == code).values(**as_recovered))
    jobs_lost(program)
    check_undoable(program.home, program.store, program.database, code)
    assert {**record(program, code), "completedDate": None} == {**completed, "completedDate": None}
    assert program.undo(code)["removedCount"] == 1


@pytest.mark.file_alone
def test_whoever_lists_the_jobs_sees_what_the_copy_has(program: Program) -> None:
    place = Place(program.settings, program.home, program.store)
    place.clean_up()
    code = imported(program)
    restore, lost = clients_kept(program), str(program.undo(code)["code"])
    restore()
    assert not place.agrees
    place.clean_up()
    assert place.agrees
    shown = {job.code: (job.is_lost, job.undone_by) for job in program.store.jobs()}
    assert shown == {code: (False, None), lost: (True, None)}
    [line] = lost_lines(program.store.jobs())
    assert line.plain.endswith(f"or another one: {lost}")


@pytest.mark.file_alone
def test_the_ledger_is_read_again_only_when_the_file_was_replaced(program: Program) -> None:
    code = imported(program)
    agree(program.store, program.database, program.home)
    program.undo(code)
    imported(program)
    assert program.store.agreement.seen() == program.database.state()
    shutil.copy(program.home.clients_database, program.home.path / "kept")
    (program.home.path / "kept").replace(program.home.clients_database)
    assert program.store.agreement.seen() != program.database.state()
    imported(program)
    assert program.store.agreement.seen() != program.database.state()
    program.store.agreement.note_written(program.store.agreement.seen(), program.database.state())
    assert program.store.agreement.seen() != program.database.state()
    with open_job_store(program.settings, program.home) as store:
        agree(store, program.database, program.home)
        assert store.agreement.seen() == program.database.state()


@pytest.mark.file_alone
def test_clients_that_cannot_be_read_keep_nobody_from_the_list_of_jobs(program: Program) -> None:
    imported(program)
    program.home.clients_database.write_bytes(b"no database")
    place = Place(program.settings, program.home, program.store)
    place.clean_up()
    assert not place.agrees
