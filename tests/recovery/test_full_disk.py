"""Covers a disk that is full while an import receives, stages or applies its rows: Failed, said so, table untouched.

The disk is a small one of the test's own where the tests may mount one, as root can. Everywhere the size of a
single file is limited as well, which stops a write the same way but leaves room for every other file.
"""

from __future__ import annotations

import gzip
import os
import random
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.api_server import ApiServer
from tests.support.cli import Answer, CommandLine, let_go, wait_until
from tests.support.file_size import no_file_above

pytestmark = pytest.mark.slow

MIB = 1 << 20
FULL = "The disk is full"


def mount(folder: Path) -> bool:
    """Mount a small disk on ``folder``; returns whether that is allowed here."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={16 * MIB}", "tmpfs", str(folder)]
    return os.geteuid() == 0 and subprocess.run(command, capture_output=True, check=False).returncode == 0


def unmount(folder: Path) -> None:
    subprocess.run(["umount", "--lazy", folder], check=True)


def _can_mount() -> bool:
    with tempfile.TemporaryDirectory() as folder:
        if not mount(Path(folder)):
            return False
        unmount(Path(folder))
        return True


DISKS = ["small disk", "file size"] if _can_mount() else ["file size"]


@pytest.fixture(params=DISKS)
def disk(request: pytest.FixtureRequest) -> str:
    """What there is little of."""
    return str(request.param)


@pytest.fixture
def cli(disk: str, tmp_path: Path) -> Iterator[CommandLine]:
    """A home with one client, on a disk with 16 MiB when that is what there is little of."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if disk == "small disk":
        assert mount(folder)
    try:
        cli = CommandLine(folder / "home")
        assert cli("run", "-", "--quiet", stdin=b"Code,Name,Type\nA1,Acme,Ltd\n").status == 0
        yield cli
    finally:
        if disk == "small disk":
            unmount(folder)


def lines(count: int) -> bytes:
    """A file of ``count`` clients, 200 bytes each, that neither DuckDB nor gzip makes small."""
    noise = random.Random(count)
    return b"Code,Name,Type,NatureOfBusiness\n" + b"".join(
        b"K%d,Client %d,Ltd,%s\n" % (number, number, noise.randbytes(90).hex().encode()) for number in range(count)
    )


def run_limited(cli: CommandLine, size: int, file: Path) -> Answer:
    """Run an import that may write no file larger than ``size``."""
    with no_file_above(size):
        process = cli.start("run", file, "--quiet")
    return cli.end(process)


def assert_failed_for_the_disk(cli: CommandLine, answer: Answer) -> None:
    """One sentence, and the newest job is Failed with it and has given back the room it took."""
    assert answer.status == 1, answer
    assert FULL in answer.stderr
    assert len(answer.stderr.strip().splitlines()) == 1, answer.stderr
    [job, *_] = cli.jobs()
    assert (job["status"], job["createdCount"], job["updatedCount"]) == ("Failed", 0, 0)
    assert FULL in job["failureReason"]
    left = {path.name for path in (cli.home / "jobs" / job["code"]).rglob("*")}
    assert "attempts" not in left
    assert not {name for name in left if name.endswith((".cells.arrow", ".rows.parquet"))}
    assert "plan.json" in left or not {name for name in left if name.endswith("row_errors.parquet")}


