"""Covers what the shell offers behind options and for arguments; test_cli_commands.py has the shell itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from client_import.fields.catalogue import FIELDS
from client_import.options import OFFERED, ImportOptions, members_of
from service.completion import complete_job, complete_mapping, complete_status, completion_of
from service.import_options import read_options
from tests.support.cli import CommandLine
from tests.support.program import Program

FREE = {"max_errors", "sheet", "header_row", "has_header_row", "day_first", "fail_if_empty"}
"""The options whose values are numbers, names that only the file has, or none."""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CLIENT_IMPORT_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def offered(cli: CommandLine, *typed: str) -> list[str]:
    """What the command offers for the last of the words ``typed``, as it tells fish."""
    shell = CommandLine(
        cli.home,
        _CLIENT_IMPORT_COMPLETE="complete_fish",
        _TYPER_COMPLETE_FISH_ACTION="get-args",
        _TYPER_COMPLETE_ARGS=" ".join(("client-import", *typed)),
    )
    return [line.partition("\t")[0] for line in shell().stdout.splitlines()]


@pytest.mark.parametrize("name", OFFERED)
def test_every_option_with_known_values_is_completed(name: str) -> None:
    complete = completion_of(name, str)
    assert (complete is None) == (name in FREE)


@pytest.mark.parametrize("name", [name for name in OFFERED if name not in FREE and "mapping" not in name])
def test_what_is_offered_is_taken(name: str) -> None:
    complete = completion_of(name, str)
    assert complete is not None
    words = [word for word, _ in complete("")]
    taken = [getattr(read_options({name: word}), name) for word in words]
    assert None not in taken
    assert len(set(taken)) == len(words)
    assert len(words) >= len(members_of(name))


def test_the_fields_are_offered_behind_a_header() -> None:
    complete = completion_of("column_mappings", str)
    assert complete is not None
    assert complete("Client") == []
    assert [word for word, _ in complete("A = B=Co")] == [f"A = B={field.name}" for field in FIELDS]


def test_a_value_mapping_is_completed_part_by_part() -> None:
    complete = completion_of("value_mappings", str)
    assert complete is not None
    assert ("Type:", "") in complete("")
    assert ("Email:", "") not in complete("")
    assert ("Type:Widow=Individual", "") in complete("Type:Widow=")
    assert complete("Email:Widow=") == complete("Nothing:Widow=Ind")[:0]


def test_codes_of_jobs_and_mappings_are_offered(home: Path) -> None:
    program = Program(home)
    code = str(program.run(b"Code,Name,Type\nA1,Acme,Ltd\n")["code"])
    program.store.close()
    assert [word for word, _ in complete_job("")] == [code]
    assert complete_job("")[0][1].endswith(", Completed")
    assert ("limited-company-clients", "Limited company clients") in complete_mapping("")
    assert ("InProgress", "") in complete_status("")


def test_completion_makes_no_home_folder(home: Path) -> None:
    assert complete_job("") == complete_mapping("") == []
    assert not home.exists()


def test_a_job_store_that_cannot_be_read_offers_nothing(home: Path) -> None:
    home.mkdir()
    (home / "jobs.sqlite").write_bytes(b"no database" * 100)
    assert complete_job("") == complete_mapping("") == []


def test_the_command_offers_what_can_be_typed_there(tmp_path: Path) -> None:
    cli = CommandLine(tmp_path / "home")
    assert offered(cli, "run", "--mode", "create") == ["create-and-update", "create-only"]
    assert offered(cli, "jobs", "--status", "C") == ["Completed", "Cancelled"]
    assert offered(cli, "run", "--map", "Ref=CompanyN") == ["Ref=CompanyNumber"]
    assert ImportOptions.parse({"importMode": "create-only"}).import_mode == "CreateOnly"
