"""The ledger (docs/rules.md, sections 5 and 10): one transaction with the clients, and no job applied twice."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest

from client_import.clients.store import open_clients
from client_import.jobs.record import iso
from client_import.mapping.file_spec import FileSpec
from client_import.merge import transaction
from client_import.merge.apply import apply_plan
from client_import.merge.plan import make_plan
from client_import.pipeline import Merged, merge
from client_import.recovery.monitor import JobMonitor
from client_import.validation.stage import Staged
from tests.support.program import Program, import_options

pytestmark = pytest.mark.both_stores

CLIENTS = b"Code,Name,Type\nA1,Ann,Individual\nB2,Bob,Ltd\n"
MIXED = b"Code,Name,Type\nA1,Anna,Individual\nB2,Bob,Ltd\nC3,Cy,Ltd\nD4,Dee,Zorp\n"


def merge_again(program: Program, code: str) -> Merged:
    """Run the merge of the job ``code`` once more, as a retry would."""
    monitor = JobMonitor(program.store, code, "planning")
    return merge(program.database, program.home.job(code), program.store.job(code), import_options(), monitor)


def ledger(program: Program) -> list[dict[str, Any]]:
    """The whole ledger, oldest first."""
    return program.query("SELECT * FROM import_jobs ORDER BY created_date")


def test_ledger_has_the_finished_record_of_every_completed_job(program: Program) -> None:
    jobs = [program.run(data) for data in (CLIENTS, MIXED, CLIENTS, b"")]
    rows = ledger(program)
    assert [row["code"] for row in rows] == [job["code"] for job in jobs]
    for row, job in zip(rows, jobs, strict=True):
        assert row["status"] == job["status"] == "Completed"
        assert row["file_name"] == job["fileName"]
        assert (row["total_items"], row["processed_items"]) == (job["totalItems"], job["processedItems"])
        counts = [row[f"{end}_count"] for end in ("created", "updated", "skipped", "error")]
        assert counts == [job[f"{end}Count"] for end in ("created", "updated", "skipped", "error")]


@pytest.mark.parametrize(("data", "options"), [(b"%PDF-1.7\n", {}), (MIXED, {"max_errors": "0"})])
def test_job_that_failed_is_not_in_the_ledger(program: Program, data: bytes, options: dict[str, str]) -> None:
    first = program.run(CLIENTS)
    program.run(data, **options)
    assert [row["code"] for row in ledger(program)] == [first["code"]]


def test_recorded_job_is_the_one_that_was_applied(program: Program) -> None:
    program.run(CLIENTS)
    job = program.run(MIXED)
    with program.database.open() as session:
        found = session.recorded(job["code"])
        missing = session.recorded("nosuchjob")
    assert found is not None
    assert missing is None
    public = found.to_json()
    same = ["code", "status", "fileName", "totalItems", "processedItems", "createdDate", "startedDate", "outcome"]
    counts = ["createdCount", "updatedCount", "skippedCount", "errorCount"]
    assert {name: public[name] for name in same + counts} == {name: job[name] for name in same + counts}
    assert found.has_not_imported


def test_merging_a_job_that_the_ledger_has_changes_nothing(program: Program) -> None:
    program.run(CLIENTS)
    code = program.run(MIXED)["code"]
    program.run(b"Code,Name,Type\nA1,Annie,Individual\n")
    before, rows = program.clients(), ledger(program)
    again = merge_again(program, code)
    assert (again.job.code, again.clients) == (code, 3)
    assert (again.job.counts.created, again.job.counts.updated) == (1, 1)
    assert (program.clients(), ledger(program)) == (before, rows)


def test_applying_a_plan_twice_applies_it_once(program: Program) -> None:
    code = program.run(CLIENTS, max_errors="100")["code"]
    folder, options, job = program.home.job(code), import_options(), program.store.job(code)
    file_spec, staged = FileSpec.load(folder.layout), Staged.load(folder.staged)
    program.change("DELETE FROM clients")
    program.change("DELETE FROM import_jobs")
    with program.database.open() as session:
        plan = make_plan(session, folder, file_spec.mapping, options, staged)
        first = apply_plan(session, job, file_spec.mapping, options, staged, plan)
        again = apply_plan(session, job, file_spec.mapping, options, staged, plan)
    assert first.counts == again.counts
    assert iso(first.completed_date) == iso(again.completed_date)
    assert [client["code"] for client in program.clients()] == ["A1", "B2"]
    assert len(ledger(program)) == 1


@pytest.mark.parametrize(
    "sabotage",
    [
        "CREATE UNIQUE INDEX only_one ON import_jobs (status)",
        "CREATE UNIQUE INDEX only_one ON clients (type)",
    ],
    ids=["the ledger cannot be written", "a client cannot be written"],
)
def test_clients_and_ledger_are_written_together_or_not_at_all(program: Program, sabotage: str) -> None:
    program.run(CLIENTS)
    before = program.clients()
    program.change(sabotage)
    program.run(b"Code,Name,Type\nA1,Anna,Individual\nC3,Cy,Trust\nD4,Dee,Trust\n")
    [job, _] = program.store.jobs()
    assert "has a rule or an index of its own" in (job.failure_reason or "")
    assert job.status == "Failed"
    assert (job.counts.created, job.counts.updated) == (0, 0)
    assert program.clients() == before
    assert job.code not in [row["code"] for row in program.query("SELECT code FROM import_jobs")]


@pytest.mark.slow
def test_what_does_not_fit_in_memory_is_changed_in_smaller_parts(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was begun is rolled back first; if the smallest parts do not fit either, nothing is changed."""
    header = "Code,Name,Type,TradingAs,Partner,NatureOfBusiness"
    before, after = ("x" * 60, "y" * 60)
    rows = "".join(f"B{number},Bob,Ltd,{{0}}{number},{{0}},{number}{{0}}\n" for number in range(400_000))
    first, second = (f"{header}\n{rows.format(text)}".encode() for text in (before, after))
    assert program.run(first)["createdCount"] == 400_000
    program.database = open_clients(
        program.settings.model_copy(update={"memory_limit": "150MB", "threads": 1}), program.home
    )
    monkeypatch.setattr(transaction, "MOST_CELLS", (10_000_000,))
    with pytest.raises(duckdb.OutOfMemoryException):
        program.run(second)
    assert {client["partner"] for client in program.clients()} == {before}
    monkeypatch.setattr(transaction, "MOST_CELLS", (10_000_000, 100_000, 10_000))
    assert program.run(second)["updatedCount"] == 400_000
    assert [client["partner"] for client in program.clients()] == [after] * 400_000
