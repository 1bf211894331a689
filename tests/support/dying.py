"""Imports in processes of their own that are made to die, and what must be true afterwards."""

from __future__ import annotations

import os
import random
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from client_import.errors import Cancelled, ClientImportError
from client_import.failpoints import arm
from client_import.jobs.record import Job, Status
from client_import.recovery.recover import recover_all
from client_import.retention import clean_up
from client_import.undo_job import ask_for_undo
from tests.support.cli import wait_until
from tests.support.forked import end, start_call
from tests.support.model import run_import
from tests.support.model_cells import FIELDS
from tests.support.model_data import File, Options, Result, Table
from tests.support.program import Program
from tests.support.strategies import Upload

STAMPS = ("created_at", "updated_at", "created_by_job", "updated_by_job")
WORKING = ("attempts", "cells.arrow", ".rows.parquet")
DUPLICATES = {"duplicates": "last"}
SETTLED_WITHIN_SECONDS = 60
"""Of anybody looking (docs/rules.md, section 10)."""


@dataclass(frozen=True)
class Order:
    """A job to be done: the import of ``data``, the undo of a job, or the job ``code``.

    ``interrupt`` is what is to happen to it.

    One that ``only_looks`` settles what others have left. With ``clients_at``, the clients alone are in that PostgreSQL
    database.
    """

    home: Path
    data: bytes = b""
    code: str | None = None
    interrupt: str = ""
    as_dagster_run: bool = False
    only_looks: bool = False
    clients_at: str = ""
    undoes: str | None = None
    settings: dict[str, str] = field(default_factory=dict)


def start(order: Order) -> BaseProcess:
    """Do it in another process."""
    return start_call(_do, order)


def _do(order: Order) -> None:
    os.environ.update({"CLIENT_IMPORT_HOME": str(order.home), **order.settings})
    os.environ.pop("DAGSTER_HOME", None)
    sys.stderr = open(os.devnull, "w")  # noqa: SIM115, PTH123 - what was done to it on purpose is not to be read
    arm(order.interrupt)
    program = Program(order.home)
    if order.clients_at:
        program.keep_clients_at(order.clients_at)
    if order.only_looks:
        look(program)
        return
    try:
        code = order.code or _made(program, order)
        if order.as_dagster_run:
            from pipelines.launch import launch_here

            launch_here(program.home, program.store, program.database, code, "test")
        elif program.store.job(code).undoes:
            program.carry_on_with_undo(code)
        else:
            program.carry_on(code)
    except (ClientImportError, OSError, Cancelled):
        sys.exit(1)


def _made(program: Program, order: Order) -> str:
    if order.undoes:
        return ask_for_undo(program.home, program.store, order.undoes, "test").code
    return program.receive(order.data, **DUPLICATES)


@contextmanager
def paused(program: Program, point: str, order: Order) -> Iterator[tuple[str, Callable[[], int | None]]]:
    """Have a process pause at a point; gives the code of its job, and what lets it go on to its end."""
    file = program.home.path.parent / f"{program.home.path.name}-paused"
    process = start(replace(order, interrupt=f"{point}=pause {file}"))

    def resume() -> int | None:
        file.unlink()
        return end(process)

    try:
        wait_until(file.exists, "the process to pause")
        yield order.code or program.store.jobs(limit=1)[0].code, resume
    finally:
        process.kill()
        process.join()
        file.unlink(missing_ok=True)


def look(program: Program) -> float:
    """Look at the jobs as `client-import jobs` does until all have ended; returns the seconds that took."""
    began = time.monotonic()
    while True:
        recover_all(program.store, program.database, program.home)
        clean_up(program.home, program.store, program.settings)
        took = time.monotonic() - began
        if not program.store.unfinished():
            return took
        assert took < SETTLED_WITHIN_SECONDS, program.store.unfinished()
        time.sleep(0.05)


def table_of(program: Program) -> Table:
    """The clients table as the model has one: without stamps and without empty columns."""
    rows = program.clients()
    return {
        str(row["code"]).lower(): {
            name: value for name, value in row.items() if value is not None and name not in STAMPS
        }
        for row in rows
    }


def some_upload(choice: random.Random) -> Upload:
    """A file of a few rows, mostly good, of the model's vocabulary."""
    headers = ("Code", "Name", "Type", "Email", "TradingAs", "VatRegistered")
    records = tuple(tuple(_cell(choice, header) for header in headers) for _ in range(choice.randint(1, 12)))
    return Upload.plain(headers, *records)


def _cell(choice: random.Random, header: str) -> str:
    kind = choice.choices(("good", "blank", "bad"), (20, 2, 1))[0]
    if kind == "blank" and header != "Code":
        return ""
    return choice.choice(list(FIELDS[header].bad if kind == "bad" else FIELDS[header].good))


def expected(table: Table, file: File) -> Result:
    """What an undisturbed import makes of the table."""
    return run_import(table, file, Options(**DUPLICATES))


def assert_lawful(program: Program, job: Job, before: Table, result: Result) -> None:
    """The job ended, its counts are the truth about the table, and nothing of it lies about."""
    counts = job.counts
    assert job.status.is_final
    assert job.completed_date is not None
    assert (job.failure_reason is not None) == (job.status is Status.FAILED)
    if job.status is Status.COMPLETED:
        wanted: tuple[Any, ...] = (result.total, result.total, result.created, result.updated)
        assert (job.total_items, job.processed_items, counts.created, counts.updated) == wanted
        assert (counts.skipped, counts.errors) == (result.skipped, result.errors)
        assert {int(row["import_row"]) for row in program.not_imported(job.code)} == set(result.verdicts)
        assert table_of(program) == result.table
    else:
        assert (counts.created, counts.updated) == (0, 0)
        assert table_of(program) == before
    assert_clean(program)


def assert_clean(program: Program) -> None:
    """No dead process has left a file behind."""
    scratch, jobs = program.home.scratch, program.home.path / "jobs"
    left = list(scratch.iterdir()) if scratch.exists() else []
    left += [path for path in jobs.rglob("*") if path.name.endswith(WORKING) or path.suffix == ".part"]
    left += [path for path in jobs.glob("*/parts") if not path.with_name("plan.json").exists()]
    left += [path for path in jobs.glob("*/*row_errors.parquet") if not path.with_name("plan.json").exists()]
    assert not left, left
