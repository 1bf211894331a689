"""Covers the command ``drop`` with real processes: what it imports and prints, its list, and its exit statuses."""

from __future__ import annotations

import json
import os
import signal
from datetime import date
from pathlib import Path

import duckdb
import pytest

from tests.support.cli import CommandLine, wait_until

CLEAN = b"Code,Name,Type\nA1,Acme,Ltd\n"
MIXED = b"Code,Name,Type\nA1,Acme Two,Ltd\nA2,Bee,Zorp\n"


@pytest.fixture
def cli(tmp_path: Path) -> CommandLine:
    (tmp_path / "home" / "drop").mkdir(parents=True)
    return CommandLine(tmp_path / "home")


def put(cli: CommandLine, name: str, content: bytes, age: int = 0) -> Path:
    file = cli.home / "drop" / name
    file.write_bytes(content)
    then = file.stat().st_mtime - age
    os.utime(file, (then, then))
    return file


def names(cli: CommandLine) -> set[str]:
    folder = cli.home / "drop"
    return {str(file.relative_to(folder)) for file in folder.rglob("*") if not file.is_dir()}


def test_an_empty_drop_folder(tmp_path: Path) -> None:
    cli = CommandLine(tmp_path / "new")
    answer = cli("drop")
    assert (answer.status, answer.stderr) == (0, "")
    assert f"Nothing waits in {cli.home / 'drop'}" in answer.stdout
    assert (cli("drop", "--json").json, cli("drop", "--list").status) == ([], 0)


def test_the_list_says_what_waits_and_why_the_rest_does_not(cli: CommandLine) -> None:
    put(cli, "new.csv", CLEAN)
    put(cli, "old [1] \u202e.csv", CLEAN, age=60)
    put(cli, "notes.pdf", b"")
    put(cli, "new.options.json", b"{}")
    before = names(cli)
    listed = cli("drop", "--list", "--json").json
    assert listed["folder"] == str(cli.home / "drop")
    assert [(file["fileName"], file["size"]) for file in listed["waiting"]] == [
        ("old [1] \u202e.csv", 27),
        ("new.csv", 27),
    ]
    [left] = listed["leftAlone"]
    assert (left["fileName"], "ends in none of" in left["reason"]) == ("notes.pdf", True)
    table = cli("drop", "--list").stdout
    assert table.index("old [1] \\u202e.csv") < table.index("new.csv") < table.index("notes.pdf")
    assert names(cli) == before
    assert cli.jobs() == []


def test_everything_that_waits_is_imported_oldest_first(cli: CommandLine) -> None:
    put(cli, "second.csv", MIXED, age=10)
    put(cli, "first.csv", CLEAN, age=20)
    answer = cli("drop")
    assert (answer.status, answer.stderr) == (3, "")
    lines = answer.stdout.splitlines()
    assert lines[0] == "first.csv: Completed - 1 created, 0 updated, 0 skipped, 0 rejected"
    assert lines[1] == "second.csv: Completed - 0 created, 1 updated, 0 skipped, 1 rejected"
    assert lines[2] == '  Type: not in the list, 1 row, such as "Zorp" (not_in_list, row 3)'
    assert lines[3] == "2 files: 2 Completed - 1 created, 1 updated, 0 skipped, 1 rejected"
    assert names(cli) == {"done/first.csv", "done/second.csv", "rejected/second.not_imported.csv"}
    rejected = cli.home / "drop" / "rejected" / "second.not_imported.csv"
    rejected.write_bytes(rejected.read_bytes().replace(b'"Zorp"', b'"Trust"', 1))
    rejected.rename(cli.home / "drop" / "second.not_imported.csv")
    answer = cli("drop", "--json")
    assert (answer.status, answer.stderr) == (0, "")
    [job] = answer.json
    assert (job["fileName"], job["status"], job["createdCount"]) == ("second.not_imported.csv", "Completed", 1)
    assert cli("job", job["code"], "--json").json == job
    assert names(cli) == {"done/first.csv", "done/second.csv", "done/second.not_imported.csv"}


