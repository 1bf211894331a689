"""A database of an older version: it is given the tables of the history, and says so once."""

from __future__ import annotations

import pytest

from client_import.clients.history_tables import HISTORY_TABLES
from client_import.clients.ledger import HISTORY_BEGINS
from client_import.clients.tables import NULLABLE_IN_LEDGER
from client_import.errors import JobStateError
from client_import.fields.catalogue import FIELDS
from client_import.undo_job import check_undoable
from tests.support.program import Program

pytestmark = pytest.mark.both_stores

MARK = "client-import "
ANN = b"Code,Name,Type\r\nA1,Ann,Individual\r\n"
ANNA = b"Code,Name,Type\r\nA1,Anna,Individual\r\n"


def make_older(program: Program) -> None:
    """Have the database be as version 1 made it."""
    if program.clients_url:
        program.change("DROP FUNCTION clients_as_of")
    program.change("DROP VIEW client_changes")
    for table in HISTORY_TABLES:
        program.change(f"DROP TABLE {table}")
    for column in NULLABLE_IN_LEDGER:
        program.change(f"ALTER TABLE import_jobs DROP COLUMN {column}")
    program.change(f"COMMENT ON TABLE clients IS '{MARK}1: {' '.join(field.column for field in FIELDS)}'")


def test_it_gets_its_history_with_a_sentence(program: Program) -> None:
    older = str(program.run(ANN)["code"])
    make_older(program)
    first = program.run(ANNA)
    assert (first["status"], first["notes"]) == ("Completed", [HISTORY_BEGINS])
    assert program.run(ANN)["notes"] == []
    assert program.undo(older)["failureReason"] == (
        f"Job {older} is older than the history of changes, so it cannot be undone."
    )
    assert program.undo(str(first["code"]))["skippedCount"] == 1


def test_dry_run_of_an_undo_gives_it_its_history_too(program: Program) -> None:
    older = str(program.run(ANN)["code"])
    make_older(program)
    with pytest.raises(Exception, match="older than the history"):
        program.undo_preview(older)


@pytest.mark.parametrize("table", [*HISTORY_TABLES])
def test_table_of_the_history_that_is_gone_is_said_to_be(program: Program, table: str) -> None:
    program.run(ANN)
    program.change(f"DROP TABLE {table} {'CASCADE' if program.clients_url else ''}")
    record = program.run(ANNA)
    assert record["status"] == "Failed"
    assert f"no table {table}" in record["failureReason"]


def test_whoever_asks_whether_a_job_can_be_undone_gives_it_its_history(program: Program) -> None:
    older = str(program.run(ANN)["code"])
    make_older(program)
    with pytest.raises(JobStateError, match="older than the history"):
        check_undoable(program.home, program.store, program.database, older)