def test_full_while_the_file_comes_in(disk: str, cli: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "clients.csv"
    file.write_bytes(lines(90_000))
    before = cli.clients(), cli.jobs(), set((cli.home / "jobs").iterdir())
    answer = cli("run", file, "--quiet") if disk == "small disk" else run_limited(cli, 2 * MIB, file)
    assert (answer.status, answer.stdout) == (1, "")
    assert FULL in answer.stderr
    assert (cli.clients(), cli.jobs(), set((cli.home / "jobs").iterdir())) == before


def test_full_while_staging(disk: str, cli: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "clients.csv.gz"
    file.write_bytes(gzip.compress(lines(60_000)))  # packed it is half the disk, and unpacked too much
    before = cli.clients()
    answer = cli("run", file, "--quiet") if disk == "small disk" else run_limited(cli, 8 * MIB, file)
    assert_failed_for_the_disk(cli, answer)
    assert cli.clients() == before
    assert cli("run", "-", "--quiet", stdin=lines(1)).status == 0


def test_full_while_applying(disk: str, cli: CommandLine, tmp_path: Path) -> None:
    file, filler = tmp_path / "clients.csv", cli.home.parent / "filler"
    file.write_bytes(lines(6_000))
    before = cli.clients()
    if disk == "small disk":
        with cli.locked() as holder:
            process = cli.start("run", file, "--quiet")
            wait_until(lambda: len(cli.jobs()) > 1 and cli.is_waiting(), "the import to wait for the database")
            fill(filler)
            let_go(holder)
            answer = cli.end(process)
        filler.unlink()
    else:
        answer = run_limited(cli, 3 * MIB // 2, file)  # enough for the staged rows, not for DuckDB's log of them
    assert_failed_for_the_disk(cli, answer)
    assert cli.clients() == before
    assert cli("run", "-", "--quiet", stdin=lines(1)).status == 0


@pytest.mark.skipif("small disk" not in DISKS, reason="only root can mount a disk")
def test_full_anywhere_says_what_became_of_the_import(tmp_path: Path) -> None:
    """Before it begins, within it, after its commit, or while Dagster keeps its records."""
    folder, file = tmp_path / "disk", tmp_path / "clients.csv"
    folder.mkdir()
    assert mount(folder)
    try:
        cli = CommandLine(folder / "home")
        assert cli("run", "-", "--quiet", stdin=b"Code,Name,Type\nA1,Acme,Ltd\n").status == 0
        ends = set()
        for left in range(200, 2_700, 300):
            file.write_bytes(b"Code,Name,Type\nK%d,Acme,Ltd\nL%d,,Zorp\n" % (left, left))
            before, known = cli.clients(), {job["code"] for job in cli.jobs()}
            leave(folder, left * 1024)
            answer = cli("run", file, "--json")
            (folder / "filler").unlink()
            cli("jobs")
            changed = cli.clients() != before
            jobs = [job for job in cli.jobs() if job["code"] not in known]
            assert [job["status"] for job in jobs] in ([], ["Completed"] if changed else ["Failed"])
            assert len(answer.stderr.splitlines()) <= 1, answer
            if changed:
                assert "othing was imported" not in answer.stderr
                assert answer.status == 3 or "The import was done: 1 created" in answer.stderr, answer
            else:
                assert answer.status == 1
                assert "disk is full" in answer.stderr, answer
            ends.add((changed, answer.status))
        assert {changed for changed, _ in ends} == {True, False}
    finally:
        unmount(folder)


def leave(folder: Path, room: int) -> None:
    """Fill the disk of ``folder`` but for so many bytes."""
    disk = os.statvfs(folder)
    (folder / "filler").write_bytes(bytes(disk.f_bavail * disk.f_frsize - room))


def fill(file: Path) -> None:
    """Write until the disk is full, to its last byte."""
    with file.open("wb", buffering=0) as stream:
        for size in (MIB, 4096, 1):
            while True:
                try:
                    stream.write(bytes(size))
                except OSError:
                    break


@pytest.mark.skipif("small disk" not in DISKS, reason="no small disk may be mounted here")
def test_health_says_that_the_disk_has_no_room(tmp_path: Path) -> None:
    folder = tmp_path / "disk"
    folder.mkdir()
    assert mount(folder)
    try:
        with ApiServer(folder / "home") as server:
            answer = server.client.get("/healthz")
            assert answer.status_code == 503
            assert "MiB left" in answer.json()["disk"]
    finally:
        unmount(folder)
