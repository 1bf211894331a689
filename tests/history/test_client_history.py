"""Covers the history of one client: the order, Codes that changed, and what other programs have done since."""

from __future__ import annotations

import pytest

from client_import.errors import ClientNotFoundError
from client_import.history.entries import Kind
from client_import.history.of_client import ClientHistory, history_of
from client_import.validation.validate import MASK
from tests.support.program import Program

pytestmark = pytest.mark.both_stores

Line = tuple[str | None, str | None, str | None, str | None, str]


def history(program: Program, code: str, *, reveal: bool = False) -> ClientHistory:
    with program.database.read() as reader:
        return history_of(reader, code, reveal=reveal)


def lines(found: ClientHistory) -> list[Line]:
    """Each entry as field, from, to, job and kind."""
    return [
        (each.entry.field, each.entry.before, each.entry.after, each.job, str(each.entry.kind))
        for each in found.entries
    ]


def run(program: Program, data: str, **options: str) -> str:
    """Import the file and return the code of its job."""
    job = program.run(data.encode(), **options)
    assert (job["status"], job["errorCount"]) == ("Completed", 0)
    return str(job["code"])


def test_changes_are_oldest_first_with_job_file_and_time(program: Program) -> None:
    first = run(program, "Code,Name,Type,PersonalCode\nÄ1,Ann,Ltd,s1\nB2,Bob,Ltd,\n")
    second = run(program, "Code,Name,PersonalCode\nä1,Anna,s2\n")
    third = run(program, "Code,Name\nä1,Annabel\n")
    found = history(program, "ä1")
    assert lines(found) == [
        (None, None, None, first, "created"),
        ("Name", "Ann", "Anna", second, "updated"),
        ("Code", "Ä1", "ä1", second, "updated"),
        ("PersonalCode", MASK, MASK, second, "updated"),
        ("Name", "Anna", "Annabel", third, "updated"),
    ]
    assert found.notice is None
    assert found == history(program, "Ä1")
    assert ("PersonalCode", "s1", "s2", second, "updated") in lines(history(program, "ä1", reveal=True))
    assert [each.at for each in found.entries] == sorted(each.at for each in found.entries if each.at)
    assert found.entries[0].to_json() == {
        "code": "Ä1",
        "field": None,
        "from": None,
        "to": None,
        "kind": "created",
        "job": first,
        "fileName": "clients.csv",
        "at": found.entries[0].to_json()["at"],
    }


def test_a_code_that_nobody_has_or_had(program: Program) -> None:
    run(program, "Code,Name,Type\nA1,Ann,Ltd\n")
    for code in ("A2", "", "%", "A1' OR '1'='1", "\0", "\udcff", "x" * 5_000):
        with pytest.raises(ClientNotFoundError, match="There is no client"):
            history(program, code)


def test_nobody_is_in_an_empty_database(program: Program) -> None:
    with pytest.raises(ClientNotFoundError):
        history(program, "A1")


def test_a_field_that_another_program_changed_is_the_last_entry(program: Program) -> None:
    run(program, "Code,Name,Type,VatRegistered\nA1,Ann,Ltd,no\n")
    second = run(program, "Code,Name,VatRegistered\nA1,Anna,yes\n")
    program.change("UPDATE clients SET name = 'Hannah', vat_registered = false")
    found = history(program, "A1")
    assert lines(found)[-3:] == [
        ("VatRegistered", "false", "true", second, "updated"),
        ("Name", "Anna", "Hannah", None, "updated"),
        ("VatRegistered", "true", "false", None, "updated"),
    ]
    assert found.notice == "Another program has changed it since: Name, VatRegistered."
    assert found.entries[-1].to_json() | {"fileName": None, "at": None} == found.entries[-1].to_json()


def test_another_writer_is_told_by_its_trace(program: Program) -> None:
    run(program, "Code,Name,Type\nA1,Ann,Ltd\n")
    program.change("UPDATE clients SET email = 'a@example.com', updated_by_job = 'crm'")
    found = history(program, "A1")
    assert lines(found)[-1] == (None, None, None, None, "updated")
    assert found.notice == "Another program has changed it since: the history does not say what."


def test_a_client_that_another_program_removed(program: Program) -> None:
    first = run(program, "Code,Name,Type\nA1,Ann,Ltd\n")
    program.change("DELETE FROM clients")
    found = history(program, "A1")
    assert lines(found) == [(None, None, None, first, "created"), (None, None, None, None, "removed")]
    assert found.notice == "Another program has removed it, or changed its Code, since."


def test_a_client_of_another_program(program: Program) -> None:
    run(program, "Code,Name,Type\nA1,Ann,Ltd\n")
    program.change("INSERT INTO clients (code, name, type) VALUES ('X1', 'Xi', 'Trust')")
    found = history(program, "x1")
    assert lines(found) == [(None, None, None, None, "updated")]
    assert found.notice == "Another program has written it: no job has."


