"""What is cleared away: files of jobs that ended long ago, and what dead processes left (docs/reliability.md)."""

from __future__ import annotations

import os
import resource
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
import sqlalchemy as sa

from client_import.errors import StoreError
from client_import.jobs.record import Status, now
from client_import.jobs.tables import jobs
from client_import.recovery.recover import describe_error
from client_import.retention import clean_up
from client_import.system.process import Process, this_process
from client_import.system.scratch import name_scratch, scratch, sweep
from tests.support.cli import CommandLine
from tests.support.forked import end, start_call
from tests.support.program import Program

FILE = b"Code,Name,Type\nA1,Ann,Individual\nB2,Bob,Zorp\n"


def age(program: Program, code: str, days: float) -> None:
    """Make the job one that ended ``days`` ago."""
    with program.job_tables() as connection:
        ended = now().replace(tzinfo=None) - timedelta(days=days)
        connection.execute(sa.update(jobs).where(jobs.c.code == code).values(completed_date=ended))


def imported(program: Program) -> str:
    code = program.receive(FILE)
    assert program.carry_on(code)["status"] == "Completed"
    return code


def test_files_go_after_the_retention_and_the_record_stays(program: Program) -> None:
    old, young = imported(program), imported(program)
    age(program, old, 30.1)
    age(program, young, 29.9)
    record = program.store.job(old)
    clean_up(program.home, program.store, program.settings)
    assert [folder.name for folder in (program.home.path / "jobs").iterdir()] == [young]
    assert program.store.job(old) == replace(record, are_files_removed=True)
    assert program.store.job(old).with_url("file:///x").to_json()["notImportedDownloadUrl"] is None
    assert program.store.job(young).with_url("file:///x").to_json()["notImportedDownloadUrl"] == "file:///x"


def test_a_job_that_has_not_ended_keeps_its_files(program: Program) -> None:
    code = program.receive(FILE)
    age(program, code, 90)
    clean_up(program.home, program.store, program.settings)
    assert program.home.job(code).source.exists()


def test_no_more_than_fifty_at_once(program: Program) -> None:
    codes = [program.receive(FILE) for _ in range(60)]
    for code in codes:
        program.store.finish(replace(program.store.job(code), status=Status.FAILED))
        age(program, code, 31)
    clean_up(program.home, program.store, program.settings)
    with program.job_tables() as connection:
        connection.execute(sa.update(jobs).values(files="kept"))
    for left in (10, 0):
        clean_up(program.home, program.store, program.settings)
        assert len(list((program.home.path / "jobs").iterdir())) == left


@pytest.mark.slow
def test_whoever_asks_for_a_removed_file_is_told(program: Program) -> None:
    code = imported(program)
    age(program, code, 8)
    cli = CommandLine(program.home.path, **program.environment, CLIENT_IMPORT_RETENTION_DAYS="7")
    assert [job["notImportedDownloadUrl"] for job in cli("jobs", "--json").json] == [None]
    answer = cli("not-imported", code)
    assert (answer.status, answer.stdout) == (1, "")
    assert f"The files of job {code} were removed 7 days after it ended" in answer.stderr
    assert cli("job", code, "--json").json["errorCount"] == 1


def test_scratch_is_gone_at_its_end(tmp_path: Path) -> None:
    with scratch(tmp_path, "preview") as path:
        (path / "file").touch()
    assert list(tmp_path.iterdir()) == []


def test_scratch_that_cannot_be_made_names_its_setting(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="CLIENT_IMPORT_SCRATCH"), scratch(tmp_path / "file", "preview"):
        pass


def test_scratch_of_a_dead_process_is_swept_and_no_other(tmp_path: Path) -> None:
    here = this_process()
    started = str(here.started)
    kept = name_scratch(tmp_path, "spill")
    dead, reused, elsewhere = (
        tmp_path / f"spill-x-{process.tag}"
        for process in (
            replace(here, pid=2**22 + 1),
            replace(here, started=f"{started}1"),
            Process("another-machine", 1, started),
        )
    )
    others = tmp_path / "photos", tmp_path / "spill-x-12"
    for path in (kept, dead, reused, elsewhere, *others):
        path.mkdir()
    assert sweep(tmp_path) == 2
    assert set(tmp_path.iterdir()) == {kept, elsewhere, *others}
    yesterday = time.time() - 25 * 3600
    for path in (elsewhere, *others):
        os.utime(path, (yesterday, yesterday))
    assert sweep(tmp_path) == 1
    assert set(tmp_path.iterdir()) == {kept, *others}


def test_sweeping_what_is_not_there(tmp_path: Path) -> None:
    assert sweep(tmp_path / "none") == 0


def test_this_process_runs_and_a_number_alone_does_not() -> None:
    here = this_process()
    assert here.is_running
    assert replace(here, started=None).is_running
    assert replace(here, started=f"{here.started}1").is_running is False
    assert replace(here, host="another-machine").is_running is None
    assert replace(here, started="another-start/of/the-machine").is_running is None


def see_without_files(process: Process, answer: Path) -> None:
    """Write whether the process runs, as somebody sees it who can open no more files."""
    told = answer.open("w")
    this_process()  # which looks where it is
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    told.write(str(process.is_running))
    told.close()


def test_a_process_that_cannot_be_looked_at_is_not_called_gone(tmp_path: Path) -> None:
    here, answer = this_process(), tmp_path / "answer"
    for process, seen in ((here, "None"), (replace(here, pid=2**22 + 1), "False")):
        assert end(start_call(see_without_files, process, answer)) == 0
        assert answer.read_text() == seen


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (RuntimeError("can't start new thread"), "No more threads can be started"),
        (duckdb.IOException('IO Error: Cannot open file "x": Too many open files'), "could not be read or written"),
        (OSError(24, "Too many open files"), "could not be read or written"),
    ],
)
def test_what_the_machine_lacks_is_not_called_a_bug(error: Exception, cause: str) -> None:
    said = describe_error(error)
    assert cause in said
    assert "bug" not in said