def test_a_failed_file_does_not_stop_the_others(cli: CommandLine) -> None:
    put(cli, "a.csv", b"%PDF-1.7", age=20)
    put(cli, "b.options.json", b"{")
    put(cli, "b.csv", CLEAN, age=10)
    put(cli, "c.csv", CLEAN)
    answer = cli("drop", "--quiet")
    assert (answer.status, answer.stdout) == (1, "")
    first, second = answer.stderr.splitlines()
    assert first.startswith("a.csv: The file looks like a PDF document")
    assert second.startswith("b.csv: The options file b.options.json is not JSON")
    assert [job["status"] for job in cli.jobs()] == ["Completed", "Failed", "Failed"]
    failed = {"a.csv", "a.csv.txt", "b.csv", "b.csv.txt", "b.options.json"}
    assert names(cli) == {"done/c.csv", *(f"failed/{name}" for name in failed)}


def test_a_signal_cancels_the_import_and_leaves_the_rest(cli: CommandLine) -> None:
    assert cli("run", "-", "--quiet", stdin=CLEAN).status == 0
    put(cli, "a.csv", MIXED, age=20)
    put(cli, "b.csv", MIXED, age=10)
    with cli.locked():
        process = cli.start("drop")
        try:
            wait_until(lambda: len(cli.jobs()) > 1 and cli.is_waiting(), "the import to wait for the database")
            process.send_signal(signal.SIGINT)
            answer = cli.end(process)
        finally:
            process.kill()
    assert answer.status == 130
    assert "a.csv: Cancelled" in answer.stdout
    assert [job["status"] for job in cli.jobs()] == ["Cancelled", "Completed"]
    assert f"What was not imported is in {cli.home}/drop/failed, each file with a text that says why" in answer.stdout
    assert names(cli) == {"b.csv", "failed/a.csv", "failed/a.csv.txt"}
    assert (cli.home / "drop" / "failed" / "a.csv").read_bytes() == MIXED


def test_a_drop_folder_that_cannot_be_used(cli: CommandLine) -> None:
    answer = cli("drop", CLIENT_IMPORT_DROP="zorp://bucket")
    assert (answer.status, answer.stdout) == (2, "")
    assert "CLIENT_IMPORT_DROP: zorp://bucket cannot be used" in answer.stderr
    put(cli, "file", b"")
    answer = cli("drop", CLIENT_IMPORT_DROP=str(cli.home / "drop" / "file"))
    assert answer.status == 1
    assert "set CLIENT_IMPORT_DROP to another folder" in answer.stderr
    assert cli("settings", CLIENT_IMPORT_TIME_ZONE="Middle/Earth").status == 2


def test_rejected_rows_that_are_dropped_again_are_imported_as_their_file_was(cli: CommandLine) -> None:
    """Nobody is there to choose anew: the mapping and the order of dates are those of the file they come from."""
    rows = b"Ref;Who;Kind;Since\nA1;Ann;Ltd;12/31/2024\nA2;Bee;Zorp;03/04/2024\nA3;Cy;Ltd;31/12/2024\n"
    put(cli, "clients.csv", rows)
    columns = {"Ref": "Code", "Who": "Name", "Kind": "Type", "Since": "IncorporationDate"}
    options = {
        "dayFirst": False,
        "columnMappings": [{"csvHeader": header, "targetField": field} for header, field in columns.items()],
    }
    put(cli, "clients.options.json", json.dumps(options).encode())
    assert cli("drop").status == 3
    rejected = cli.home / "drop" / "rejected" / "clients.not_imported.csv"
    untouched = rejected.read_bytes()
    put(cli, "again.csv", untouched)
    put(cli, "corrected.csv", untouched.replace(b"Zorp", b"Trust"))
    assert cli("drop").status == 3
    counts = [(job["createdCount"], job["errorCount"]) for job in cli("jobs", "--json").json]
    assert sorted(counts) == [(0, 2), (1, 1), (1, 2)]
    with duckdb.connect(str(cli.home / "clients.duckdb"), read_only=True) as clients:
        dates = clients.execute("SELECT code, incorporation_date FROM clients ORDER BY code").fetchall()
    assert dates == [("A1", date(2024, 12, 31)), ("A2", date(2024, 3, 4))]
