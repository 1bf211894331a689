"""One line at the start of an import and one at its end, where a service wants them (CLIENT_IMPORT_LOG)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.cli import CommandLine
from tests.support.instance import instance_of

pytestmark = pytest.mark.slow

FILE = b"Code,Name,Type\nA1,Ann,Individual\nB2,Bob,Zorp\n"


@pytest.fixture
def cli(tmp_path: Path) -> CommandLine:
    return CommandLine(tmp_path / "home")


def test_off_by_default(cli: CommandLine) -> None:
    answer = cli("run", "-", "--json", stdin=FILE)
    assert (answer.status, answer.stderr) == (3, "")
    answer = cli("run", "-", "--quiet", stdin=b"%PDF-1.7")
    assert (answer.status, len(answer.stderr.splitlines())) == (1, 1)


def test_text_and_json_are_a_line_at_start_and_end(cli: CommandLine) -> None:
    text = cli("run", "-", "--quiet", stdin=FILE, CLIENT_IMPORT_LOG="text")
    first, last = text.stderr.splitlines()
    code = cli.jobs()[0]["code"]
    assert first.endswith(f"INFO Import {code} of stdin.csv started")
    counts = "2 rows, 1 created, 0 updated, 0 skipped, 1 rejected"
    assert last.endswith(f"INFO Import {code} of stdin.csv ended Completed: {counts}")
    asked = cli("run", "-", "--json", stdin=b"%PDF-1.7", CLIENT_IMPORT_LOG="json")
    started, ended = (json.loads(line) for line in asked.stderr.splitlines()[:2])
    assert (started["event"], started["level"], started["status"]) == ("started", "INFO", "InProgress")
    assert (ended["event"], ended["level"], ended["status"]) == ("ended", "ERROR", "Failed")
    assert started["code"] == ended["code"] == asked.json["code"]
    assert "PDF" in ended["failureReason"]


def test_dagster_keeps_the_same_lines_with_the_run(cli: CommandLine) -> None:
    assert cli("run", "-", "--quiet", stdin=FILE).status == 3
    [job] = cli.jobs()
    with instance_of(cli.home) as instance:
        [run] = instance.get_runs()
        said = [entry.user_message for entry in instance.all_logs(run.run_id)]
    assert [line for line in said if line.startswith("Import ")] == [
        f"Import {job['code']} of stdin.csv started",
        f"Import {job['code']} of stdin.csv ended Completed: 2 rows, 1 created, 0 updated, 0 skipped, 1 rejected",
    ]