def test_a_client_from_before_there_was_a_history(program: Program) -> None:
    first = run(program, "Code,Name,Type\nA1,Ann,Ltd\n")
    program.change("DELETE FROM client_creations")
    program.change(f"UPDATE import_jobs SET number = NULL WHERE code = '{first}'")
    found = history(program, "A1")
    assert lines(found) == []
    assert found.notice == "It was imported before there was a history, and no job has changed it since."


def removed(program: Program, job: str, undo: str) -> None:
    """Do what the undo of the job ``job`` does with the client A1, for which the number 2 is free."""
    content = f'{{"code": "A1", "updated_by_job": "{job}"}}'
    ledger = "code, status, file_name, total_items, processed_items, created_count, updated_count, skipped_count"
    program.change(
        f"INSERT INTO import_jobs ({ledger}, error_count, created_date, started_date, completed_date, number, undoes) "
        f"SELECT '{undo}', status, 'Undo of {job}', 1, 1, 0, 0, 0, 0, created_date, started_date, completed_date, "
        f"number + 1, '{job}' FROM import_jobs WHERE number = (SELECT max(number) FROM import_jobs)"
    )
    program.change(f"INSERT INTO removed_clients SELECT code, 'A1', completed_date, '{content}' "
                   f"FROM import_jobs WHERE code = '{undo}'")  # fmt: skip
    program.change("DELETE FROM clients WHERE code = 'A1'")


def test_a_client_that_an_undo_removed_and_an_import_created_again(program: Program) -> None:
    first = run(program, "Code,Name,Type\nA1,Ann,Ltd\nB2,Bob,Ltd\n")
    removed(program, first, "u" * 10)
    gone = history(program, "a1")
    assert lines(gone) == [(None, None, None, first, "created"), (None, None, None, "u" * 10, "removed")]
    assert gone.notice is None
    again = run(program, "Code,Name,Type\nA1,Ann,Ltd\n")
    found = history(program, "A1")
    assert lines(found) == [*lines(gone), (None, None, None, again, "created")]
    assert found.notice is None


def test_a_removed_client_that_another_program_created_again(program: Program) -> None:
    first = run(program, "Code,Name,Type\nA1,Ann,Ltd\nB2,Bob,Ltd\n")
    removed(program, first, "u" * 10)
    program.change("INSERT INTO clients (code, name) VALUES ('A1', 'Ann')")
    found = history(program, "A1")
    assert lines(found)[-1] == (None, None, None, None, "created")
    assert found.notice == "It was removed, and another program has created a client with its Code since."


def test_a_client_that_was_brought_back_has_the_trace_of_before(program: Program) -> None:
    first = run(program, "Code,Name,Type\nA1,Ann,Ltd\nB2,Bob,Ltd\n")
    removed(program, first, "u" * 10)
    second = run(program, "Code,Name,Type\nA1,Ann,Ltd\n")
    program.change(f"UPDATE clients SET updated_by_job = '{first}', created_by_job = '{first}' WHERE code = 'A1'")
    found = history(program, "A1")
    assert lines(found)[-1] == (None, None, None, second, "created")
    assert found.notice is None


def test_one_that_another_program_removed_is_placed_by_its_time(program: Program) -> None:
    first = run(program, "Code,Name,Type\nA1,Ann,Ltd\n")
    program.change("INSERT INTO removed_clients SELECT NULL, 'A1', completed_date, '{}' FROM import_jobs")
    program.change("DELETE FROM clients")
    second = run(program, "Code,Name,Type\nA1,Ann,Ltd\n")
    found = history(program, "A1")
    assert [line[3:] for line in lines(found)] == [(first, "created"), (None, "removed"), (second, "created")]
    assert found.entries[1].at is not None
    assert found.entries[1].entry.kind is Kind.REMOVED
    assert found.notice is None


def test_undos_are_part_of_the_history_and_no_other_program(program: Program) -> None:
    first = run(program, "Code,Name,Type\nA1,Ann,Ltd\n")
    second = run(program, "Code,Name\nA1,Anna\n")
    put_back = str(program.undo(second)["code"])
    removed_by = str(program.undo(first)["code"])
    assert lines(history(program, "A1"))[-1] == (None, None, None, removed_by, "removed")
    brought_back = str(program.undo(removed_by)["code"])
    found = history(program, "A1")
    assert lines(found) == [
        (None, None, None, first, "created"),
        ("Name", "Ann", "Anna", second, "updated"),
        ("Name", "Anna", "Ann", put_back, "updated"),
        (None, None, None, removed_by, "removed"),
        (None, None, None, brought_back, "created"),
    ]
    assert found.notice is None
    assert found.entries[-1].file_name == f"Undo of {removed_by}"
    again = str(program.undo(put_back)["code"])
    found = history(program, "A1")
    assert lines(found)[-1] == ("Name", "Ann", "Anna", again, "updated")
    assert found.notice is None
