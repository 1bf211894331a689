"""Covers what is on the disk, not only in the memory of the operating system, before the program relies on it.

A process notes what it has synced, renamed and deleted, in this order. What SQLite and DuckDB sync themselves it does
not see; of SQLite it is looked at what it is told to.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from client_import.jobs.record import Status
from client_import.jobs.store import JobStore
from tests.support.drop_runs import import_dropped, other_file_system
from tests.support.forked import end, start_call
from tests.support.program import Program, import_options

MIXED = b"Code,Name,Type\nA1,Acme,Ltd\nA2,Bee,Zorp\n"
EVENTS = {"os.rename": "renamed", "os.link": "renamed", "os.remove": "removed"}
SYNCHRONOUS_NORMAL, SYNCHRONOUS_FULL = 1, 2


def noted(log: Path, call: Callable[..., None], *arguments: Any) -> None:
    """Make the call, and note in ``log`` what it does to files: ``os`` is not ours, so its fsync may be another."""
    number, sync = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND), os.fsync

    def note(*what: str) -> None:
        os.write(number, json.dumps(what).encode() + b"\n")

    def synced(file: Any) -> None:
        sync(file)
        note("synced", str(Path(f"/proc/self/fd/{file if isinstance(file, int) else file.fileno()}").readlink()))

    def heard(event: str, given: tuple[Any, ...]) -> None:
        if event in EVENTS:
            note(EVENTS[event], *(os.fsdecode(each) for each in given if isinstance(each, str | bytes | os.PathLike)))

    os.fsync = synced
    sys.addaudithook(heard)
    call(*arguments)


def take_in_and_import(home: Path) -> None:
    program = Program(home)
    program.carry_on(program.receive(MIXED))


@dataclass(frozen=True)
class Done:
    """What a process has done to files: what was synced, renamed (or linked) from and to, and deleted."""

    events: list[list[str]]

    @classmethod
    def by(cls, log: Path, call: Callable[..., None], *arguments: Any) -> Done:
        assert end(start_call(noted, log, call, *arguments)) == 0
        return cls([json.loads(line) for line in log.read_text("utf-8").splitlines()])

    def place(self, *event: str | Path, after: int = -1) -> int:
        """Where in the order this came first after that place."""
        wanted = [str(each) for each in event]
        found = [at for at, each in enumerate(self.events) if each == wanted and at > after]
        assert found, (f"never came after {after}", wanted, self.events)
        return found[0]

    def renamed_to(self, path: Path) -> tuple[str, int]:
        """What was renamed to ``path``, and where in the order: the last time, as one to another disk fails first."""
        found = [at for at, each in enumerate(self.events) if each[0] == "renamed" and each[2] == str(path)]
        assert found, (f"nothing was ever renamed to {path}", self.events)
        return self.events[found[-1]][1], found[-1]

    def assert_whole(self, path: Path) -> int:
        """What came to ``path`` by its rename was on the disk before; returns where in the order that was."""
        old, at = self.renamed_to(path)
        assert self.place("synced", old) < at
        return at


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def the_job(home: Path) -> Path:
    [job] = [folder for folder in (home / "jobs").iterdir() if folder.is_dir()]
    return job


def test_a_source_is_on_the_disk_before_its_job_is_and_is_found_there(home: Path, tmp_path: Path) -> None:
    log = tmp_path / "log"
    assert end(start_call(noted, log, killed_before_the_record, home)) == -9
    assert [what for what, path in map(json.loads, log.read_text().splitlines()) if path.endswith("/source")] == [
        "synced"
    ]
    log.unlink()
    done = Done.by(log, take_in_and_import, home)
    job = the_job(home)
    coming_in, at = done.renamed_to(job)
    assert done.place("synced", f"{coming_in}/source") < at
    assert done.place("synced", job, after=at) < done.place("synced", job.parent, after=at)


def killed_before_the_record(home: Path) -> None:
    from client_import.failpoints import arm

    arm("source kept=kill")
    take_in_and_import(home)


def test_what_the_rejects_file_is_made_of_is_on_the_disk_before_the_commit(home: Path, tmp_path: Path) -> None:
    log = tmp_path / "log"
    assert end(start_call(noted, log, killed_at_the_commit, home)) == -9
    done = Done([json.loads(line) for line in log.read_text("utf-8").splitlines()])
    job = the_job(home)
    for name in ("parts/000000.cells.arrow", "parts/000000.row_errors.parquet"):
        done.place("synced", job / "parts", after=done.place("synced", job / name))
    for name in ("not_applied.parquet", "row_level_errors.parquet", "parts"):
        done.place("synced", job, after=done.place("synced", job / name))


def test_nothing_is_synced_for_a_rejects_file_that_there_will_not_be(home: Path, tmp_path: Path) -> None:
    done = Done.by(tmp_path / "log", import_clean_rows, home)
    assert (the_job(home) / "plan.json").exists()
    assert [path for what, path, *_ in done.events if what == "synced" and path.endswith("cells.arrow")] == []


def import_clean_rows(home: Path) -> None:
    program = Program(home)
    assert program.carry_on(program.receive(b"Code,Name,Type\nA1,Acme,Ltd\n"))["createdCount"] == 1


def killed_at_the_commit(home: Path) -> None:
    from client_import.failpoints import arm

    arm("commit announced=kill")
    take_in_and_import(home)


def test_what_is_renamed_to_its_place_is_whole_there(home: Path, tmp_path: Path) -> None:
    done = Done.by(tmp_path / "log", take_in_and_import, home)
    job = the_job(home)
    for name in ("staged.json", "plan.json", "rejected.csv", "not_imported.csv"):
        done.assert_whole(job / name)
    parts = [each[1] for each in done.events if each[0] == "renamed" and each[1].endswith(".part")]
    assert len(parts) >= 5
    assert [part for part in parts if ["synced", part] not in done.events] == []


@pytest.fixture(params=["this disk", *(["another disk"] if other_file_system() else [])])
def drop(request: pytest.FixtureRequest, home: Path, tmp_path: Path) -> Iterator[Path]:
    """A drop folder with a file and its options."""
    other = other_file_system()
    folder = home / "drop"
    if request.param == "another disk":
        assert other is not None
        folder = other / f"on-disk-{os.getpid()}-{tmp_path.name}"
    folder.mkdir(parents=True)
    try:
        (folder / "clients.csv").write_bytes(MIXED)
        (folder / "clients.options.json").write_bytes(b'{"duplicates": "last"}')
        yield folder
    finally:
        shutil.rmtree(folder)


def test_a_dropped_file_is_on_the_disk_where_it_is_before_it_goes_where_it_was(
    home: Path, drop: Path, tmp_path: Path
) -> None:
    done = Done.by(tmp_path / "log", import_dropped, home, str(drop), "clients.csv")
    job = the_job(home)
    note, taken = home / "taken" / job.name, job / "source"
    assert {path.name for path in (drop / "done").iterdir()} == {"clients.csv", "clients.options.json"}
    noted = done.place("synced", note)
    listed = done.place("synced", note.parent, after=noted)
    _, moved = done.renamed_to(taken)
    assert listed < moved

    options = done.assert_whole(job / "options.json")
    assert done.place("synced", job, after=options) < done.place("removed", drop / "clients.options.json")

    chosen = [
        at for at, each in enumerate(done.events) if each[0] == "renamed" and each[2] == str(job / "put_away.json")
    ]
    for at in chosen:
        assert done.events.index(["synced", done.events[at][1]]) < at < done.place("synced", job, after=at)
    _, away = done.renamed_to(drop / "done" / "clients.csv")
    assert chosen[0] < away < done.place("synced", drop / "done", after=away)
    done.assert_whole(drop / "rejected" / "clients.not_imported.csv")

    if drop.parent != home:
        assert done.assert_whole(taken) == moved
        assert done.place("synced", job, after=moved) < done.place("removed", drop / f".{job.name}.taken")
        assert done.assert_whole(drop / "done" / "clients.csv") == away
        assert done.place("synced", drop / "done", after=away) < done.place("removed", taken)


def test_what_dagster_knows_of_a_run_is_on_the_disk_before_its_job_has_ended(home: Path, tmp_path: Path) -> None:
    log = tmp_path / "log"
    assert end(start_call(noted, log, killed_when_the_job_has_ended, home)) == -9
    done = Done([json.loads(line) for line in log.read_text("utf-8").splitlines()])
    for name in ("event_log.db-wal", "history/runs.db-wal"):
        done.place("synced", home / "dagster" / name, after=done.renamed_to(the_job(home) / "not_imported.csv")[1])


def killed_when_the_job_has_ended(home: Path) -> None:
    from client_import.failpoints import arm
    from pipelines.launch import launch_here

    os.environ["CLIENT_IMPORT_HOME"] = str(home)
    program = Program(home)
    code = program.receive(MIXED)
    arm("finished=kill")
    launch_here(program.home, program.store, program.database, code, "test")


def test_a_sign_of_life_waits_for_the_disk_with_what_comes_after_it(tmp_path: Path) -> None:
    modes = []

    def look(connection: sa.Connection) -> None:
        modes.append(connection.connection.cursor().execute("PRAGMA synchronous").fetchone()[0])

    with JobStore.at(tmp_path / "jobs.sqlite") as store:
        store.create("abcabcabc2", "c.csv", import_options(), "test")
        job = store.start("abcabcabc2")
        sa.event.listen(sa.Engine, "commit", look)
        try:
            assert not store.record_heartbeat("abcabcabc2", "reading", 1, 0, None, None)
            store.finish(replace(job, status=Status.FAILED, failure_reason="No."))
        finally:
            sa.event.remove(sa.Engine, "commit", look)
    assert modes == [SYNCHRONOUS_NORMAL, SYNCHRONOUS_FULL]


def test_every_connection_to_the_job_store_waits_for_the_disk(tmp_path: Path) -> None:
    modes = []

    def look(connection: Any, *_: object) -> None:
        modes.append(connection.execute("PRAGMA synchronous").fetchone()[0])

    sa.event.listen(sa.pool.Pool, "checkout", look)
    try:
        with JobStore.at(tmp_path / "jobs.sqlite") as store:
            store.create("abcabcabc2", "c.csv", import_options(), "test")
            store.check()  # opens it anew
    finally:
        sa.event.remove(sa.pool.Pool, "checkout", look)
    assert len(modes) > 3
    assert set(modes) == {SYNCHRONOUS_FULL}
