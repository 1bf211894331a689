"""Covers imports that are started together, by commands and from the drop folder: none fails, and what comes out is
what one after the other gives. Each is a real process on one home folder.
"""

from __future__ import annotations

import os
import random
from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import CommandLine, let_go, wait_until

pytestmark = pytest.mark.slow

TRACES = 4
"""The columns that say when and by which job a client changed come last."""


def rows(numbers: range, team: str | None = None) -> bytes:
    """A file of clients, the same ones in the same words wherever two files overlap, unless a ``team`` is given."""
    header = "Code,Name,Type" + (",Team" if team else "")
    lines = [f"C{number:04},Client {number},Ltd" + (f",{team}" if team else "") for number in numbers]
    return "\n".join([header, *lines, ""]).encode()


def without_traces(cli: CommandLine) -> list[tuple[Any, ...]]:
    return [client[:-TRACES] for client in cli.clients()]


def put(cli: CommandLine, name: str, content: bytes, age: int) -> None:
    file = cli.home / "drop" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    then = file.stat().st_mtime - age
    os.utime(file, (then, then))


@pytest.mark.long
def test_commands_and_the_drop_folder_together_give_what_one_after_the_other_gives(tmp_path: Path) -> None:
    files = {f"{number}.csv": rows(range(number * 200, number * 200 + 400)) for number in range(4)}
    dropped = {f"dropped {number}.csv": rows(range(700 + number * 100, 1000 + number * 100)) for number in range(2)}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    together, alone = CommandLine(tmp_path / "together"), CommandLine(tmp_path / "alone")
    for cli in (together, alone):
        for age, (name, content) in enumerate(dropped.items()):
            put(cli, name, content, age=100 - age)
    twice = [*files, "0.csv", "1.csv"]
    processes = [together.start("run", tmp_path / name, "--json") for name in twice]
    processes += [together.start("drop", "--json") for _ in range(2)]
    answers = [together.end(process) for process in processes]
    assert [answer.status for answer in answers] == [0] * len(processes), answers
    jobs = [answer.json for answer in answers[: len(twice)]] + answers[-2].json + answers[-1].json
    assert sorted(job["fileName"] for job in jobs) == sorted([*twice, *dropped])
    assert {job["status"] for job in jobs} == {"Completed"}
    assert sum(job["createdCount"] for job in jobs) == 1100 == len(together.clients())
    assert sum(job["updatedCount"] for job in jobs) == 0

    order = random.Random(1).sample(twice, len(twice))
    for name in order:
        assert alone("run", tmp_path / name, "--quiet").status == 0
    assert alone("drop", "--quiet").status == 0
    assert without_traces(together) == without_traces(alone)


def test_of_imports_that_disagree_one_has_the_last_word_for_every_client(tmp_path: Path) -> None:
    cli = CommandLine(tmp_path / "home")
    teams = ("Red", "Green", "Blue")
    for team in teams:
        (tmp_path / f"{team}.csv").write_bytes(rows(range(500), team))
    processes = [cli.start("run", tmp_path / f"{team}.csv", "--json") for team in teams]
    answers = [cli.end(process) for process in processes]
    assert [answer.status for answer in answers] == [0, 0, 0], answers
    assert sorted((answer.json["createdCount"], answer.json["updatedCount"]) for answer in answers) == [
        (0, 500),
        (0, 500),
        (500, 0),
    ]
    last_words = {next(value for value in client if value in teams) for client in cli.clients()}
    assert (len(cli.clients()), len(last_words)) == (500, 1)


@pytest.mark.long
def test_while_one_has_the_database_the_others_read_wait_and_say_for_whom(tmp_path: Path) -> None:
    cli = CommandLine(tmp_path / "home")
    (tmp_path / "one.csv").write_bytes(rows(range(10)))
    put(cli, "two.csv", rows(range(5, 15)), age=10)
    assert cli("run", "-", "--quiet", stdin=rows(range(1))).status == 0
    with cli.locked() as holder:
        processes = [cli.start("run", tmp_path / "one.csv", "--json"), cli.start("drop", "--json")]
        wait_until(
            lambda: sum((job["phase"] or "").startswith("waiting for") for job in cli.jobs()) == 2, "both to wait"
        )
        waiting = f"waiting for process {holder.pid}"
        listed = cli("jobs")
        assert (listed.status, listed.stdout.count(waiting)) == (0, 2)
        for job in cli.jobs()[:2]:
            assert (job["status"], job["totalItems"], job["processedItems"]) == ("InProgress", 10, 10)
            assert waiting in cli("job", job["code"]).stdout
        let_go(holder)
        answers = [cli.end(process) for process in processes]
    assert [answer.status for answer in answers] == [0, 0], answers
    assert len(cli.clients()) == 15
