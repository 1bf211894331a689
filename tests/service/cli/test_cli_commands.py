"""Covers the commands that tell about jobs and clients: jobs, job, not-imported, export, template, fields, preview."""

from __future__ import annotations

import csv
import io
import shlex
import subprocess
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from client_import.fields.catalogue import BY_NAME
from client_import.paths import Home
from tests.support.cli import COMMAND, PATIENCE_SECONDS, Answer, CommandLine

SOURCE = """\
Code,Name,Type,Telephone,CompanyNumber,IncorporationDate,PclSent,Email,NatureOfBusiness
A1,"=SUM(1,2)",Ltd,020 7946 0958,12345,31/12/2019,y,,"Two
lines, and a ""quote"" in it"
007,Ünïcode & Söhne,Trust,,,,no,a@example.com,'=guarded
A3,-,Sole Trader,,,,,,NULL
A4,Rejected,Ltd,,,,,nonsense,
"""
"""Every kind of value that is easily bent on the way out and in; the last row is rejected."""

PREVIEW = (
    *("fileName", "encoding", "delimiter", "quote", "hasHeaderRow", "headers", "totalRows", "previewRows"),
    *("suggestedMappings", "ignoredHeaders", "plan", "columns"),
    *("escape", "lineEnding", "headerRow", "notes", "errors", "sheet", "sheets"),
)
PLAN = (
    *("createdCount", "updatedCount", "skippedCount", "errorCount"),
    *("emptiedCount", "reasons", "changes", "unknownValues", "notes", "failureReason"),
)


@dataclass(frozen=True, slots=True)
class Used:
    """A home in which one import Completed, with one row rejected, and a later one Failed."""

    cli: CommandLine
    completed: str
    failed: str


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> Used:
    folder = tmp_path_factory.mktemp("used")
    cli = CommandLine(folder / "home")
    file = folder / "clients.csv"
    file.write_text(SOURCE, "utf-8")
    completed = cli("run", file, "--json")
    assert completed.status == 3, completed
    failed = cli("run", "-", "--json", stdin=b"%PDF-1.7\n" + bytes(range(256)))
    assert failed.status == 1, failed
    return Used(cli, completed.json["code"], failed.json["code"])


def listed(answer: Answer) -> list[str]:
    """The codes of a list in JSON."""
    assert answer.status == 0, answer
    return [each["code"] for each in answer.json]


def rows_of(text: str) -> list[dict[str, str]]:
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def state_of(cli: CommandLine) -> tuple[Any, ...]:
    """What a command that only looks must leave as it is."""
    files = {path for path in cli.home.rglob("*") if not path.name.endswith(("-wal", "-shm"))}
    return cli.jobs(), cli.clients(), files


def test_jobs_are_listed_newest_first(used: Used) -> None:
    table = used.cli("jobs").stdout
    assert 0 < table.index(used.failed) < table.index(used.completed)
    answer = used.cli("jobs", "--json")
    assert listed(answer) == [used.failed, used.completed]
    assert [used.cli("job", code, "--json").json for code in listed(answer)] == answer.json


def test_jobs_by_status_and_number(used: Used, tmp_path: Path) -> None:
    assert listed(used.cli("jobs", "--json", "--status", "completed")) == [used.completed]
    assert listed(used.cli("jobs", "--json", "--limit", "1")) == [used.failed]
    answer = used.cli("jobs", "--status", "Lost")
    assert answer.status == 2
    assert "Queued, InProgress, Completed, Failed, Cancelled" in answer.stderr
    empty = CommandLine(tmp_path / "empty")("jobs", "--status", "Queued")
    assert (empty.status, empty.stderr) == (0, "")


def test_a_job_is_shown(used: Used) -> None:
    completed, failed = used.cli("job", used.completed), used.cli("job", used.failed)
    assert (completed.status, failed.status) == (0, 0)
    assert "Completed" in completed.stdout
    assert "not_imported.csv" in completed.stdout
    assert "PDF" in failed.stdout


@pytest.mark.parametrize("command", ["job", "cancel", "not-imported"])
def test_an_unknown_code(command: str, used: Used) -> None:
    answer = used.cli(command, "../../etc/passwd")
    assert (answer.status, answer.stdout) == (2, "")
    assert "There is no job ../../etc/passwd" in answer.stderr


def test_the_rows_not_imported(used: Used, tmp_path: Path) -> None:
    file = tmp_path / "left.csv"
    printed = used.cli("not-imported", used.completed)
    written = used.cli("not-imported", used.completed, "-o", file)
    assert (printed.status, printed.stderr, written.status) == (0, "", 0)
    assert file.read_bytes().decode() == printed.stdout
    [row] = rows_of(printed.stdout)
    assert (row["Code"], row["Email"], row["import_row"], row["import_outcome"]) == ("A4", "nonsense", "5", "error")
    none_left = used.cli("not-imported", used.failed)
    assert (none_left.status, none_left.stdout) == (0, "")
    assert none_left.stderr
    nowhere = used.cli("not-imported", used.completed, "-o", tmp_path / "no folder" / "left.csv")
    assert nowhere.status == 1
    assert "no folder" in nowhere.stderr


