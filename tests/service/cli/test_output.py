"""Covers a terminal that takes nothing: the exit status and the sentences stay those of what was done.

/dev/full is a disk that is full; a pipe whose reader has gone and a number that is closed are the others.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import IO

import psutil
import pytest

from tests.support.cli import COMMAND, PATIENCE_SECONDS, CommandLine, free_port, wait_until
from tests.support.servers import ROOT

FULL = Path("/dev/full")
NOT_WRITTEN = "could not be written to standard output"

pytestmark = pytest.mark.skipif(not FULL.exists(), reason="there is no /dev/full")


@pytest.fixture(scope="module")
def cli(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    """A home with one client."""
    cli = CommandLine(tmp_path_factory.mktemp("output") / "home")
    assert cli("run", "-", "--quiet", stdin=b"Code,Name,Type\nA1,Acme,Ltd\n").status == 0
    return cli


def run(cli: CommandLine, *words: str | Path, stdout: IO[bytes] | int, stderr: IO[bytes] | int) -> tuple[int, str]:
    """Run the command with its streams there; returns its status and what it said on stderr."""
    done = subprocess.run([COMMAND, *words], env=cli.environment, stdout=stdout, stderr=stderr, check=False)
    return done.returncode, (done.stderr or b"").decode()


def a_file(folder: Path, code: str) -> Path:
    """A file with one good row and a wrong one."""
    path = folder / "clients.csv"
    path.write_text(f"Code,Name,Type\n{code},Acme,Ltd\n{code}x,,Zorp\n", "utf-8")
    return path


def newest(cli: CommandLine) -> tuple[str, int, int]:
    job = cli.jobs()[0]
    return job["status"], job["createdCount"], job["errorCount"]


@pytest.mark.parametrize("words", [["--json"], []])
def test_result_that_cannot_be_printed(words: list[str], cli: CommandLine, tmp_path: Path) -> None:
    before = len(cli.clients())
    with FULL.open("wb") as full:
        file = a_file(tmp_path, f"F{len(words)}")
        status, said = run(cli, "run", file, *words, stdout=full, stderr=subprocess.PIPE)
    assert (status, newest(cli)) == (3, ("Completed", 1, 1))
    assert len(said.splitlines()) == 1
    assert "1 created" in said
    assert NOT_WRITTEN in said
    assert "othing was imported" not in said
    assert len(cli.clients()) == before + 1


def test_nobody_reads_the_result(cli: CommandLine, tmp_path: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    status, said = run(cli, "run", a_file(tmp_path, "P"), "--json", stdout=write, stderr=subprocess.PIPE)
    os.close(write)
    assert (status, said, newest(cli)) == (3, "", ("Completed", 1, 1))


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_streams_that_are_closed(closed: str, cli: CommandLine, tmp_path: Path) -> None:
    file = a_file(tmp_path, f"C{len(closed)}")
    line = f'exec "$0" run "$1" --json {closed}'
    done = subprocess.run(
        ["sh", "-c", line, COMMAND, file],
        env=cli.environment,
        capture_output=True,
        check=False,
    )
    assert (done.returncode, newest(cli)) == (3, ("Completed", 1, 1)), done
    assert cli.clients()  # nothing was printed into the database


def test_server_whose_streams_are_closed(cli: CommandLine) -> None:
    """What it or a worker prints goes nowhere, and not into the file that would have had the number."""
    line = f"exec {sys.executable} -m service.api --port {free_port()} <&- >&- 2>&-"
    process = subprocess.Popen(["sh", "-c", line], cwd=ROOT, env=cli.environment)
    try:
        wait_until(lambda: len(psutil.Process(process.pid).net_connections()) > 0, "the server to listen")
        for each in [psutil.Process(process.pid), *psutil.Process(process.pid).children()]:
            for number in range(3):
                assert Path(f"/proc/{each.pid}/fd/{number}").resolve() == Path("/dev/null")
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)


def test_standard_input_that_is_closed(cli: CommandLine) -> None:
    line = 'exec "$0" run - <&-'
    done = subprocess.run(["sh", "-c", line, COMMAND], env=cli.environment, capture_output=True, check=False)
    assert done.returncode == 2
    assert b"Standard input is closed" in done.stderr


def test_stderr_that_is_full(cli: CommandLine, tmp_path: Path) -> None:
    with FULL.open("wb") as full:
        assert run(cli, "run", a_file(tmp_path, "E"), stdout=full, stderr=full)[0] == 3
        assert run(cli, "run", tmp_path / "none.csv", stdout=full, stderr=full)[0] == 2
    assert newest(cli) == ("Completed", 1, 1)


@pytest.mark.parametrize(
    "words",
    [
        ["jobs"],
        ["jobs", "--json"],
        ["fields"],
        ["fields", "--schema"],
        ["settings"],
        ["template"],
        ["export"],
        ["mappings", "list"],
        ["drop", "--list"],
        ["--help"],
    ],
    ids=" ".join,
)
def test_answers_that_cannot_be_printed(words: list[str], cli: CommandLine) -> None:
    with FULL.open("wb") as full:
        status, said = run(cli, *words, stdout=full, stderr=subprocess.PIPE)
    assert (status, said.count("\n")) == (1, 1)
    assert NOT_WRITTEN in said
    assert "import" not in said


def test_what_was_done_stays_done(cli: CommandLine, tmp_path: Path) -> None:
    file = a_file(tmp_path, "M")
    with FULL.open("wb") as full:
        saved = run(cli, "mappings", "save", "ours", "--from", file, stdout=full, stderr=subprocess.PIPE)
        deleted = run(cli, "mappings", "delete", "ours", stdout=full, stderr=subprocess.PIPE)
    assert (saved[0], saved[1].startswith("Saved 3 columns as ours. ")) == (0, True), saved
    assert (deleted[0], deleted[1].startswith("Deleted ours. ")) == (0, True), deleted


def test_dropped_files_are_imported_whoever_reads(cli: CommandLine) -> None:
    drop = cli.home / "drop"
    drop.mkdir(exist_ok=True)
    for name in ("one", "two"):
        (drop / f"{name}.csv").write_text(f"Code,Name,Type\nD{name},Acme,Ltd\n", "utf-8")
    with FULL.open("wb") as full:
        status, said = run(cli, "drop", stdout=full, stderr=subprocess.PIPE)
    assert status == 0
    assert "Completed" in said
    assert [job["status"] for job in cli.jobs()[:2]] == ["Completed", "Completed"]
    assert not list(drop.glob("*.csv"))
