"""Covers the changes of a job as they are read back: order, filters, pages, masks, and all of them as CSV."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest

from client_import.errors import JobStateError, OptionsError, StoreError
from client_import.history.entries import Entry, Kind
from client_import.history.of_job import (
    ChangesFilter,
    all_changes,
    changes_of,
    check_history,
    count_changes,
    write_changes,
)
from client_import.jobs.record import Status
from client_import.validation.validate import MASK
from tests.support.program import Program

pytestmark = pytest.mark.both_stores

FIRST = b"Code,Name,Type,Email,PersonalCode\nb2,Bob,Ltd,b@example.com,s1\nA1,Ann,Individual,,\nC/3%_?#,Cy,Ltd,,\n"
SECOND = (
    b"Code,Name,Email,PersonalCode,TradingAs,PclSent\nB2,Bobby,bob@example.com,s2,=1+1,yes\nA1,Anna,,,,\n"
    b"C/3%_?#,Cy,,,,\n"
)


@pytest.fixture
def jobs(program: Program) -> tuple[str, str]:
    """The codes of two imports: one creates three clients, the other updates two of them."""
    first, second = program.run(FIRST), program.run(SECOND)
    assert (first["createdCount"], second["updatedCount"], second["skippedCount"]) == (3, 2, 1)
    return str(first["code"]), str(second["code"])


def updated(code: str, field: str, before: str | None, after: str | None) -> Entry:
    return Entry(code, field, before, after, Kind.UPDATED)


def test_a_created_client_is_one_change_without_a_field(program: Program, jobs: tuple[str, str]) -> None:
    with program.database.read() as reader:
        created = changes_of(reader, jobs[0])
        assert created == [Entry(code, None, None, None, Kind.CREATED) for code in ("A1", "C/3%_?#", "b2")]
        assert count_changes(reader, jobs[0]) == 3
    assert created[0].to_json() == {"code": "A1", "field": None, "from": None, "to": None, "kind": "created"}


def test_updates_are_field_by_field_in_the_order_of_the_catalogue(program: Program, jobs: tuple[str, str]) -> None:
    with program.database.read() as reader:
        assert changes_of(reader, jobs[1], reveal=True) == [
            updated("A1", "Name", "Ann", "Anna"),
            updated("B2", "Name", "Bob", "Bobby"),
            updated("B2", "Code", "b2", "B2"),
            updated("B2", "Email", "b@example.com", "bob@example.com"),
            updated("B2", "PclSent", None, "true"),
            updated("B2", "TradingAs", None, "=1+1"),
            updated("B2", "PersonalCode", "s1", "s2"),
        ]


def test_sensitive_values_are_masked_unless_they_are_revealed(program: Program, jobs: tuple[str, str]) -> None:
    with program.database.read() as reader:
        masked = changes_of(reader, jobs[1])
        assert masked[-1] == updated("B2", "PersonalCode", MASK, MASK)
        assert masked[:-1] == changes_of(reader, jobs[1], reveal=True)[:-1]
        assert [each for batch in all_changes(reader, jobs[1]) for each in batch] == masked


def test_pages_are_all_changes(program: Program, jobs: tuple[str, str]) -> None:
    with program.database.read() as reader:
        paged = [each for offset in range(0, 9, 2) for each in changes_of(reader, jobs[1], offset=offset, limit=2)]
        assert paged == changes_of(reader, jobs[1])
        assert len(paged) == count_changes(reader, jobs[1]) == 7


FILTERS = [
    (ChangesFilter(field="Name"), 2),
    (ChangesFilter(field="Website"), 0),
    (ChangesFilter(kind=Kind.UPDATED), 7),
    (ChangesFilter(kind=Kind.REMOVED), 0),
    (ChangesFilter(client="b"), 6),
    (ChangesFilter(client="1", field="Name"), 1),
    (ChangesFilter(client="%"), 0),
    (ChangesFilter(client="'; --"), 0),
    (ChangesFilter(client="\0"), 0),
    (ChangesFilter(client="\udcff"), 0),
]


def test_filters(program: Program, jobs: tuple[str, str]) -> None:
    with program.database.read() as reader:
        for wanted, found in FILTERS:
            changes = changes_of(reader, jobs[1], wanted)
            assert len(changes) == count_changes(reader, jobs[1], wanted) == found, wanted
            assert all(each.field == wanted.field for each in changes if wanted.field), wanted


def test_a_wildcard_in_the_text_is_a_letter_like_any_other(program: Program, jobs: tuple[str, str]) -> None:
    with program.database.read() as reader:
        assert [each.code for each in changes_of(reader, jobs[0], ChangesFilter(client="%_"))] == ["C/3%_?#"]


def test_a_field_that_there_is_not_is_named() -> None:
    with pytest.raises(OptionsError, match=r'There is no field Emial. Did you mean "Email"'):
        ChangesFilter(field="Emial")


def test_removed_clients_are_changes(program: Program, jobs: tuple[str, str]) -> None:
    program.change(f"INSERT INTO removed_clients VALUES ('{jobs[1]}', 'D4', TIMESTAMP '2026-01-01', '{{}}')")
    with program.database.read() as reader:
        assert changes_of(reader, jobs[1])[-1] == Entry("D4", None, None, None, Kind.REMOVED)
        assert count_changes(reader, jobs[1], ChangesFilter(kind=Kind.REMOVED)) == 1


def test_csv_has_every_change_and_guards_formulas(program: Program, jobs: tuple[str, str]) -> None:
    file = io.BytesIO()
    with program.database.read() as reader:
        write_changes(all_changes(reader, jobs[1], reveal=True), file)
    text = file.getvalue().decode("utf-8")
    assert text.startswith('\ufeffcode,field,from,to,kind\r\n"A1","Name","Ann","Anna","updated"\r\n')
    assert text.endswith("\r\n")
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))
    assert [row["to"] for row in rows if row["field"] in ("TradingAs", "PersonalCode")] == ["'=1+1", "s2"]
    assert rows[4] == {"code": "B2", "field": "PclSent", "from": "", "to": "true", "kind": "updated"}
    assert len(rows) == 7


def test_more_changes_than_one_batch_has(program: Program) -> None:
    rows = b"".join(b"C%d,Name %d,Ltd\n" % (number, number) for number in range(12_000))
    job = str(program.run(b"Code,Name,Type\n" + rows)["code"])
    with program.database.read() as reader:
        batches = list(all_changes(reader, job))
    codes = [each.code for batch in batches for each in batch]
    assert len(batches) > 1
    assert codes == sorted(f"C{number}" for number in range(12_000))


def test_jobs_without_a_history_say_why(program: Program, jobs: tuple[str, str]) -> None:
    done = program.store.job(jobs[0])
    with program.database.read() as reader:
        check_history(reader, done)
        check_history(reader, replace(done, status=Status.FAILED, code="f" * 10))
        with pytest.raises(JobStateError, match="is still InProgress"):
            check_history(reader, replace(done, status=Status.IN_PROGRESS))
        with pytest.raises(StoreError, match=r"has no history of job z{10}: the job is from before"):
            check_history(reader, replace(done, code="z" * 10))
    program.change(f"UPDATE import_jobs SET number = NULL WHERE code = '{jobs[0]}'")
    with program.database.read() as reader, pytest.raises(StoreError, match="has no history of job"):
        check_history(reader, done)


def test_an_empty_database_has_no_changes(program: Program) -> None:
    with program.database.read() as reader:
        assert changes_of(reader, "a" * 10) == []
        assert count_changes(reader, "a" * 10) == 0
        assert list(all_changes(reader, "a" * 10)) == []
