"""Stores that are damaged, gone, or somebody else's: a sentence with what to do, and nothing is made anew unasked."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
import sqlalchemy as sa

from client_import.job_tables import jobs
from client_import.jobs import now
from tests.cli import CommandLine
from tests.program import Program

CLIENTS = b"Code,Name,Type\nA1,Acme,Ltd\n"
MORE = b"Code,Name,Type\nB2,Bob,Ltd\n"


@pytest.fixture
def cli(tmp_path: Path) -> CommandLine:
    """A home folder with one client."""
    cli = CommandLine(tmp_path / "home")
    assert cli("run", "-", "--quiet", stdin=CLIENTS).status == 0
    return cli


def garbage(path: Path) -> None:
    path.write_bytes(b"These are the notes of Monday. " * 1000)


def half(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def damaged_inside(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[4096 * 3 : -4096] = b"\xa5" * (len(content) - 4096 * 4)
    path.write_bytes(bytes(content))


@pytest.mark.parametrize("damage", [garbage, half, folder, damaged_inside])
@pytest.mark.parametrize("store", ["clients.duckdb", "jobs.sqlite", "dagster/history/runs.db", "dagster/dagster.yaml"])
def test_damaged_store_is_said_and_what_to_do(cli: CommandLine, store: str, damage: Callable[[Path], None]) -> None:
    path = cli.home / store
    for beside in path.parent.glob(f"{path.name}[-.]*"):
        beside.unlink()
    damage(path)
    answer = cli("run", "-", stdin=MORE)
    if store.startswith("dagster") and answer.status == 0:
        return  # Dagster could still use what is left of it
    assert answer.status == 1
    said = answer.stdout + answer.stderr
    assert "Traceback" not in said
    assert "fault of the program" not in said
    assert any(advice in said for advice in ("backup", "move it away", "moved away", "Check that"))


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ("ALTER TABLE clients DROP COLUMN updated_by_job", "no column updated_by_job"),
        ("ALTER TABLE clients ALTER COLUMN name TYPE BLOB", "BLOB in the column name"),
        ("ALTER TABLE clients ALTER COLUMN created_at TYPE VARCHAR", ""),
        ("ALTER TABLE import_jobs DROP COLUMN total_items", "no column total_items"),
        ("DROP TABLE clients; CREATE TABLE clients (id INTEGER, name VARCHAR)", "no column created_at"),
        ("ALTER TABLE clients RENAME TO them; CREATE VIEW clients AS FROM them", "is a view"),
    ],
)
def test_tables_of_somebody_else_are_refused(program: Program, change: str, wrong: str) -> None:
    program.run(CLIENTS)
    with duckdb.connect(str(program.home.clients_database)) as connection:
        connection.execute(change)
    job = program.run(MORE)
    if not wrong:
        return
    assert job["status"] == "Failed"
    assert wrong in job["failureReason"]
    assert "backup" in job["failureReason"]


def test_columns_of_ones_own_in_the_table_are_no_harm(program: Program) -> None:
    program.run(CLIENTS)
    with duckdb.connect(str(program.home.clients_database)) as connection:
        connection.execute("ALTER TABLE clients ADD COLUMN favourite_colour VARCHAR")
    assert program.run(MORE)["createdCount"] == 1


def test_database_that_is_gone_is_said_and_not_made_anew(program: Program) -> None:
    program.run(CLIENTS)
    program.home.clients_database.unlink()
    job = program.run(MORE)
    assert job["status"] == "Failed"
    assert "is gone, although 1 clients were imported into it" in job["failureReason"]
    assert not program.home.clients_database.exists()


def test_database_that_is_back_is_imported_into(program: Program, tmp_path: Path) -> None:
    program.run(CLIENTS)
    shutil.move(program.home.clients_database, tmp_path / "away")
    assert program.run(MORE)["status"] == "Failed"
    shutil.move(tmp_path / "away", program.home.clients_database)
    assert program.run(MORE)["createdCount"] == 1


def test_no_job_ends_before_it_starts_whatever_the_clocks_say(program: Program) -> None:
    code = program.take_in(CLIENTS)
    later = now().replace(tzinfo=None) + timedelta(hours=3)
    with sa.create_engine(f"sqlite:///{program.home.job_store}").begin() as connection:
        connection.execute(sa.update(jobs).where(jobs.c.code == code).values(created_date=later))
    job = program.carry_on(code)
    assert job["createdDate"] <= job["startedDate"] <= job["completedDate"]
    waiting = program.take_in(MORE)
    with sa.create_engine(f"sqlite:///{program.home.job_store}").begin() as connection:
        connection.execute(sa.update(jobs).where(jobs.c.code == waiting).values(created_date=later))
    cancelled = program.store.request_cancel(waiting)
    assert cancelled.completed_date is not None
    assert cancelled.created_date <= cancelled.completed_date


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_result_that_cannot_be_printed_is_not_a_failed_import(tmp_path: Path, form: list[str]) -> None:
    cli = CommandLine(tmp_path / "home")
    answer = cli.into(Path("/dev/full"), "run", "-", *form, stdin=CLIENTS)
    assert answer.status == 0
    assert "nothing was imported" not in answer.stderr.lower()
    assert "is Completed: 1 created" in answer.stderr
    assert Program(cli.home).clients()[0]["code"] == "A1"


@pytest.mark.parametrize("command", ["jobs", "fields", "settings", "export"])
def test_command_that_cannot_print_says_nothing_of_imports(cli: CommandLine, command: str) -> None:
    answer = cli.into(Path("/dev/full"), command)
    assert answer.status == 1
    assert "nothing was imported" not in answer.stderr.lower()
    assert "disk is full" in answer.stderr or "cannot be written" in answer.stderr
