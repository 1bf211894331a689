"""Covers the commands changes, history and clients: what they print, and their exit status."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.cli import CommandLine

FIRST = b"Code,Name,Type,PersonalCode\nA1,Ann,Ltd,s1\nB2,=Bob(),Ltd,\n"
SECOND = b"Code,Name,PersonalCode\nA1,Anna,s2\n"


@dataclass(frozen=True, slots=True)
class Used:
    """A home after two imports, and their codes."""

    cli: CommandLine
    first: str
    second: str


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> Used:
    cli = CommandLine(tmp_path_factory.mktemp("used") / "home")
    first, second = (cli("run", "-", "--json", stdin=data).json["code"] for data in (FIRST, SECOND))
    return Used(cli, first, second)


def test_changes_as_csv_and_as_json(used: Used, tmp_path: Path) -> None:
    written = '"A1","Name","Ann","Anna","updated"\r\n"A1","PersonalCode","s1","s2","updated"\r\n'
    used.cli("changes", used.second, "-o", tmp_path / "changes.csv")
    assert (tmp_path / "changes.csv").read_bytes().decode() == "\ufeffcode,field,from,to,kind\r\n" + written
    answer = used.cli("changes", used.second, "--json")
    assert answer.status == 0
    assert answer.json == [
        {"code": "A1", "field": "Name", "from": "Ann", "to": "Anna", "kind": "updated"},
        {"code": "A1", "field": "PersonalCode", "from": "s1", "to": "s2", "kind": "updated"},
    ]
    created = used.cli("changes", used.first, "--json").json
    assert [(each["code"], each["field"], each["kind"]) for each in created] == [
        ("A1", None, "created"),
        ("B2", None, "created"),
    ]


def test_a_job_that_changed_nothing(used: Used) -> None:
    failed = used.cli("run", "-", "--json", stdin=b"%PDF-1.7\n" + bytes(range(256))).json["code"]
    answer = used.cli("changes", failed, "--json")
    assert (answer.status, answer.json) == (0, [])
    assert answer.stderr == f"Job {failed} is Failed; it changed nothing.\n"


def test_the_history_of_a_client(used: Used) -> None:
    entries = used.cli("history", "a1", "--json").json
    assert [(each["field"], each["to"], each["job"], each["fileName"]) for each in entries] == [
        (None, None, used.first, "stdin.csv"),
        ("Name", "Anna", used.second, "stdin.csv"),
        ("PersonalCode", "s2", used.second, "stdin.csv"),
    ]
    table = used.cli("history", "A1").stdout
    assert table.index("created") < table.index("Anna") < table.index("PersonalCode")


def test_clients_are_listed_and_searched(used: Used) -> None:
    assert [client["code"] for client in used.cli("clients", "--json").json] == ["A1", "B2"]
    assert [client["name"] for client in used.cli("clients", "--search", "=BOB", "--json").json] == ["=Bob()"]
    assert "There are more" in used.cli("clients", "--limit", "1").stdout
    assert used.cli("clients", "--search", "nobody").stdout.startswith("No client has nobody in its name")


def test_what_there_is_not(used: Used, tmp_path: Path) -> None:
    for words in (("changes", "k3v9q2m7xt"), ("changes", "../x"), ("history", "Z9"), ("clients", "--limit", "0")):
        answer = used.cli(*words)
        assert (answer.status, answer.stdout) == (2, ""), answer
        assert len(answer.stderr.splitlines()) == 1
    empty = CommandLine(tmp_path / "empty")
    assert empty("clients", "--json").json == []
    assert empty("history", "A1").status == 2
