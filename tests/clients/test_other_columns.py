"""Covers columns that other programs have added to the tables of a DuckDB file, and tables that they have rewritten."""

from __future__ import annotations

import duckdb
import pytest

from client_import.clients import duckdb_file
from tests.support.program import Program

CLIENTS = b"Code,Name,Type\nA1,Ann,Individual\nB2,Bob,Ltd\n"
MORE = b"Name,Type\nAnn,Trust\nCid,Ltd\n"


@pytest.fixture
def filled(program: Program) -> Program:
    """The program with the clients A1 and B2."""
    assert program.run(CLIENTS)["createdCount"] == 2
    return program


@pytest.mark.parametrize("name", ["client", "Key", "row", "would_create", "moment"])
def test_a_column_whose_name_imports_need_is_refused_until_it_is_renamed(name: str, filled: Program) -> None:
    filled.change(f"ALTER TABLE clients ADD COLUMN {name} VARCHAR")
    before = filled.clients()
    job = filled.run(MORE, match_on="Name")
    assert job["status"] == "Failed"
    assert f"an added column {name.lower()}, a name that imports need for themselves" in job["failureReason"]
    assert filled.clients() == before
    filled.change(f"ALTER TABLE clients RENAME COLUMN {name} TO its_{name}")
    assert filled.run(MORE, match_on="Name")["createdCount"] == 1
    assert [client["name"] for client in filled.clients()] == ["Ann", "Bob", "Cid"]


@pytest.mark.both_stores
@pytest.mark.parametrize("table", ["client_history", "client_creations", "removed_clients"])
def test_a_column_added_to_the_history_does_no_harm(table: str, filled: Program) -> None:
    filled.change(f"ALTER TABLE {table} ADD COLUMN reviewed_by VARCHAR")
    before = filled.clients()
    job = filled.run(MORE, match_on="Name")
    assert (job["createdCount"], job["updatedCount"]) == (1, 1)
    undo = filled.undo(job["code"])
    assert (undo["removedCount"], undo["updatedCount"], undo["skippedCount"]) == (1, 1, 0)
    assert filled.clients() == before
    assert filled.undo(undo["code"])["createdCount"] == 1


def test_an_undo_bears_columns_that_are_called_as_it_calls_values(filled: Program) -> None:
    for name in ("old_name", "has_name", "value_now", "reason", "field"):
        filled.change(f"ALTER TABLE clients ADD COLUMN {name} VARCHAR DEFAULT 'x'")
    before = filled.clients()
    code = filled.run(b"Code,Name\nA1,Anna\n")["code"]
    undo = filled.undo(code)
    assert (undo["updatedCount"], undo["skippedCount"]) == (1, 0)
    assert filled.clients() == before


@pytest.mark.parametrize(
    ("table", "columns"),
    [
        ("client_creations", "digest, client, job"),
        (
            "client_history",
            "client, job, value_after, value_before, field, updated_by_job_after, updated_by_job_before, "
            "updated_at_before",
        ),
        ("removed_clients", "content, removed_at, client, job"),
    ],
)
def test_history_with_its_columns_in_another_order_is_written_by_their_names(
    table: str, columns: str, filled: Program
) -> None:
    filled.change(f"CREATE OR REPLACE TABLE {table} AS SELECT {columns} FROM {table}")
    before = filled.clients()
    code = filled.run(MORE, match_on="Name")["code"]
    undo = filled.undo(code)
    assert (undo["removedCount"], undo["updatedCount"], undo["skippedCount"]) == (1, 1, 0)
    assert filled.clients() == before
    assert {row["job"] for row in filled.query(f"SELECT job FROM {table}")} <= {
        *(job.code for job in filled.store.jobs())
    }


def test_an_older_file_gets_the_storage_version_of_a_new_one(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    def version() -> str:
        with duckdb.connect(str(program.home.clients_database)) as connection:
            query = "SELECT tags['storage_version'] FROM duckdb_databases() WHERE database_name = 'clients'"
            [(found,)] = connection.execute(query).fetchall()
        return str(found)

    with monkeypatch.context() as patch:
        patch.setattr(duckdb_file, "_STORAGE_VERSION", "v1.2.0")
        program.run(CLIENTS)
    assert version().startswith("v1.2.0")
    assert program.run(MORE, match_on="Name")["createdCount"] == 1
    assert version().startswith("v1.3.0")
