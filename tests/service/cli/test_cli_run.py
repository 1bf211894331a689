"""Covers the command ``run``: its output and exit statuses, and the Dagster run that every import is."""

from __future__ import annotations

import gzip
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

import pytest

from tests.support.cli import COMMAND, Answer, CommandLine

CLEAN = b"Code,Name,Type,Team\nA1,Acme,Ltd,Red\nA2,Beta,Charity,Red\nA3,Gamma,Trust,Blue\n"
MIXED = (
    b"Code,Name,Type,Team\n"
    b"A1,Acme,Ltd,Green\n"  # updated
    b"A2,Beta,Charity,Red\nA3,Gamma,Trust,Blue\n"  # skipped
    b"B1,Delta,Nonsense,Red\nB2,,Ltd,Red\nB3,Zeta,Ltd,\n"  # rejected, rejected, created
)
COUNTS = ("createdCount", "updatedCount", "skippedCount", "errorCount")

RECORD = {
    "code": str,
    "status": str,
    "fileName": str,
    "totalItems": int,
    "processedItems": int,
    "createdCount": int,
    "updatedCount": int,
    "skippedCount": int,
    "errorCount": int,
    "startedDate": str,
    "completedDate": str,
    "createdDate": str,
    "notImportedDownloadUrl": str,
    "failureReason": type(None),
    "outcome": str,
    "notes": list,
}
"""The fields of docs/rules.md, section 1, in its order, the notes, and their types in a job that left rows behind."""

_DAGSTER_RUNS = """
import json, sys
import dagster as dg

with dg.DagsterInstance.from_config(sys.argv[1]) as instance:
    materialised = dg.DagsterEventType.ASSET_MATERIALIZATION
    print(json.dumps([
        {
            "status": run.status.value,
            "tags": run.tags,
            "assets": [
                entry.dagster_event.asset_key.to_user_string()
                for entry in instance.all_logs(run.run_id, of_type=materialised)
            ],
        }
        for run in instance.get_runs()
    ]))
"""


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> tuple[CommandLine, Answer]:
    """A home, whose name a URL must quote, with CLEAN imported, and what that answered."""
    folder = tmp_path_factory.mktemp("run")
    cli = CommandLine(folder / "hôme of 100%")
    file = folder / "clients.csv"
    file.write_bytes(CLEAN)
    return cli, cli("run", file)


def files_of(home: Path) -> set[Path]:
    """Every file and folder in ``home`` but those of SQLite's own making."""
    return {path for path in home.rglob("*") if not path.name.endswith(("-wal", "-shm"))}


def path_of(url: str) -> Path:
    parts = urlsplit(url)
    assert (parts.scheme, parts.netloc) == ("file", "")
    return Path(url2pathname(parts.path))


def test_a_run_says_what_became_of_the_rows(imported: tuple[CommandLine, Answer]) -> None:
    cli, answer = imported
    assert answer.status == 0, answer
    assert "Completed" in answer.stdout
    assert "3 created, 0 updated, 0 skipped, 0 rejected" in answer.stdout
    assert cli.jobs()[-1]["code"] in answer.stdout
    assert answer.stderr == ""
    assert len(cli.clients()) == 3


def test_the_import_is_a_run_in_the_dagster_instance(imported: tuple[CommandLine, Answer]) -> None:
    cli, _ = imported
    command = [sys.executable, "-c", _DAGSTER_RUNS, str(cli.home / "dagster")]
    environment = {**os.environ, "DAGSTER_HOME": str(cli.home / "dagster")}
    output = subprocess.run(command, env=environment, capture_output=True, check=True).stdout
    job = cli.jobs()[-1]
    [run] = [run for run in json.loads(output) if run["tags"].get("client_import/job") == job["code"]]
    assert run["status"] == "SUCCESS"
    assert run["tags"]["client_import/file"] == "clients.csv"
    assert run["tags"]["client_import/started_by"] == "command line"
    assert sorted(run["assets"]) == sorted(
        ["source_file", "valid_rows", "rejected_rows", "clients", "not_imported", "import_job"]
    )


