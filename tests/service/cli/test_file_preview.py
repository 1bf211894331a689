"""The command line looks at files within the limits that the HTTP API has, and lets go of them when it is stopped."""

from __future__ import annotations

import signal
from pathlib import Path

import psutil
import pytest

from tests.support.cli import CommandLine, wait_until

CLIENTS = b"Code,Name,Type\nA1,Ann,Ltd\nB2,Bob,Zorp\n"
NEVER = "0.001"
"""Seconds within which nothing can be looked at."""


@pytest.fixture
def cli(tmp_path: Path) -> CommandLine:
    return CommandLine(tmp_path / "home")


def left_over(cli: CommandLine) -> list[str]:
    scratch = cli.home / "scratch"
    return [path.name for path in scratch.iterdir()] if scratch.exists() else []


@pytest.mark.parametrize(
    "arguments", [("preview", "-"), ("run", "-", "--dry-run"), ("mappings", "save", "mine", "--from", "-")]
)
@pytest.mark.parametrize(("setting", "most"), [("SECONDS", NEVER), ("MEMORY", "1MB")])
def test_a_look_beyond_its_limits_is_ended_and_said(
    cli: CommandLine, arguments: tuple[str, ...], setting: str, most: str
) -> None:
    limits = {f"CLIENT_IMPORT_PREVIEW_{setting}": most, f"CLIENT_IMPORT_PLAN_{setting}": most}
    answer = cli(*arguments, stdin=CLIENTS, **limits)
    assert answer.status == 1
    assert "CLIENT_IMPORT_" in answer.stderr
    assert f"_{setting}" in answer.stderr
    assert left_over(cli) == []


def test_a_preview_without_its_plan_shows_the_rest_and_says_so(cli: CommandLine) -> None:
    answer = cli("preview", "-", "--json", stdin=CLIENTS, CLIENT_IMPORT_PLAN_SECONDS=NEVER)
    assert (answer.status, answer.json["headers"], answer.json["plan"]) == (1, ["Code", "Name", "Type"], None)
    assert "There is no plan. The plan took longer than the 0.001 seconds" in answer.json["notes"][-1]
    assert "CLIENT_IMPORT_PLAN_SECONDS" in answer.stderr


def test_rows_without_end_are_not_held_in_memory(cli: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "many.csv").write_bytes(b"Code,Name,Type\n" + b"A1,Ann Example of Somewhere,Ltd\n" * 600_000)
    answer = cli("preview", tmp_path / "many.csv", "--json", "--rows", "all")
    assert answer.status == 1
    assert "Ask for less at a time" in answer.stderr


def test_a_file_is_looked_at_where_it_is(cli: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "clients.csv"
    file.write_bytes(CLIENTS)
    before = file.stat()
    assert cli("preview", file).status == 0
    after = file.stat()
    assert (after.st_mode, after.st_nlink, after.st_ctime_ns) == (before.st_mode, 1, before.st_ctime_ns)
    assert left_over(cli) == []


@pytest.mark.parametrize(
    ("arguments", "number"), [(("preview",), signal.SIGINT), (("run", "--dry-run"), signal.SIGTERM)]
)
def test_a_look_that_is_interrupted_ends_with_its_process(
    cli: CommandLine, tmp_path: Path, arguments: tuple[str, ...], number: signal.Signals
) -> None:
    file = tmp_path / "clients.csv"
    with file.open("wb") as stream:
        stream.write(b"Code,Name,Type\n")
        for start in range(0, 3_000_000, 1_000):
            stream.write(b"".join(b"C%d,Ann,Ltd\n" % place for place in range(start, start + 1_000)))
    process = cli.start(*arguments, file)
    here = psutil.Process(process.pid)
    wait_until(
        lambda: any(Path(path).exists() for path in cli.home.glob("scratch/preview-*/parts/*.rows.parquet")), "the plan"
    )
    workers = here.children(recursive=True)
    process.send_signal(number)
    answer = cli.end(process)
    assert answer.status == 130
    assert "Traceback" not in answer.stderr
    assert workers
    assert not [worker for worker in workers if worker.is_running()]
    assert left_over(cli) == []