def test_no_command_writes_over_what_the_program_keeps(used: Used, tmp_path: Path) -> None:
    folder, link = Home(used.cli.home).job(used.completed), tmp_path / "link.csv"
    link.symlink_to(folder.not_imported)
    kept = {path: path.read_bytes() for path in (folder.rejected, folder.not_imported, folder.source)}
    for words in (
        ("not-imported", used.completed, "-o", folder.rejected),
        ("not-imported", used.completed, "--xlsx", "-o", folder.rejected),
        ("not-imported", used.completed, "--all", "-o", link),
        ("changes", used.completed, "-o", folder.source),
    ):
        refused = used.cli(*words)
        assert (refused.status, refused.stdout) == (2, ""), words
        assert f"{words[-1]} is a file that client-import keeps for itself" in refused.stderr
    assert {path: path.read_bytes() for path in kept} == kept


def test_what_the_program_keeps(tmp_path: Path) -> None:
    home = Home(tmp_path / "home").create()
    for name in ("drop", "jobs", "mine", "dagster"):
        (home.path / name).mkdir()
        (home.path / name / "a.csv").touch()
    for name in ("clients.duckdb.wal", "jobs.sqlite", "mine.csv"):
        (home.path / name).touch()
    found = {str(path.relative_to(home.path)) for path in home.path.rglob("*") if path.is_file() and home.keeps(path)}
    assert found == {"jobs/a.csv", "dagster/a.csv", "clients.duckdb.wal", "jobs.sqlite"}
    assert not home.keeps(home.path / "jobs" / "new.csv")


@pytest.mark.parametrize("number", [str(2**63 - 1), "9" * 20, "9" * 5_000])
def test_numbers_that_no_database_can_count_to(number: str, used: Used, tmp_path: Path) -> None:
    for command in ("jobs", "clients"):
        answer = used.cli(command, "--limit", number)
        assert (answer.status, answer.stdout) == (2, "")
        assert "--limit" in answer.stderr
    file = tmp_path / "two.csv"
    file.write_text("Code,Name\nA1,Ann\nA2,Bob\n", "utf-8")
    assert len(used.cli("preview", file, "--rows", number, "--json").json["previewRows"]) == 2


def test_an_export_imported_again_changes_nothing(used: Used, tmp_path: Path) -> None:
    before = used.cli.clients()
    file, limited = tmp_path / "export.csv", tmp_path / "limited.csv"
    answer = used.cli("export", "-o", file)
    assert answer == Answer(0, "", "")
    assert used.cli("export").stdout.encode() == file.read_bytes()
    exported = {row["Code"]: row for row in rows_of(file.read_bytes().decode())}
    assert list(exported) == ["'007", "A1", "A3"]
    assert list(exported["A1"]) == list(BY_NAME)
    assert exported["A1"]["NatureOfBusiness"] == 'Two\nlines, and a "quote" in it'
    assert exported["A1"]["CompanyNumber"] == "00012345"
    used.cli("export", "--mapping", "limited-company-clients", "-o", limited)
    for arguments in ([file], [limited, "--mapping", "limited-company-clients"], [file, "--blank", "clear"]):
        plan = used.cli("run", *arguments, "--json", "--dry-run").json
        assert plan["reasons"] == {"unchanged": 3}, arguments
    home = CommandLine(tmp_path / "other")
    assert home("run", file, "--quiet").status == 0
    traces = 4
    assert [client[:-traces] for client in home.clients()] == [client[:-traces] for client in before]
    again = home("run", file, "--json").json
    assert (again["createdCount"], again["updatedCount"], again["skippedCount"]) == (0, 0, 3)


def test_export_and_template_of_nothing(tmp_path: Path) -> None:
    cli = CommandLine(tmp_path / "home")
    template = cli("template").stdout
    assert template == "\ufeff" + ",".join(BY_NAME) + "\r\n"
    assert cli("export").stdout == template
    file = tmp_path / "template.csv"
    assert cli("template", "--mapping", "individual-clients", "-o", file).status == 0
    assert "Full Name" in file.read_text("utf-8-sig")
    answer = cli("template", "-o", tmp_path)
    assert answer.status == 1
    assert str(tmp_path) in answer.stderr


def test_fields(tmp_path: Path) -> None:
    cli = CommandLine(tmp_path / "home")
    assert [field["field"] for field in cli("fields", "--json").json] == list(BY_NAME)
    assert "RegisteredAddressPostCode" in cli("fields").stdout


