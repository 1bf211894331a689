"""Covers where a dropped file is when its import has ended, and that it is in one place whatever dies on the way there.

Processes are killed, and disks full, at each of the points of a dropped file. Not here: Dagster's runs
(test_drop_runs.py), the command (test_cli_drop.py).
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import fsspec
import pytest

from client_import.errors import StoreError
from client_import.failpoints import DROP_FAILPOINTS, FAILPOINTS, arm
from client_import.inbox.folder import DropFolder, open_drop_folder
from client_import.inbox.ingest import finalise
from client_import.inbox.put_away import put_away
from client_import.jobs.record import Job, Status
from client_import.jobs.tables import Files
from client_import.options import ImportOptions
from client_import.retention import clean_up
from client_import.settings import Settings
from tests.jobs.test_housekeeping import age
from tests.support.drop_runs import import_dropped, look_after, other_file_system
from tests.support.forked import end, start_call
from tests.support.program import Program

GOOD = b"Code,Name,Type\nA1,Acme,Ltd\n"
MIXED = b"Code,Name,Type\nA1,Acme,Ltd\nA2,Bee,Zorp\n"
OPTIONS = b'{"duplicates": "last"}'
STOPPING = b'{"maxErrors": 0}'
CODE = "c0dec0dec0"

KINDS = {
    "imported": (GOOD, OPTIONS, {"done/clients.csv", "done/clients.options.json"}),
    "with errors": (
        MIXED,
        OPTIONS,
        {"done/clients.csv", "done/clients.options.json", "rejected/clients.not_imported.csv"},
    ),
    "stopped": (
        MIXED,
        STOPPING,
        {
            *("failed/clients.csv", "failed/clients.csv.txt", "failed/clients.options.json"),
            "rejected/clients.not_imported.csv",
        },
    ),
    "unreadable": (
        b"%PDF-1.7",
        OPTIONS,
        {"failed/clients.csv", "failed/clients.csv.txt", "failed/clients.options.json"},
    ),
}
DIED = {"failed/clients.csv", "failed/clients.csv.txt"}
UNTOUCHED = {"clients.csv", "clients.options.json"}
BEFORE_MOVE = ("noted", "taking")
PUTTING_AWAY = DROP_FAILPOINTS[DROP_FAILPOINTS.index("rows named") :]
AT = [*DROP_FAILPOINTS, *(f"in both@{time}" for time in (2, 3, 4))]
TO_DONE = (*DROP_FAILPOINTS[DROP_FAILPOINTS.index("place named") :], "in both@2")
COPIED_IN = ("options put away", "in both@3", "in both@4", "put away", "all put away")
ACROSS = ("moved out", "taken", *COPIED_IN)
"""Where another disk makes a difference: a file is copied to it, or from it, and not moved."""
IMPORTING = ["started", "staged", "planned", "commit announced", "committed", "report half written", "finished"]


class Backend:
    """A home folder and its drop folder at ``address``, on this disk or on another."""

    def __init__(self, home: Path, address: str) -> None:
        self.home, self.address = home, address
        self.folder = home / address
        self.folder.mkdir(parents=True)

    def put(self, content: bytes, options: bytes) -> None:
        (self.folder / "clients.csv").write_bytes(content)
        (self.folder / "clients.options.json").write_bytes(options)

    def names(self) -> set[str]:
        return {str(file.relative_to(self.folder)) for file in self.folder.rglob("*") if not file.is_dir()}

    def have(self, content: bytes) -> list[Path]:
        """The files that are whole and have ``content``, those of rows to correct aside."""
        jobs = [file for file in (self.home / "jobs").glob("*/*") if file.name in ("source", "options.json")]
        dropped = [file for file in self.folder.rglob("*") if file.is_file() and not file.name.endswith(".part")]
        return [file for file in (*jobs, *dropped) if file.read_bytes() == content]

    def do(self, interrupt: str = "") -> int | None:
        """Import what was dropped in another process; returns how that ended."""
        return end(start_call(import_dropped, self.home, self.address, "clients.csv", interrupt))

    def look(self, interrupt: str = "") -> int | None:
        return end(start_call(look_after, self.home, self.address, interrupt))

    def notes(self) -> list[Path]:
        return [note for note in (self.home / "taken").glob("*") if note.name != ".lock"]

    def is_clean(self) -> bool:
        """Whether nothing is left half done."""
        folders = [*self.folder.rglob(".*"), *(self.home / "jobs").rglob("*.part")]
        return not folders and {note.name for note in self.notes()} <= self.never_begun()

    def never_begun(self) -> set[str]:
        """The notes of takings that died before there was a job: they go after a minute."""
        program = Program(self.home)
        try:
            return {note.name for note in self.notes()} - {job.code for job in program.store.jobs()}
        finally:
            program.store.close()


def other_folder(tmp_path: Path) -> Path:
    return (other_file_system() or tmp_path) / f"put-away-{os.getpid()}-{tmp_path.name}"


DISKS = ["this disk", *(["another disk"] if other_file_system() else [])]


def on_disks(*cases: tuple[str, ...]) -> list[tuple[str, ...]]:
    """The cases whose disk, which is the last of each, is there."""
    return [case for case in cases if case[-1] in DISKS]


@pytest.fixture(params=DISKS)
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Backend]:
    if request.param == "this disk":
        yield Backend(tmp_path / "home", "drop")
        return
    folder = other_folder(tmp_path)
    try:
        yield Backend(tmp_path / "home", str(folder))
    finally:
        shutil.rmtree(folder)


@pytest.mark.parametrize("kind", KINDS)
def test_where_a_file_is_after_its_import(kind: str, backend: Backend) -> None:
    content, options, expected = KINDS[kind]
    backend.put(content, options)
    assert backend.do() == 0
    assert (backend.names(), backend.is_clean()) == (expected, True)
    assert [len(backend.have(each)) for each in (content, options)] == [1, 1]
    for folder in ("done", "failed", "rejected"):
        for file in (backend.folder / folder).glob("*"):
            assert file.stat().st_mode & 0o777 == 0o600, file


@pytest.mark.slow
@pytest.mark.parametrize(
    ("point", "kind", "backend"),
    on_disks(
        *((point, "stopped", "this disk") for point in AT),
        *((point, "imported", "this disk") for point in TO_DONE),
        *((point, "stopped", "another disk") for point in ACROSS),
    ),
    indirect=["backend"],
)
def test_killed_at(point: str, kind: str, backend: Backend) -> None:
    name, _, time = point.partition("@")
    content, options, expected = KINDS[kind]
    backend.put(content, options)
    ended = backend.do(f"{name}=kill@{time or 1}")
    assert ended in ((-9,) if kind == "stopped" and not time else (-9, 0))
    for each in (content, options):
        assert backend.have(each), "it vanished"
        if backend.address == "drop":
            assert len({file.stat().st_ino for file in backend.have(each)}) == 1 or name == "taken"
    assert backend.look() == 0
    after = {"taken": DIED | {"failed/clients.options.json"}, "moved out": moved_out(backend)}
    wanted = UNTOUCHED if name in BEFORE_MOVE else after.get(name, expected)
    assert backend.names() == wanted
    assert [len(backend.have(each)) for each in (content, options)] == [1, 1]
    assert backend.is_clean()


def moved_out(backend: Backend) -> set[str]:
    """What is where after a death right after the file was moved out: from another disk it is given back."""
    return {*DIED, "clients.options.json"} if backend.address == "drop" else UNTOUCHED


@pytest.mark.slow
@pytest.mark.parametrize("point", IMPORTING)
def test_killed_as_it_is_imported(point: str, tmp_path: Path) -> None:
    backend = Backend(tmp_path / "home", "drop")
    content, options, expected = KINDS["with errors"]
    backend.put(content, options)
    assert backend.do(f"{point}=kill") == -9
    assert len(backend.have(content)) == 1
    assert backend.look() == 0
    is_committed = FAILPOINTS.index(point) >= FAILPOINTS.index("committed")
    assert backend.names() == (expected if is_committed else {*DIED, "failed/clients.options.json"})
    assert [len(backend.have(each)) for each in (content, options)] == [1, 1]
    assert backend.is_clean()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("first", "second", "backend"),
    on_disks(
        *(("rows returned", second, "this disk") for second in (*PUTTING_AWAY[1:], "in both@2", "in both@3")),
        *((first, "in both", "this disk") for first in ("taken", "in both@3")),
        *(("rows returned", second, "another disk") for second in ("in both@2", *COPIED_IN)),
        ("taken", "in both@4", "another disk"),
        ("in both@3", "in both", "another disk"),
    ),
    indirect=["backend"],
)
def test_whoever_puts_away_dies_too(first: str, second: str, backend: Backend) -> None:
    content, options, expected = KINDS["stopped"]
    backend.put(content, options)
    for interrupt, act in ((first, backend.do), (second, backend.look)):
        name, _, time = interrupt.partition("@")
        act(f"{name}=kill@{time or 1}")
        assert backend.have(content)
        assert backend.have(options)
    assert backend.look() == 0
    assert backend.names() == (DIED | {"failed/clients.options.json"} if first == "taken" else expected)
    assert [len(backend.have(each)) for each in (content, options)] == [1, 1]
    assert backend.is_clean()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("point", "backend"),
    on_disks(*((point, "this disk") for point in AT), *((point, "another disk") for point in ACROSS)),
    indirect=["backend"],
)
def test_disk_full_at(point: str, backend: Backend) -> None:
    name, _, time = point.partition("@")
    content, options, expected = KINDS["stopped"]
    backend.put(content, options)
    assert backend.do(f"{name}=disk full@{time or 1}") in (0, 1)
    for each in (content, options):
        assert backend.have(each), "it vanished"
    assert backend.look() == 0
    after = {"moved out": moved_out(backend), "taken": {*DIED, "failed/clients.options.json"}}
    assert backend.names() == (UNTOUCHED if name in BEFORE_MOVE else after.get(name, expected))
    assert [len(backend.have(each)) for each in (content, options)] == [1, 1]
    assert backend.is_clean()


class Ended:
    """A job that has ended, with a dropped file in its folder."""

    def __init__(self, home: Path, address: str = "drop") -> None:
        self.program = Program(home)
        self.drop: DropFolder = open_drop_folder(Settings(home=home, drop=address), self.program.home)
        self.folder = home / address

    def job(self, code: str, status: Status, source: bytes = GOOD, reason: str | None = None) -> Job:
        self.program.store.create(code, "clients.csv", ImportOptions.parse({}), "test")
        self.program.home.job(code).create().source.write_bytes(source)
        job = replace(self.program.store.job(code), status=status, failure_reason=reason)
        job = self.program.store.finish(replace(job, completed_date=job.end_now()))
        self.program.store.files.set(code, Files.KEPT)
        return job

    def put_away(self, job: Job, name: str = "clients.csv") -> None:
        put_away(self.drop, self.program.home.job(job.code), job, name)

    def names(self) -> set[str]:
        return {str(file.relative_to(self.folder)) for file in self.folder.rglob("*") if file.is_file()}


@pytest.fixture
def ended(tmp_path: Path) -> Iterator[Ended]:
    ended = Ended(tmp_path / "home")
    yield ended
    ended.program.store.close()


def put(file: Path, content: bytes = b"another's") -> Path:
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(content)
    return file


@pytest.mark.parametrize(
    "taken", ["clients.csv", "clients.csv.txt", "clients.options.json", "clients.c0dec0dec0.csv", "clients.csv/x"]
)
def test_nothing_is_written_over_another_file(taken: str, ended: Ended) -> None:
    others = put(ended.folder / "failed" / "clients.csv") if taken.startswith("clients.c0") else None
    (ended.folder / "failed").mkdir(exist_ok=True)
    other = put(ended.folder / "failed" / taken)
    job = ended.job(CODE, Status.FAILED, reason="It is no good.")
    put(ended.program.home.job(CODE).options, OPTIONS)
    ended.put_away(job)
    name = "clients.c0dec0dec0" + ("-2" if others else "")
    failed = ended.folder / "failed"
    assert other.read_bytes() == b"another's"
    assert (failed / f"{name}.csv").read_bytes() == GOOD
    assert (failed / f"{name}.options.json").read_bytes() == OPTIONS
    assert (failed / f"{name}.csv.txt").read_text("utf-8").startswith(f"{name}.csv was not imported.\n\nIt is no good.")


def test_many_of_one_name_are_all_kept(ended: Ended) -> None:
    for number in range(5):
        ended.put_away(ended.job(f"c0dec0dec{number}", Status.COMPLETED, b"%d" % number))
    assert {file.read_bytes() for file in (ended.folder / "done").iterdir()} == {b"0", b"1", b"2", b"3", b"4"}


@pytest.mark.parametrize(
    "name", ["x" * 251 + ".csv", "é" * 125 + ".csv", "a.b.TXT.gz", "new\nline \u202e[*].csv", " .csv"]
)
@pytest.mark.parametrize("status", [Status.COMPLETED, Status.FAILED])
def test_every_name_that_is_imported_can_be_put_away(name: str, status: Status, ended: Ended) -> None:
    ended.put_away(ended.job(CODE, status), name)
    [file] = [file for file in ended.folder.rglob("*") if file.is_file() and file.read_bytes() == GOOD]
    assert file.name.startswith(name[:80].partition(".")[0])
    assert file.name.endswith(name[-3:])
    assert file.parent.name == ("done" if status is Status.COMPLETED else "failed")


@pytest.mark.parametrize("way", ["a link", "a file"])
@pytest.mark.parametrize("status", [Status.COMPLETED, Status.FAILED])
def test_a_folder_that_is_none_is_said_and_waited_for(way: str, status: Status, ended: Ended, tmp_path: Path) -> None:
    elsewhere, job = tmp_path / "elsewhere", ended.job(CODE, status)
    elsewhere.mkdir()
    in_the_way = ended.folder / ("done" if status is Status.COMPLETED else "failed")
    if way == "a link":
        in_the_way.symlink_to(elsewhere)
    else:
        in_the_way.write_bytes(b"")
    with pytest.raises(StoreError, match=r"is a link, and links are not followed|is no folder"):
        ended.put_away(job)
    assert list(elsewhere.iterdir()) == []
    assert ended.program.home.job(CODE).source.read_bytes() == GOOD
    in_the_way.unlink()
    ended.put_away(job)
    assert (in_the_way / "clients.csv").read_bytes() == GOOD


def test_a_link_in_the_place_of_the_source_is_not_followed(ended: Ended, tmp_path: Path) -> None:
    secret, job = put(tmp_path / "secret"), ended.job(CODE, Status.FAILED)
    source = ended.program.home.job(CODE).source
    source.unlink()
    source.symlink_to(secret)
    ended.put_away(job)
    assert ended.names() == set()
    assert secret.read_bytes() == b"another's"


def test_the_mode_of_a_file_with_other_names_is_left_alone(ended: Ended, tmp_path: Path) -> None:
    secret, job = put(tmp_path / "secret"), ended.job(CODE, Status.FAILED)
    secret.chmod(0o640)
    source = ended.program.home.job(CODE).source
    source.unlink()
    source.hardlink_to(secret)
    ended.put_away(job)
    assert secret.stat().st_mode & 0o777 == 0o640


def test_what_was_put_away_goes_with_its_job_and_not_before(ended: Ended) -> None:
    ages = {"old0000000": 30.1, "young00000": 29.9, "older00000": 60.0}
    for code, status in zip(ages, (Status.COMPLETED, Status.COMPLETED, Status.FAILED), strict=True):
        job = ended.job(code, status, code.encode())
        put(ended.program.home.job(code).options, OPTIONS)
        ended.put_away(job)
        age(ended.program, code, ages[code])
    rows = put(ended.folder / "rejected" / "clients.not_imported.csv")
    clean_up(ended.program.home, ended.program.store, ended.program.settings)
    kept = {"done/clients.young00000.csv", "done/clients.young00000.options.json"}
    assert ended.names() == {*kept, "rejected/clients.not_imported.csv"}
    assert rows.exists()
    assert [each.name for each in (ended.program.home.path / "jobs").iterdir()] == ["young00000"]


def test_what_somebody_has_changed_or_moved_stays(ended: Ended) -> None:
    ended.put_away(ended.job(CODE, Status.FAILED))
    failed = ended.folder / "failed"
    (failed / "clients.csv").rename(ended.folder / "clients.csv")
    put(failed / "clients.csv", b"somebody else's")
    age(ended.program, CODE, 31)
    clean_up(ended.program.home, ended.program.store, ended.program.settings)
    assert ended.names() == {"clients.csv", "failed/clients.csv"}
    assert (failed / "clients.csv").read_bytes() == b"somebody else's"


def test_a_file_that_is_not_put_away_yet_outlives_the_retention(ended: Ended) -> None:
    ended.job(CODE, Status.COMPLETED)
    (ended.program.home.taken).mkdir()
    ended.program.home.note(CODE).write_text('{"name": "clients.csv", "error": null}')
    (ended.folder / "done").write_bytes(b"")
    age(ended.program, CODE, 31)
    for _ in range(2):
        clean_up(ended.program.home, ended.program.store, ended.program.settings)
        assert ended.program.home.job(CODE).source.read_bytes() == GOOD
        with suppress(StoreError):
            finalise(ended.program.home, ended.program.store, ended.drop, CODE)
    (ended.folder / "done").unlink()
    finalise(ended.program.home, ended.program.store, ended.drop, CODE)
    assert ended.names() == {"done/clients.csv"}
    clean_up(ended.program.home, ended.program.store, ended.program.settings)
    assert ended.names() == set()


def test_in_a_bucket_it_is_the_same(tmp_path: Path) -> None:
    address = f"memory://{tmp_path.name}/in"
    bucket, path = fsspec.filesystem("memory"), f"/{tmp_path.name}/in"
    ended = Ended(tmp_path / "home", address)
    for code in ("c0dec0dec1", "c0dec0dec2"):
        job = ended.job(code, Status.FAILED, code.encode(), "It is no good.")
        for point in ("place named", "reason written", "in both"):
            arm(f"{point}=disk full")
            with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
                ended.put_away(job)
            arm("")
        ended.put_away(job)
        ended.put_away(job)
    failed = {"clients.csv", "clients.csv.txt", "clients.c0dec0dec2.csv", "clients.c0dec0dec2.csv.txt"}
    assert {name.rpartition("/")[2] for name in bucket.find(path)} == failed
    assert bucket.cat_file(f"{path}/failed/clients.c0dec0dec2.csv") == b"c0dec0dec2"
    for code in ("c0dec0dec1", "c0dec0dec2"):
        assert not ended.program.home.job(code).source.exists()
        age(ended.program, code, 31)
    settings = Settings(home=tmp_path / "home", drop=address)
    bucket.pipe_file(f"{path}/failed/clients.csv", b"changed by somebody")
    clean_up(ended.program.home, ended.program.store, settings)
    assert [name.rpartition("/")[2] for name in bucket.find(path)] == ["clients.csv"]
    ended.program.store.close()
