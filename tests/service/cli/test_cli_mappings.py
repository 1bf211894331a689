"""Covers the commands ``mappings`` and ``settings``, and imports under a saved mapping or one in a file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from client_import.settings import PREFIX, Settings
from tests.support.cli import CommandLine

PRESETS = ["individual-clients", "limited-company-clients"]
CONTENT: dict[str, Any] = {
    "name": "Ours",
    "matchField": "Name",
    "columnMappings": [
        {"csvHeader": "Client", "targetField": "Name"},
        {"csvHeader": "Sort", "targetField": "Type"},
        {"csvHeader": "Crew", "targetField": "Team"},
    ],
}
CLIENTS = b"Client,Sort,Crew\nAcme,Ltd,Red\n"


@pytest.fixture
def cli(tmp_path: Path) -> CommandLine:
    return CommandLine(tmp_path / "home")


@pytest.fixture
def mapping_file(tmp_path: Path) -> Path:
    file = tmp_path / "our-mapping.json"
    file.write_text(json.dumps(CONTENT), "utf-8")
    return file


def codes(cli: CommandLine) -> list[str]:
    answer = cli("mappings", "list", "--json")
    assert answer.status == 0, answer
    return [mapping["code"] for mapping in answer.json]


def test_a_mapping_is_saved_used_replaced_and_deleted(cli: CommandLine, mapping_file: Path) -> None:
    saved = cli("mappings", "save", mapping_file, "--code", "ours")
    assert (saved.status, saved.stderr) == (0, "")
    assert codes(cli) == [*PRESETS, "ours"]
    shown = cli("mappings", "show", "ours", "--json").json
    assert {name: shown[name] for name in CONTENT} == CONTENT
    assert shown["isPreset"] is False
    plan = cli("run", "-", "--mapping", "ours", "--json", "--dry-run", stdin=CLIENTS).json
    assert plan["createdCount"] == 1

    cli("mappings", "save", mapping_file, "--code", "ours", "--name", "Ours, renamed")
    assert codes(cli) == [*PRESETS, "ours"]
    replaced = cli("mappings", "show", "ours", "--json").json
    assert replaced["name"] == "Ours, renamed"
    assert replaced["createdDate"] == shown["createdDate"] < replaced["updatedDate"]

    assert cli("mappings", "delete", "ours").status == 0
    assert codes(cli) == PRESETS
    for command in (("show", "ours"), ("delete", "ours")):
        gone = cli("mappings", *command)
        assert gone.status == 2
        assert "There is no mapping ours" in gone.stderr


def test_a_mapping_file_serves_as_it_is(cli: CommandLine, mapping_file: Path) -> None:
    answer = cli("preview", "-", "--json", "--mapping", mapping_file, stdin=CLIENTS)
    assert answer.status == 0, answer
    assert answer.json["plan"]["createdCount"] == 1
    assert codes(cli) == PRESETS
    template = cli("template", "--mapping", mapping_file)
    assert template.stdout == "\ufeffClient,Sort,Crew\r\n"


def test_mappings_for_people(cli: CommandLine) -> None:
    listed, shown = cli("mappings", "list"), cli("mappings", "show", PRESETS[0])
    assert all(code in listed.stdout for code in PRESETS)
    assert "Full Name" in shown.stdout


@pytest.mark.parametrize("code", PRESETS)
def test_presets_are_read_only(code: str, cli: CommandLine, mapping_file: Path) -> None:
    before = cli("mappings", "show", code).stdout
    for command in (("save", mapping_file, "--code", code), ("delete", code)):
        answer = cli("mappings", *command)
        assert answer.status in (1, 2)
        assert code in answer.stderr
        assert "read-only" in answer.stderr
    assert cli("mappings", "show", code).stdout == before


@pytest.mark.parametrize("code", ["Has Blanks", "../x", "", "x" * 51])
def test_a_wrong_code_is_rejected(code: str, cli: CommandLine, mapping_file: Path) -> None:
    answer = cli("mappings", "save", mapping_file, "--code", code)
    assert answer.status == 2
    assert "code" in answer.stderr


FOREIGN = b"Mandant,Typ,Reg\nAcme Ltd,Ltd,01234567\nBob Ltd,PLC,SC123456\nCy Ltd,Ltd,12345678\n"


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    """A file whose column of names is not known for certain."""
    file = tmp_path / "foreign.csv"
    file.write_bytes(FOREIGN)
    return file


def test_a_suggested_mapping_is_saved_changed_as_one_likes(cli: CommandLine, foreign: Path) -> None:
    saved = cli("mappings", "save", "ours", "--from", foreign, "--map", "mandant=Name")
    assert (saved.status, saved.stderr) == (0, "")
    shown = cli("mappings", "show", "ours", "--json").json
    pairs = {each["csvHeader"]: each["targetField"] for each in shown["columnMappings"]}
    assert pairs == {"Mandant": "Name", "Typ": "Type", "Reg": "CompanyNumber"}
    assert (shown["name"], shown["matchField"]) == ("foreign", None)
    assert cli("run", foreign, "--mapping", "ours", "--json").json["createdCount"] == 3

    options = ("--map", "Mandant=Name", "--map", "Typ=CompanyNumber", "--match-on", "company number", "--name", "Mine")
    assert cli("mappings", "save", "mine", "--from", foreign, *options).status == 0
    shown = cli("mappings", "show", "mine", "--json").json
    pairs = {each["csvHeader"]: each["targetField"] for each in shown["columnMappings"]}
    assert pairs == {"Mandant": "Name", "Typ": "CompanyNumber"}
    assert (shown["name"], shown["matchField"]) == ("Mine", "CompanyNumber")


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("save", "ours", "--from", "FOREIGN"), ["Name", '--map "HEADER=Name"']),
        (("save", "ours", "--from", "FOREIGN", "--map", "Mandat=Name"), ["Mandat", 'Did you mean "Mandant"?']),
        (("save", "ours", "--from", "FOREIGN", "--map", "Mandant=Nmae"), ["Nmae", 'Did you mean "Name"?']),
        (("save", "ours", "--from", "FOREIGN", "--map", "Mandant"), ["--map", "HEADER=FIELD"]),
        (("save", "ours", "--from", "FOREIGN", "--map", "Mandant=Name", "--match-on", "Team"), ["--match-on", "Team"]),
        (("save", "Our code", "--from", "FOREIGN", "--map", "Mandant=Name"), ["code", "Our code", "lower-case"]),
        (("save", "ours.json", "--from", "FOREIGN"), ["--from", "CODE"]),
        (("save", "ours", "--from", "FOREIGN", "--code", "others"), ["--from", "CODE"]),
        (("save", "ours", "--from", "nowhere.csv"), ["nowhere.csv"]),
        (("save", "ours"), ["ours", "--from FILE.csv"]),
        (("save", "ours.json"), ["ours.json"]),
        (("save", "ours.json", "--map", "Mandant=Name"), ["--map", "--from"]),
        (("show", "individual-client"), ['Did you mean "individual-clients"?']),
        (("delete", "nothing-like-it"), ["nothing-like-it", "mappings list"]),
    ],
    ids=lambda value: " ".join(value[:6]) if isinstance(value, tuple) else "",
)
def test_what_does_not_fit_is_said_in_a_sentence(
    arguments: tuple[str, ...], named: list[str], cli: CommandLine, foreign: Path
) -> None:
    answer = cli("mappings", *(foreign if argument == "FOREIGN" else argument for argument in arguments))
    assert (answer.status, answer.stdout) == (2, "")
    assert all(part in answer.stderr for part in named), answer.stderr
    assert answer.stderr.strip().endswith(".")
    assert codes(cli) == PRESETS


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("[]", "maps no column"),
        ("{}", "columnMappings"),
        ("3", "object with columnMappings"),
        ('[{"csvHeader": "A", "targetField": "Name"}, {"csvHeader": "B", "targetField": "Name"}]', "one field, Name"),
        ('[{"csvHeader": "A", "targetField": "Name"}, {"csvHeader": "A", "targetField": "Code"}]', "mapped twice"),
        ('[{"csvHeader": "A", "targetField": "Nmae"}]', 'Did you mean "Name"?'),
        (
            '{"matchField": "Code", "columnMappings": [{"csvHeader": "A", "targetField": "Name"}]}',
            "match field is Code",
        ),
    ],
)
def test_a_mapping_that_fits_no_file_is_not_saved(content: str, named: str, cli: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "ours.json"
    file.write_text(content, "utf-8")
    answer = cli("mappings", "save", file)
    assert answer.status == 2
    assert "ours.json" in answer.stderr
    assert named in answer.stderr
    assert codes(cli) == PRESETS


def test_a_mapping_shown_as_json_can_be_saved_under_another_code(cli: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "copy.json"
    file.write_text(cli("mappings", "show", PRESETS[0], "--json").stdout, "utf-8")
    assert cli("mappings", "save", file, "--code", "copy").status == 0
    assert cli("mappings", "show", "copy", "--json").json["isPreset"] is False


def test_settings_tell_value_and_source(cli: CommandLine) -> None:
    settings = {each["name"]: each for each in cli("settings", "--json", CLIENT_IMPORT_THREADS="1").json}
    assert list(settings) == [f"{PREFIX}{name.upper()}" for name in Settings.model_fields]
    threads, memory = settings["CLIENT_IMPORT_THREADS"], settings["CLIENT_IMPORT_MEMORY_LIMIT"]
    assert (threads["value"], threads["source"]) == ("1", "environment")
    assert memory["source"] == "default"
    assert settings["CLIENT_IMPORT_HOME"]["value"] == str(cli.home)
    assert all(each["description"] for each in settings.values())
    assert "CLIENT_IMPORT_THREADS" in cli("settings").stdout


@pytest.mark.parametrize(
    ("command", "variable", "value"),
    [
        ("settings", "CLIENT_IMPORT_THREADS", "0"),
        ("template", "CLIENT_IMPORT_THREADS", "many"),
        ("jobs", "CLIENT_IMPORT_LOCK_WAIT_SECONDS", "-1"),
        ("export", "CLIENT_IMPORT_MEMORY_LIMIT", "a lot"),
    ],
)
def test_a_wrong_setting_is_named(command: str, variable: str, value: str, cli: CommandLine) -> None:
    answer = CommandLine(cli.home, **{variable: value})(command)
    assert (answer.status, answer.stdout) == (2, "")
    assert variable in answer.stderr
    assert not cli.home.exists()
