"""Covers the options of ``run`` and ``preview``: each is in the help, does what it says, and refuses nonsense."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from tests.support.cli import CommandLine

OPTIONS = (
    *("--mode", "--match-on", "--mapping", "--map", "--default-type", "--blank", "--duplicates", "--max-errors"),
    *("--encoding", "--delimiter", "--quote", "--header", "--no-header", "--day-first", "--month-first"),
    *("--escape", "--line-ending", "--header-row", "--json", "--help"),
)
"""The options that both commands have."""

WRONG = {
    "--mode": ("merge", ("create-and-update", "create-only", "update-only")),
    "--match-on": ("Team", ("Code", "CompanyNumber", "InternalReference", "NiNumber", "Name", "Email")),
    "--default-type": ("Robot", ("Individual", "Trust", "Charity", "SoleTrader")),
    "--blank": ("maybe", ("keep", "clear")),
    "--duplicates": ("all", ("reject", "first", "last")),
    "--max-errors": ("some", ("100", "5%")),
    "--encoding": ("klingon", ("utf-8", "utf-16", "windows-1252", "latin-1")),
    "--delimiter": ("abc", (",", ";", "|", "tab")),
    "--quote": ("xx", ('"', "'", "none")),
    "--escape": ("caret", ("doubled", "backslash")),
    "--line-ending": ("full stop", ("LF", "CRLF", "CR")),
    "--header-row": ("top", ("3", "3-4")),
}
"""A value each option refuses, and what its sentence offers instead."""


@pytest.fixture
def cli(tmp_path: Path) -> CommandLine:
    return CommandLine(tmp_path / "home", COLUMNS="200")


@pytest.mark.parametrize("command", ["run", "preview"])
def test_every_option_is_in_the_help(command: str, cli: CommandLine) -> None:
    help_text = cli(command, "--help").stdout
    own = ("--dry-run", "--quiet") if command == "run" else ("--rows",)
    assert [option for option in (*OPTIONS, *own) if not re.search(rf"{option}\b", help_text)] == []


def test_every_option_does_what_it_says(cli: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "options.csv"
    file.write_bytes("Nom;Ref;Since\n'Café; Bar';R1;12/31/2024\n'Bis';R1;12/31/2024\n".encode("latin-1"))
    answer = cli(
        *("run", file, "--json", "--mode", "create-only", "--match-on", "InternalReference"),
        *("--map", "Nom=Name", "--map", "Ref=InternalReference", "--map", "Since=IncorporationDate"),
        *("--default-type", "Trust", "--blank", "clear", "--duplicates", "first", "--max-errors", "5%"),
        *("--encoding", "latin-1", "--delimiter", ";", "--quote", "'", "--header", "--month-first"),
    )
    assert answer.status == 0, answer
    assert (answer.json["createdCount"], answer.json["skippedCount"], answer.json["errorCount"]) == (1, 1, 0)
    [client] = cli.clients()
    assert {"Café; Bar", "Trust", "R1", date(2024, 12, 31)} <= set(client)
    # And the other value of each, in a preview of the same clients.
    answer = cli(
        *("preview", "-", "--json", "--mode", "update-only", "--match-on", "InternalReference", "--rows", "all"),
        *("--map", "Column1=InternalReference", "--map", "Column2=IncorporationDate", "--default-type", "Sole Trader"),
        *("--blank", "keep", "--duplicates", "last", "--max-errors", "1", "--encoding", "utf-8"),
        *("--delimiter", "tab", "--quote", '"', "--no-header", "--day-first"),
        stdin=b"R1\t01/02/2024\nR1\t03/02/2024\nX9\t01/02/2024\n",
    )
    assert answer.status == 0, answer
    seen = answer.json
    assert (seen["hasHeaderRow"], seen["delimiter"], seen["totalRows"]) == (False, "\t", 3)
    assert seen["plan"]["reasons"] == {"duplicate_of_row": 1, "no_match": 1}
    [change] = seen["plan"]["changes"]
    assert (change["field"], change["from"], change["to"]) == ("IncorporationDate", "2024-12-31", "2024-02-03")


def test_options_that_contradict_each_other_are_told(cli: CommandLine) -> None:
    for pair in (("--header-row", "2", "--no-header"), ("--delimiter", "'", "--quote", "'")):
        answer = cli("preview", "clients.csv", *pair)
        assert (answer.status, answer.stdout) == (2, "")
        assert pair[0].strip("-").split("-")[0] in answer.stderr


def test_a_header_row_that_the_file_lacks_is_told(cli: CommandLine) -> None:
    answer = cli("run", "-", "--header-row", "7", stdin=b"Name,Type\nAnn,Ltd\n")
    assert answer.status == 2
    assert "row 7" in answer.stderr


def test_wrong_values_are_told_by_option_with_the_choices(cli: CommandLine) -> None:
    answer = cli("run", "clients.csv", *(part for option, (value, _) in WRONG.items() for part in (option, value)))
    assert (answer.status, answer.stdout) == (2, "")
    said = answer.stderr.lower().replace("-", "")
    missing = {
        option: [choice for choice in choices if choice.lower().replace("-", "") not in said]
        for option, (_, choices) in WRONG.items()
    }
    assert not any(missing.values()), (missing, answer.stderr)
    unnamed = [option for option, (value, _) in WRONG.items() if f'{option}: "{value}"' not in answer.stderr]
    assert unnamed == [], answer.stderr


@pytest.mark.parametrize(
    ("value", "hint"), [("Name", "HEADER=FIELD"), ("=Name", "HEADER=FIELD"), ("Name=Shoe size", "client-import fields")]
)
def test_a_wrong_map_is_told(value: str, hint: str, cli: CommandLine) -> None:
    answer = cli("run", "clients.csv", "--map", value)
    assert (answer.status, answer.stdout) == (2, "")
    assert hint in answer.stderr
    assert value.rpartition("=")[2] in answer.stderr
    assert "--map" in answer.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("run", "clients.csv", "--nonsense"), "--nonsense"),
        (("run", "clients.csv", "--default-typ", "Ltd"), "--default-type"),
        (("run",), "FILE"),
        (("run", "a.csv", "b.csv"), "b.csv"),
        (("run", "a.csv", "--max-errors"), "--max-errors"),
        (("jobs", "--limit", "many"), "--limit"),
        (("preview", "a.csv", "--dry-run"), "--dry-run"),
        (("nonsense",), "nonsense"),
        (("mappings", "shw"), "show"),
    ],
)
def test_wrong_usage_is_one_line_that_says_where_the_help_is(
    arguments: tuple[str, ...], said: str, cli: CommandLine
) -> None:
    answer = cli(*arguments)
    assert (answer.status, answer.stdout) == (2, "")
    (line,) = answer.stderr.splitlines()
    assert said in line
    assert re.search(r"See client-import.* --help\.$", line)


def test_a_command_alone_shows_the_help(cli: CommandLine) -> None:
    answer = cli()
    assert answer.status == 2
    assert "Usage: client-import" in answer.stdout + answer.stderr


OVER_THE_LIMIT = b"Code,Name,Type\nL1,Lima,Ltd\nL2,Lima Two,Nonsense\nL3,Lima Three,Nonsense\n"
WOULD_FAIL = "would fail: 2 of 3 rows would be rejected, more than the limit of 1."


@pytest.mark.parametrize("how", [(), ("--json",), ("--quiet",)])
def test_a_dry_run_over_the_limit_says_that_the_import_would_fail(how: tuple[str, ...], cli: CommandLine) -> None:
    answer = cli("run", "-", "--dry-run", "--max-errors", "1", *how, stdin=OVER_THE_LIMIT)
    assert answer.status == 1
    assert WOULD_FAIL in (answer.stderr if how else answer.stdout)
    assert not [word for word in ("nothing was imported", "allow more") if word in answer.stdout + answer.stderr]
    if how == ("--json",):
        assert answer.json["failureReason"] == "2 of 3 rows would be rejected, more than the limit of 1."
        assert [answer.json[name] for name in ("createdCount", "updatedCount", "errorCount")] == [0, 0, 2]
    if how == ("--quiet",):
        assert answer.stdout == ""
    assert cli("run", "-", "--dry-run", "--max-errors", "2", *how, stdin=OVER_THE_LIMIT).status == 0


SENSITIVE = b"Code,Name,Type,NI Number,Nino\nA1,Ann,Ltd,AB987651C,JG103759A\n"


@pytest.mark.parametrize("as_json", [True, False])
@pytest.mark.parametrize(
    "options",
    [(), ("--map", "Code=Code", "--map", "Nino=NiNumber"), ("--map", "Nino=NiNumber", "--map", "NI Number=NiNumber")],
)
def test_a_preview_masks_what_is_sensitive(options: tuple[str, ...], as_json: bool, cli: CommandLine) -> None:
    answer = cli("preview", "-", *(["--json"] if as_json else []), *options, stdin=SENSITIVE)
    assert "AB987651C" not in answer.stdout + answer.stderr
    assert ("JG103759A" in answer.stdout) is not bool(options)
    assert "\u2022\u2022\u2022" in answer.stdout
    assert "Ann" in answer.stdout


def test_a_preview_of_options_that_do_not_fit_masks_what_they_name(cli: CommandLine) -> None:
    data = b"Code,Name,Type,Secret\nA1,Ann,Ltd,AB987651C\n"
    answer = cli("preview", "-", "--json", "--map", "SECRET=NiNumber", "--map", "Other=Name", stdin=data)
    assert answer.status == 2
    assert answer.json["previewRows"][0]["Secret"] == "\u2022\u2022\u2022"
    assert "AB987651C" not in answer.stdout + answer.stderr


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (("--sheet", "Clients"), '--sheet: The sheet "Clients" was asked for'),
        (("--header-row=7",), "--header-row: The header is said to be in row 7"),
        (("--mapping", "nothing"), "--mapping: There is no mapping nothing"),
        (("--map", "Zed=Code"), '--map: The mapping names the header "Zed"'),
        (("--mode", "merge"), '--mode: "merge" is not one of create-and-update, create-only, update-only.'),
        (("--map", "Type=Status"), "No column is mapped to Name"),
    ],
)
def test_what_does_not_fit_the_file_names_the_option_that_was_typed(
    typed: tuple[str, ...], said: str, cli: CommandLine
) -> None:
    answer = cli("run", "-", *typed, stdin=b"Name,Type\nAnn,Ltd\n")
    assert (answer.status, answer.stdout) == (2, "")
    assert answer.stderr.startswith(said), answer
