"""The job record and its laws L1 to L6 (docs/rules.md, section 1), on imports small enough to count by hand."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from client_import.errors import JobStateError
from client_import.jobs.record import Job, Status, now
from client_import.jobs.tables import jobs
from client_import.pipeline import receive
from tests.support.limits import LIMITS
from tests.support.program import Program, import_options

FIELDS = [
    "code",
    "status",
    "fileName",
    "totalItems",
    "processedItems",
    "createdCount",
    "updatedCount",
    "skippedCount",
    "errorCount",
    "startedDate",
    "completedDate",
    "createdDate",
    "notImportedDownloadUrl",
]
MAY_FOLLOW = ["failureReason", "outcome", "notes"]
COUNTS = ("createdCount", "updatedCount", "skippedCount", "errorCount")

CLIENTS = b"Code,Name,Type\nA1,Ann,Individual\nB2,Bob,Ltd\nD4,Dee,Trust\n"
ONE_OF_EACH = b"Code,Name,Type\nA1,Anna,Individual\nB2,Bob,Ltd\nC3,Cy,Charity\nE5,Eve,Zorp\n"


def queued(program: Program, file_name: str = "clients.csv") -> Job:
    """A job that nobody has started."""
    return receive(program.home, program.store, io.BytesIO(CLIENTS), file_name, import_options(), "test", LIMITS)


def counts(job: dict[str, Any]) -> tuple[int, ...]:
    """Created, updated, skipped and rejected rows."""
    return tuple(job[count] for count in COUNTS)


def utc(text: Any) -> datetime:
    """The time that ``text`` is; it is ISO 8601 in UTC with a trailing Z."""
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", text)
    time = datetime.fromisoformat(text)
    assert time.utcoffset() == timedelta(0)
    return time


def test_record_has_exactly_its_fields_in_their_order(program: Program) -> None:
    job = program.run(CLIENTS)
    assert list(job)[: len(FIELDS)] == FIELDS
    assert set(list(job)[len(FIELDS) :]) <= set(MAY_FOLLOW)


def test_record_is_json_of_the_types_it_says(program: Program) -> None:
    job = json.loads(json.dumps(program.run(ONE_OF_EACH)))
    assert all(type(job[name]) is str for name in ("code", "status", "fileName", "notImportedDownloadUrl"))
    assert all(type(job[name]) is int for name in ("totalItems", "processedItems", *COUNTS))


def test_code_is_unique_short_and_url_safe(program: Program) -> None:
    codes = {queued(program).code for _ in range(50)}
    assert len(codes) == 50
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{1,20}", code) for code in codes)


def test_file_name_is_the_original_one(program: Program) -> None:
    assert queued(program, "Kunden März 2026 (2).CSV").to_json()["fileName"] == "Kunden März 2026 (2).CSV"


@pytest.mark.parametrize("path", ["exports/2026/clients.csv", "/tmp/clients.csv", r"C:\Users\Ann\clients.csv"])
def test_file_name_is_without_any_folder(program: Program, path: str) -> None:
    assert queued(program, path).to_json()["fileName"] == "clients.csv"


def test_queued_job_has_nothing_counted_and_is_not_started(program: Program) -> None:
    job = queued(program).to_json()
    assert job["status"] == "Queued"
    assert job["totalItems"] is None
    assert (job["processedItems"], *counts(job)) == (0, 0, 0, 0, 0)
    utc(job["createdDate"])
    for name in ("startedDate", "completedDate", "notImportedDownloadUrl", "outcome", "failureReason"):
        assert job[name] is None


def test_running_job_is_started_and_not_completed(program: Program) -> None:
    job = program.store.start(queued(program).code).to_json()
    assert job["status"] == "InProgress"
    assert utc(job["createdDate"]) <= utc(job["startedDate"])
    assert (job["completedDate"], job["outcome"], job["notImportedDownloadUrl"]) == (None, None, None)


@pytest.mark.parametrize("data", [ONE_OF_EACH, b"", b"%PDF-1.7\n"], ids=["rows", "empty", "no table"])
def test_times_are_utc_and_in_order_when_finished(program: Program, data: bytes) -> None:
    job = program.run(data)
    assert utc(job["createdDate"]) <= utc(job["startedDate"]) <= utc(job["completedDate"])


@pytest.mark.parametrize(
    ("data", "outcome"),
    [
        (b"Name,Type\nCy,Ltd\n", "Clean"),
        (b"Code,Name,Type\nA1,Ann,Individual\nC3,Cy,Ltd\n", "Clean"),
        (b"Code,Name,Type\nC3,Cy,Ltd\nE5,Eve,Zorp\n", "WithErrors"),
        (CLIENTS, "NothingImported"),
        (b"Name,Type\nEve,Zorp\n", "NothingImported"),
        (b"Name,Type\n", "NothingImported"),
        (b"%PDF-1.7\n", "NothingImported"),
    ],
    ids=["created", "created and skipped", "created and rejected", "skipped", "rejected", "no rows", "failed"],
)
def test_outcome(program: Program, data: bytes, outcome: str) -> None:
    program.run(CLIENTS)
    assert program.run(data)["outcome"] == outcome


def test_rejected_rows_never_make_a_job_failed(program: Program) -> None:
    job = program.run(b"Name,Type\nAnn,Zorp\n,Ltd\nBob,\n")
    assert (job["status"], job["errorCount"], job["failureReason"]) == ("Completed", 3, None)


def test_failure_reason_is_a_sentence(program: Program) -> None:
    job = program.run(b"%PDF-1.7\n")
    assert job["status"] == "Failed"
    assert re.fullmatch(r"[A-Z].*\.", job["failureReason"])


@pytest.mark.parametrize(
    ("data", "exists"),
    [(CLIENTS, False), (b"", False), (b"Name,Type\nEve,Zorp\n", True), (CLIENTS + b"A1,Ann,Individual\n", True)],
    ids=["all imported", "no rows", "rejected", "skipped"],
)
def test_download_url_is_there_when_rows_were_not_imported(program: Program, data: bytes, exists: bool) -> None:
    assert (program.run(data)["notImportedDownloadUrl"] is not None) == exists


def download_url(job: Job) -> Any:
    return job.with_url("file:///x").to_json()["notImportedDownloadUrl"]


def test_download_url_is_there_only_when_the_job_has_ended(program: Program) -> None:
    waiting = queued(program)
    for status in Status:
        job = replace(waiting, status=status, has_not_imported=True)
        has_ended = status in ("Completed", "Failed", "Cancelled")
        assert download_url(job) == ("file:///x" if has_ended else None), status
        assert download_url(replace(job, are_files_removed=True)) is None, status
        assert download_url(replace(job, has_not_imported=False)) is None, status


def test_l1_counts_add_up_to_processed_and_total(program: Program) -> None:
    program.run(CLIENTS)
    job = program.run(ONE_OF_EACH)
    assert counts(job) == (1, 1, 1, 1)
    assert job["processedItems"] == job["totalItems"] == 4


def test_l2_counts_are_the_truth_about_the_table(program: Program) -> None:
    program.run(CLIENTS)
    before = {client["code"]: client for client in program.clients()}
    program.run(ONE_OF_EACH)
    after = {client["code"]: client for client in program.clients()}
    assert after.keys() - before.keys() == {"C3"}
    assert {code for code in before if after[code] != before[code]} == {"A1"}


@pytest.mark.parametrize(
    ("data", "options"),
    [(ONE_OF_EACH, {"max_errors": "0"}), (b"PK\x03\x04", {}), (b"\0" * 99, {})],
    ids=["over the error limit", "a zip", "NUL bytes"],
)
def test_l3_failed_job_changed_nothing(program: Program, data: bytes, options: dict[str, str]) -> None:
    program.run(CLIENTS)
    before = program.clients()
    job = program.run(data, **options)
    assert job["status"] == "Failed"
    assert (job["createdCount"], job["updatedCount"]) == (0, 0)
    assert program.clients() == before


@pytest.mark.parametrize("data", [ONE_OF_EACH, b"%PDF-1.7\n"], ids=["Completed", "Failed"])
def test_l4_what_has_ended_stays_as_it_ended(program: Program, data: bytes) -> None:
    job = program.store.job(program.run(data)["code"])
    for status in Status:
        assert program.store.finish(replace(job, status=status)) == job, status
        assert program.store.job(job.code) == job, status


def test_l4_what_has_ended_can_neither_be_started_nor_cancelled(program: Program) -> None:
    code = program.run(CLIENTS)["code"]
    with pytest.raises(JobStateError, match="Completed"):
        program.store.start(code)
    with pytest.raises(JobStateError, match="Completed"):
        program.store.request_cancel(code)


@pytest.mark.parametrize("status", [Status.FAILED, Status.CANCELLED])
def test_l4_queued_job_can_fail_or_be_cancelled(program: Program, status: Status) -> None:
    job = queued(program)
    ended = program.store.finish(replace(job, status=status))
    assert ended.status is status
    assert ended.completed_date is not None


def test_l5_processed_items_and_errors_never_go_down(program: Program) -> None:
    code = program.store.start(queued(program).code).code
    for processed, errors in ((10, 3), (5, 1), (12, 2)):
        program.store.record_heartbeat(code, "reading", processed, errors, None, None)
    job = program.store.job(code)
    assert (job.processed_items, job.counts.errors) == (12, 3)


def test_l6_the_same_file_again_skips_every_row(program: Program) -> None:
    first = program.run(CLIENTS)
    before = program.clients()
    again = program.run(CLIENTS)
    assert (counts(first), counts(again)) == ((3, 0, 0, 0), (0, 0, 3, 0))
    assert program.clients() == before


AHEAD = timedelta(hours=2)


def set_ahead(program: Program, code: str, *columns: str) -> None:
    """Have a machine whose clock is two hours ahead have written these times of the job."""
    ahead = {column: (now() + AHEAD).replace(tzinfo=None) for column in columns}
    with program.job_tables() as connection:
        connection.execute(sa.update(jobs).where(jobs.c.code == code).values(ahead))


def assert_in_order(job: Job) -> None:
    times = [time for time in (job.created_date, job.started_date, job.completed_date) if time is not None]
    assert times == sorted(times)
    assert job.completed_date is not None


@pytest.mark.parametrize("data", [CLIENTS, b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n"], ids=["Completed", "Failed"])
def test_ends_after_it_started_whatever_the_clock_says(data: bytes, program: Program) -> None:
    code = program.receive(data)
    set_ahead(program, code, "created_date")
    program.carry_on(code)
    job = program.store.job(code)
    assert_in_order(job)
    assert job.started_date is not None
    for row in program.query("SELECT created_date, started_date, completed_date FROM import_jobs"):
        assert list(row.values()) == sorted(row.values())


@pytest.mark.parametrize("columns", [("created_date",), ("created_date", "started_date")])
def test_cancelled_after_it_started_whatever_the_clock_says(columns: tuple[str, ...], program: Program) -> None:
    code = queued(program).code
    if "started_date" in columns:
        program.store.start(code)
    set_ahead(program, code, *columns)
    program.store.request_cancel(code)
    assert_in_order(program.store.job(code))
