"""Covers files, mappings and homes an import cannot work with: each is one plain sentence, and the table stays.

A full disk is in test_full_disk.py. That no traceback is ever shown, every call of ``CommandLine`` asserts.
"""

from __future__ import annotations

import json
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import Answer, CommandLine, let_go, wait_until

HEADERS = b"Code,Name,Type\n"
CLIENTS = HEADERS + b"A1,Acme,Ltd\nA2,Beta,Charity\n"


def a_zip() -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("clients.csv", CLIENTS)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    """A home with two clients."""
    cli = CommandLine(tmp_path_factory.mktemp("bad") / "home")
    assert cli("run", "-", "--quiet", stdin=CLIENTS).status == 0
    return cli


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A good file."""
    path = tmp_path / "clients.csv"
    path.write_bytes(CLIENTS)
    return path


def assert_rejected(answer: Answer, *said: str) -> None:
    """The options are wrong: exit status 2, and one or two sentences on stderr that say ``said``."""
    assert (answer.status, answer.stdout) == (2, ""), answer
    assert [words for words in said if words not in answer.stderr] == [], answer.stderr
    assert len(answer.stderr.strip().splitlines()) == 1
    assert answer.stderr.strip().endswith(".")


def assert_failed(cli: CommandLine, answer: Answer, *said: str) -> dict[str, Any]:
    """The newest job is Failed and says ``said``, and the command says that too; returns the job."""
    [job, *_] = cli.jobs()
    assert (answer.status, job["status"]) == (1, "Failed"), answer
    assert [words for words in said if words not in job["failureReason"]] == [], job
    assert job["failureReason"] in answer.stderr
    assert job["failureReason"].endswith(".")
    assert (job["createdCount"], job["updatedCount"], job["outcome"]) == (0, 0, "NothingImported")
    assert job["completedDate"] is not None
    return job


def test_a_path_that_is_no_file(used: CommandLine, file: Path, tmp_path: Path) -> None:
    count = len(used.jobs())
    assert_rejected(used("run", tmp_path / "none.csv"), str(tmp_path / "none.csv"), "no file")
    assert_rejected(used("run", tmp_path), str(tmp_path), "folder")
    assert_rejected(used("preview", file / "below.csv"), str(file / "below.csv"), "cannot be read")
    assert_rejected(used("run", "x" * 300 + ".csv"), "cannot be read")
    assert len(used.jobs()) == count


@pytest.mark.parametrize("data", [b"", b"\n\n  \n", b"\xef\xbb\xbf", HEADERS, HEADERS + b" , ,\n\n"])
def test_a_file_without_rows_completes(data: bytes, used: CommandLine) -> None:
    before = used.clients()
    answer = used("run", "-", "--json", stdin=data)
    job = answer.json
    assert (answer.status, job["status"], job["totalItems"], job["processedItems"]) == (0, "Completed", 0, 0), answer
    assert job["notImportedDownloadUrl"] is None
    assert used.clients() == before


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<</Type/Catalog>>\nendobj\n", "PDF"),
        (a_zip(), "zip"),
        (b"\0\1\0\2" * 500, "NUL bytes"),
        (b"\x1f\x8b\x08\x00 cut short", "gzip"),
    ],
    ids=["pdf", "zip", "nul", "gzip"],
)
def test_what_is_no_table_of_text_fails(data: bytes, said: str, used: CommandLine) -> None:
    before = used.clients()
    job = assert_failed(used, used("run", "-", "--quiet", stdin=data), said)
    assert (job["totalItems"], job["notImportedDownloadUrl"]) == (None, None)
    assert used.clients() == before


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--map", "Shoe=Name"], ["Shoe", "Code, Name, Type"]),
        (["--map", "Name=Shoe"], ["Shoe", "client-import fields"]),
        (["--map", "Code=Code", "--map", "Name=Code"], ["Code", "Name"]),
        (["--match-on", "NiNumber"], ["NiNumber", "--match-on"]),
        (["--mapping", "individual-clients", "--map", "Code=Code"], ["individual-clients"]),
        (["--mapping", "nobody"], ["nobody", "client-import mappings list"]),
        (["--mapping", "nowhere.json"], ["nowhere.json"]),
    ],
    ids=["unknown header", "unknown field", "two to one", "match field", "both mappings", "no code", "no file"],
)
def test_options_that_do_not_fit_the_file(options: list[str], said: list[str], used: CommandLine, file: Path) -> None:
    count = len(used.jobs()), len(list((used.home / "jobs").iterdir()))
    assert_rejected(used("run", file, *options), *said)
    assert (len(used.jobs()), len(list((used.home / "jobs").iterdir()))) == count


@pytest.mark.parametrize(
    "content",
    [
        '{"columnMappings": [',
        "5",
        '{"columnMappings": "Code"}',
        '{"columnMappings": [{"csvHeader": "Code"}]}',
        '{"columnMappings": [{"csvHeader": "Code", "targetField": "Shoe"}]}',
        '{"columnMappings": [], "matchOn": "Code"}',
    ],
)
def test_a_broken_mapping_file(content: str, used: CommandLine, tmp_path: Path) -> None:
    mapping = tmp_path / "broken.json"
    mapping.write_text(content, "utf-8")
    assert_rejected(used("mappings", "save", mapping), str(mapping))
    assert "broken" not in {each["code"] for each in used("mappings", "list", "--json").json}


def test_a_mapping_file_and_a_map(used: CommandLine, file: Path, tmp_path: Path) -> None:
    mapping = tmp_path / "ours.json"
    mapping.write_text(json.dumps([{"csvHeader": "Code", "targetField": "Code"}]), "utf-8")
    assert_rejected(used("run", file, "--mapping", mapping, "--map", "Name=Name"), "--map", str(mapping))


@pytest.mark.parametrize("below", [".", "home"])
def test_a_home_that_cannot_be_made(below: str, file: Path) -> None:
    answer = CommandLine(file / below)("run", file)
    assert (answer.status, answer.stdout) == (1, "")
    assert str(file) in answer.stderr
    assert "CLIENT_IMPORT_HOME" in answer.stderr
    assert file.read_bytes() == CLIENTS


def test_stores_that_are_no_databases(file: Path, tmp_path: Path) -> None:
    cli = CommandLine(tmp_path / "home")
    cli.home.mkdir()
    database = cli.home / "clients.duckdb"
    database.write_bytes(b"not a database " * 1000)
    assert_failed(cli, cli("run", file, "--quiet"), str(database), "not a valid DuckDB database")
    for command in (("preview", file), ("export",)):
        answer = cli(*command)
        assert (answer.status, answer.stdout) == (1, "")
        assert str(database) in answer.stderr
    assert database.read_bytes() == b"not a database " * 1000
    for store in cli.home.glob("jobs.sqlite*"):
        store.unlink()
    (cli.home / "jobs.sqlite").write_bytes(b"not a database " * 1000)
    answer = cli("jobs")
    assert (answer.status, answer.stdout) == (1, "")
    assert "jobs.sqlite" in answer.stderr


def test_a_locked_database_is_waited_for_with_a_bound(used: CommandLine, file: Path) -> None:
    file.write_bytes(HEADERS + b"L1,Lima,Ltd\n")
    before, count = used.clients(), len(used.jobs())
    with used.locked() as holder:
        answer = used("run", file, "--quiet", CLIENT_IMPORT_LOCK_WAIT_SECONDS="1")
        assert_failed(used, answer, f"process {holder.pid}", "clients.duckdb", "1 second")
        waiting = used.start("run", file, "--quiet", CLIENT_IMPORT_LOCK_WAIT_SECONDS="600")
        wait_until(lambda: len(used.jobs()) > count + 1 and used.is_waiting(), "the import to wait for the database")
        let_go(holder)
        assert used.end(waiting).status == 0
    assert len(used.clients()) == len(before) + 1


def test_debug_shows_the_traceback(used: CommandLine, tmp_path: Path) -> None:
    answer = used("run", tmp_path / "none.csv", "--debug")
    assert answer.status == 2
    assert "Traceback" in answer.stderr
    assert answer.stderr.splitlines()[-1].startswith("There is no file")