def test_json_is_the_job_record_and_nothing_else(imported: tuple[CommandLine, Answer], tmp_path: Path) -> None:
    cli, _ = imported
    file = tmp_path / "mixed.csv.gz"
    file.write_bytes(gzip.compress(MIXED))
    answer = cli("run", file, "--json", "--dry-run")
    planned = answer.json
    assert answer.status == 0
    answer = cli("run", file, "--json")
    record = answer.json
    assert answer.status == 3, answer
    assert answer.stderr == ""
    assert list(record) == list(RECORD)
    assert {name: type(value) for name, value in record.items()} == RECORD
    assert (record["status"], record["fileName"], record["outcome"]) == ("Completed", file.name, "WithErrors")
    assert (record["totalItems"], record["processedItems"]) == (6, 6)
    assert [record[name] for name in COUNTS] == [planned[name] for name in COUNTS] == [1, 1, 2, 2]
    for name in ("createdDate", "startedDate", "completedDate"):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", record[name])
    assert record["createdDate"] <= record["startedDate"] <= record["completedDate"]
    rows = path_of(record["notImportedDownloadUrl"]).read_bytes().decode("utf-8-sig").split("\r\n")
    assert len(rows) == 1 + 4 + 1
    assert cli("job", record["code"], "--json").json == record


def test_standard_input_quietly(imported: tuple[CommandLine, Answer]) -> None:
    cli, _ = imported
    answer = cli("run", "-", "--quiet", stdin=gzip.compress(CLEAN.replace(b"A", b"S")))
    assert answer == Answer(0, "", "")
    [newest, *_] = cli.jobs()
    assert (newest["fileName"], newest["createdCount"], newest["outcome"]) == ("stdin.csv", 3, "Clean")


def test_a_dry_run_is_a_plan_and_leaves_nothing(imported: tuple[CommandLine, Answer], tmp_path: Path) -> None:
    cli, _ = imported
    file = tmp_path / "plan.csv"
    file.write_bytes(b"Code,Name,Team\nA2,Beta,Black\nN1,No Type,Red\nA3,Gamma,Blue\n")
    before = cli.jobs(), cli.clients(), files_of(cli.home)
    answer = cli("run", file, "--dry-run", "--json")
    assert (cli.jobs(), cli.clients(), files_of(cli.home)) == before
    assert (answer.status, answer.stderr) == (0, "")
    assert list(answer.json) == [
        *COUNTS,
        "emptiedCount",
        "reasons",
        "changes",
        "unknownValues",
        "notes",
        "failureReason",
    ]
    assert [answer.json[name] for name in COUNTS] == [0, 1, 1, 1]
    assert answer.json["reasons"] == {"missing_required": 1, "unchanged": 1}
    assert answer.json["changes"] == [{"row": 2, "code": "A2", "field": "Team", "from": "Red", "to": "Black"}]


def test_over_the_error_limit_a_job_fails(imported: tuple[CommandLine, Answer], tmp_path: Path) -> None:
    cli, _ = imported
    file = tmp_path / "limited.csv"
    file.write_bytes(b"Code,Name,Type\nL1,Lima,Ltd\nL2,Lima Two,Nonsense\n")
    before = cli.clients()
    answer = cli("run", file, "--json", "--max-errors", "0")
    record = answer.json
    assert answer.status == 1
    assert (record["status"], record["createdCount"], record["errorCount"]) == ("Failed", 0, 1)
    assert record["failureReason"] in answer.stderr
    assert "limit" in record["failureReason"]
    assert path_of(record["notImportedDownloadUrl"]).exists()
    assert cli.clients() == before


def test_a_terminal_is_shown_progress(imported: tuple[CommandLine, Answer], tmp_path: Path) -> None:
    cli, _ = imported
    file = tmp_path / "seen.csv"
    file.write_bytes(CLEAN)
    terminal, its_end = os.openpty()
    command: list[Any] = [COMMAND, "run", file, "--map", "Code=Code", "--map", "Team=Team"]
    environment = {**cli.environment, "TERM": "xterm"}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=its_end)
    os.close(its_end)
    shown = b""
    try:
        while piece := os.read(terminal, 1 << 16):
            shown += piece
    except OSError:  # that is how a terminal says that nobody writes to it any more
        pass
    except BaseException:
        process.kill()
        raise
    finally:
        os.close(terminal)
    stdout, _ = process.communicate()
    assert (process.returncode, b"Completed" in stdout) == (0, True)
    assert b"starting" in shown
    assert b"\x1b" not in stdout
