"""History of removed clients: kept for its days, then gone with all that it says (docs/rules.md, section 11)."""

from __future__ import annotations

import pytest

from client_import.errors import JobStateError
from tests.support.program import Program

pytestmark = pytest.mark.both_stores

ANN = b"Code,Name,Type\r\nA1,Ann,Individual\r\n"
BOB = b"Code,Name,Type\r\nB2,Bob,Individual\r\n"
TABLES = ("client_history", "client_creations", "removed_clients")


def known(program: Program) -> dict[str, set[object]]:
    """The clients that each table of the history knows."""
    return {table: {row["client"] for row in program.query(f"SELECT client FROM {table}")} for table in TABLES}


def pass_time(program: Program, days: int) -> None:
    """Have everything that was done so far be done so many days earlier."""
    program.change(f"UPDATE removed_clients SET removed_at = removed_at - INTERVAL '{days} days'")
    program.change(f"UPDATE import_jobs SET completed_date = completed_date - INTERVAL '{days} days'")


def a_client_that_was_changed_and_undone(program: Program) -> None:
    code = str(program.run(ANN)["code"])
    program.undo(str(program.run(b"Code,Name\r\nA1,Anna\r\n")["code"]))
    program.undo(code)


@pytest.mark.parametrize(("days", "is_kept"), [(364, True), (366, False)])
def test_history_of_a_removed_client_is_kept_for_its_days(program: Program, days: int, is_kept: bool) -> None:
    a_client_that_was_changed_and_undone(program)
    assert known(program) == {table: {"A1"} for table in TABLES}
    pass_time(program, days)
    program.run(BOB)
    left = {"A1"} if is_kept else set()
    assert known(program) == {"client_history": left, "client_creations": {*left, "B2"}, "removed_clients": left}


def test_client_that_exists_again_keeps_its_history(program: Program) -> None:
    a_client_that_was_changed_and_undone(program)
    pass_time(program, 1000)
    program.run(b"Code,Name,Type\r\na1,Ann,Individual\r\n")
    assert known(program)["client_history"] == {"A1"}


def test_client_that_another_program_deleted_is_missed_by_the_first_job_of_a_day(program: Program) -> None:
    program.run(ANN)
    program.run(b"Code,Name\r\nA1,Anna\r\n")
    program.change("DELETE FROM clients")
    program.run(BOB)
    assert known(program)["removed_clients"] == set()
    pass_time(program, 1)
    program.run(BOB, match_on="Code")
    assert known(program)["removed_clients"] == {"A1"}
    pass_time(program, 366)
    program.run(BOB, match_on="Code")
    assert known(program) == {"client_history": set(), "client_creations": {"B2"}, "removed_clients": set()}


def test_undo_of_clients_forgotten_says_so(program: Program) -> None:
    code = str(program.run(ANN + b"B2,Bob,Individual\r\n")["code"])
    program.change("DELETE FROM clients WHERE code = 'A1'")
    program.change("DELETE FROM client_creations WHERE client = 'A1'")
    record = program.undo(code)
    assert (record["removedCount"], record["totalItems"]) == (1, 1)
    assert record["notes"] == [f"1 client of job {code} had been removed long ago, and the history with them."]


@pytest.mark.parametrize(("days", "is_kept"), [(364, True), (366, False)])
def test_history_of_a_client_without_a_code_is_kept_for_the_days_after_the_job(
    program: Program, days: int, is_kept: bool
) -> None:
    program.run(ANN)
    program.change("UPDATE clients SET code = NULL")
    program.run(b"Name,Email\r\nAnn,ann@example.com\r\n", match_on="Name")
    pass_time(program, days)
    program.run(BOB)
    assert known(program)["client_history"] == ({None} if is_kept else set())


def test_a_client_that_came_back_and_was_deleted_is_missed_again(program: Program) -> None:
    program.undo(str(program.run(ANN)["code"]))
    program.run(ANN)
    pass_time(program, 366)
    program.run(BOB)
    program.change("DELETE FROM clients WHERE code = 'A1'")
    pass_time(program, 1)
    program.run(BOB)
    assert known(program)["client_creations"] == {"A1", "B2"}
    assert len(program.query("SELECT * FROM removed_clients WHERE client = 'A1' AND job IS NULL")) == 1
    pass_time(program, 1)
    program.run(BOB)
    assert len(program.query("SELECT * FROM removed_clients WHERE client = 'A1' AND job IS NULL")) == 1


def test_an_undo_whose_clients_are_forgotten_cannot_be_undone_and_no_backup_is_asked_for(program: Program) -> None:
    undo = str(program.undo(str(program.run(ANN)["code"]))["code"])
    pass_time(program, 366)
    program.run(BOB)
    with pytest.raises(JobStateError, match="is kept for CLIENT_IMPORT_HISTORY_DAYS") as refused:
        program.undo_preview(undo)
    assert "backup" not in str(refused.value)
