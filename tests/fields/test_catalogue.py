"""The catalogue of fields: the table, the options and every output follow fields.csv, one line a field."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from client_import.clients.tables import TRACE_COLUMNS
from client_import.field_types.registry import VALUE_TYPES
from client_import.fields.catalogue import BY_NAME, FIELDS, FIELDS_CSV, NEVER_EMPTIED
from client_import.options import ClientType, MatchField
from client_import.reports.export import write_template
from tests.support.program import Program

PROJECT = Path(__file__).parents[2]
PACKAGES = ("client_import", "resources", "assets", "pipelines", "service")
SHOE_SIZE = "ShoeSize,shoe_size,text,4,,a field for a test\n"


class Copy:
    """A copy of the project with one more line in fields.csv, and its command line."""

    def __init__(self, path: Path, home: Path) -> None:
        self.path = path
        self.home = home
        for package in PACKAGES:
            shutil.copytree(PROJECT / package, path / package, ignore=shutil.ignore_patterns("__pycache__"))
        for settings in PROJECT.glob("*.yaml"):
            shutil.copy(settings, path)
        catalogue = path / FIELDS_CSV.relative_to(PROJECT)
        lines = catalogue.read_bytes()
        catalogue.write_bytes(lines + (b"" if lines.endswith(b"\n") else b"\n") + SHOE_SIZE.encode())

    def command(self, *arguments: str) -> str:
        """What the command prints."""
        inherited = {
            name: value for name, value in os.environ.items() if not name.startswith(("CLIENT_IMPORT", "DAGSTER"))
        }
        environment = {**inherited, "PYTHONPATH": str(self.path), "CLIENT_IMPORT_HOME": str(self.home)}
        command = [sys.executable, "-m", "service", *arguments]
        done = subprocess.run(command, cwd=self.path, env=environment, capture_output=True, check=False)
        assert done.returncode in (0, 3), done.stderr.decode()
        return done.stdout.decode("utf-8-sig")

    def run(self, data: bytes, *options: str) -> dict[str, object]:
        """Import the CSV ``data`` and return the job record."""
        file = self.path / "clients.csv"
        file.write_bytes(data)
        job: dict[str, object] = json.loads(self.command("run", str(file), "--json", *options))
        return job


@pytest.fixture
def copy(program: Program, tmp_path: Path) -> Copy:
    """The copy, at work in the home folder of ``program``."""
    return Copy(tmp_path / "copy", program.home.path)


def columns(program: Program) -> list[str]:
    """The columns of the clients table, in their order."""
    return [str(row["column_name"]) for row in program.query("DESCRIBE clients")]


def test_catalogue_has_67_fields_with_names_and_columns_of_their_own() -> None:
    assert len(FIELDS) == len(BY_NAME) == len({field.column for field in FIELDS}) == 67


def test_catalogue_is_its_file_line_by_line() -> None:
    with FIELDS_CSV.open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    assert [(field.name, field.column, field.type) for field in FIELDS] == [
        (line["field"], line["column"], line["type"]) for line in lines
    ]


def test_every_field_is_of_a_type_that_is_known() -> None:
    assert {field.type for field in FIELDS} <= VALUE_TYPES.keys()


def test_secret_and_personal_fields_are_sensitive() -> None:
    assert {field.name for field in FIELDS if field.sensitive} == {
        "CompaniesHouseAuthenticationCode",
        "NiNumber",
        "ContactDateOfBirth",
        "PersonalCode",
    }


def test_clients_table_has_every_field_in_order_then_the_traces(program: Program) -> None:
    program.run(b"Name,Type\nAnn,Ltd\n")
    assert columns(program) == [*(field.column for field in FIELDS), *TRACE_COLUMNS]
    assert TRACE_COLUMNS == ("created_at", "updated_at", "created_by_job", "updated_by_job")


def test_client_types_are_the_members_of_the_catalogue() -> None:
    assert tuple(ClientType) == BY_NAME["Type"].members


def test_match_fields_and_fields_never_emptied_are_fields() -> None:
    assert {field.value for field in MatchField} | NEVER_EMPTIED <= BY_NAME.keys()


def test_template_has_every_field_in_order(tmp_path: Path) -> None:
    with (tmp_path / "template.csv").open("wb") as file:
        write_template(None, file)
    template = (tmp_path / "template.csv").read_bytes().decode("utf-8-sig")
    assert template == ",".join(field.name for field in FIELDS) + "\r\n"


@pytest.mark.slow
def test_field_added_as_one_line_is_known_everywhere(copy: Copy, program: Program) -> None:
    assert json.loads(copy.command("fields", "--json"))[-1]["field"] == "ShoeSize"
    assert copy.command("template").rstrip("\r\n").endswith(",ShoeSize")

    job = copy.run(b"Name,Type,Shoe size\nAnn,Ltd,43\nBob,Ltd,43.25\n")
    assert (job["createdCount"], job["errorCount"]) == (1, 1)
    assert program.reasons(str(job["code"])) == {3: {"too_long"}}
    assert "Shoe size" in program.not_imported(str(job["code"]))[0]["import_message"]
    assert columns(program)[67] == "shoe_size"
    assert [client["shoe_size"] for client in program.clients()] == ["43"]

    copy.run(b"Name,Size\nAnn,44\n", "--map", "Name=Name", "--map", "Size=ShoeSize")
    [exported] = csv.DictReader(copy.command("export").splitlines())
    assert (exported["Name"], exported["ShoeSize"]) == ("Ann", "44")


@pytest.mark.slow
def test_field_added_later_gets_its_column_and_clients_keep_their_values(copy: Copy, program: Program) -> None:
    program.run(b"Name,Type\nAnn,Ltd\n")
    before = program.clients()
    assert copy.run(b"Name,Type,ShoeSize\nBob,Ltd,44\nAnn,Ltd,\n")["createdCount"] == 1
    after = program.clients()
    assert [client.pop("shoe_size") for client in after] == [None, "44"]
    assert after[:1] == before