def test_fields_as_a_pandera_schema(tmp_path: Path) -> None:
    cli = CommandLine(tmp_path / "home")
    columns = cli("fields", "--schema", "--json").json
    assert [column["field"] for column in columns] == list(BY_NAME)
    by_name = {column["field"]: column for column in columns}
    assert by_name["Code"] == {
        "field": "Code",
        "column": "code",
        "dtype": "string[pyarrow]",
        "nullable": True,
        "checks": [
            {"name": "bad_format", "statistics": {}},
            {"name": "too_long", "statistics": {"max_value": 50}},
            {"name": "missing_required", "statistics": {}},
        ],
    }
    assert by_name["Type"]["checks"][0]["statistics"] == {"allowed_values": list(BY_NAME["Type"].members)}
    assert by_name["PostalAddressPostCode"]["checks"][1]["statistics"]["unless_abroad"] == "postal_address_country"
    shown = cli("fields", "--schema").stdout
    assert "bad_format(pattern=[A-Za-z0-9]{6}), too_long(max_value=6)" in " ".join(shown.split())
    assert "What Pandera does not check is the shape of a row" in shown


def test_a_preview_in_json_changes_nothing(used: Used, tmp_path: Path) -> None:
    file = tmp_path / "preview.csv"
    file.write_text("Code;Name;Type;Shoe\nA3;Dash;Ltd;42\nB1;New;Ltd;\nB2;Bad;Nonsense;\n", "utf-8")
    before = state_of(used.cli)
    answer = used.cli("preview", file, "--json", "--rows", "1")
    assert state_of(used.cli) == before
    assert (answer.status, answer.stderr) == (0, "")
    seen = answer.json
    assert tuple(seen) == PREVIEW
    assert (seen["fileName"], seen["encoding"], seen["delimiter"], seen["quote"]) == ("preview.csv", "utf-8", ";", '"')
    assert (seen["hasHeaderRow"], seen["totalRows"]) == (True, 3)
    assert seen["headers"] == ["Code", "Name", "Type", "Shoe"]
    assert seen["previewRows"] == [{"Code": "A3", "Name": "Dash", "Type": "Ltd", "Shoe": "42"}]
    assert seen["ignoredHeaders"] == ["Shoe"]
    certain = [each for each in seen["suggestedMappings"] if each["score"] == 1]
    assert [(each["csvHeader"], each["targetField"]) for each in certain] == [(n, n) for n in ("Code", "Name", "Type")]
    assert tuple(seen["plan"]) == PLAN
    assert [seen["plan"][name] for name in PLAN[:4]] == [1, 1, 0, 1]
    assert seen["plan"]["reasons"] == {"not_in_list": 1}
    assert [tuple(change) for change in seen["plan"]["changes"]] == [("row", "code", "field", "from", "to")] * 2


def test_a_preview_for_people(used: Used, tmp_path: Path) -> None:
    file = tmp_path / "many.csv"
    file.write_text("Code,Name,Type\n" + "".join(f"M{n:03},Member {n:03},Ltd\n" for n in range(30)), "utf-8")
    some, everything = used.cli("preview", file), used.cli("preview", file, "--rows", "all")
    assert (some.status, everything.status) == (0, 0)
    assert "Member 009" in some.stdout
    assert "Member 010" not in some.stdout
    assert "Member 029" in everything.stdout
    answer = used.cli("preview", file, "--rows", "some")
    assert answer.status == 2
    assert "--rows" in answer.stderr


def test_a_preview_on_an_empty_home_makes_no_clients_table(tmp_path: Path) -> None:
    cli = CommandLine(tmp_path / "home")
    answer = cli("preview", "-", "--json", stdin=b"Code,Name,Type\nA1,Acme,Ltd\n")
    assert answer.json["plan"]["createdCount"] == 1
    assert not (cli.home / "clients.duckdb").exists()
    assert cli.jobs() == []


def test_the_version_is_that_of_the_package(tmp_path: Path) -> None:
    answer = CommandLine(tmp_path / "home")("--version")
    assert answer == Answer(0, f"client-import {version('client-import')}\n", "")
    assert not (tmp_path / "home").exists()


def test_the_shell_completes_commands_once_that_is_installed(tmp_path: Path) -> None:
    environment = {**CommandLine(tmp_path / "home").environment, "HOME": str(tmp_path)}
    install = ["bash", "-c", f"{shlex.quote(str(COMMAND))} --install-completion; exit $?"]
    subprocess.run(install, env=environment, check=True, capture_output=True, timeout=PATIENCE_SECONDS)
    assert "client-import" in (tmp_path / ".bashrc").read_text()
    typed = f"""
        PATH={shlex.quote(str(COMMAND.parent))}:$PATH; source ~/.bashrc
        COMP_WORDS=(client-import not); COMP_CWORD=1
        $(complete -p client-import | sed 's/.*-F \\([^ ]*\\).*/\\1/') client-import not client-import
        echo "${{COMPREPLY[@]}}"
    """
    done = subprocess.run(
        ["bash", "-c", typed], env=environment, check=True, capture_output=True, text=True, timeout=PATIENCE_SECONDS
    )
    assert done.stdout.split() == ["not-imported"], done
