"""Covers the clients in PostgreSQL after somebody has put the tables back by hand, or added to them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from client_import.clients.forgetting import forget
from client_import.errors import StoreError
from tests.support.postgres import PostgresServer
from tests.support.program import Program

CLIENTS = b"Code,Name,Type,IncorporationDate\nA1,Ann,Individual,\nB2,Bob,Ltd,31/01/2020\n"
MORE = b"Code,Name,Type\nA1,Anna,Individual\nC3,Cy,Ltd\n"
NUMBER_ANEW = "SELECT setval(pg_get_serial_sequence('clients', 'id'), (SELECT max(id) FROM clients))"


@pytest.fixture
def clients_in(postgres_url: str) -> str:
    """Always PostgreSQL, for every program of this module."""
    return postgres_url


@pytest.fixture
def schema(clients_in: str) -> str:
    return clients_in.rpartition("%3D")[2]


@pytest.fixture
def filled(program: Program) -> Program:
    """The program with the clients A1 and B2."""
    assert program.run(CLIENTS)["createdCount"] == 2
    return program


def failed(program: Program) -> str:
    """The reason why an import fails, which leaves the clients as they were."""
    before = program.query("SELECT * FROM clients ORDER BY code")
    job = program.run(MORE)
    assert (job["status"], job["createdCount"], job["updatedCount"]) == ("Failed", 0, 0)
    assert program.query("SELECT * FROM clients ORDER BY code") == before
    reason: str = job["failureReason"]
    return reason


@pytest.mark.parametrize(
    "put_back",
    [
        (
            "CREATE TABLE kept AS SELECT * FROM clients",
            "DROP TABLE clients CASCADE",
            "ALTER TABLE kept RENAME TO clients",
        ),
        ("ALTER TABLE clients DROP CONSTRAINT clients_pkey",),
        ("ALTER TABLE clients ALTER COLUMN id DROP IDENTITY",),
    ],
    ids=["as a copy", "without its key", "without its numbering"],
)
def test_clients_that_no_longer_number_new_ones_are_refused(put_back: tuple[str, ...], filled: Program) -> None:
    for statement in put_back:
        filled.change(statement)
    assert "column id does not number each new client by itself" in failed(filled)


def test_a_numbering_that_is_behind_is_called_so(filled: Program) -> None:
    filled.change("SELECT setval(pg_get_serial_sequence('clients', 'id'), 1)")
    reason = failed(filled)
    assert NUMBER_ANEW in reason
    assert "Drop it" not in reason
    filled.change(NUMBER_ANEW)
    assert filled.run(MORE)["createdCount"] == 1


@pytest.mark.parametrize("path", ["{other},{schema}", '"{other}",{schema}'])
def test_clients_in_another_schema_than_new_tables_are_refused(
    path: str, filled: Program, postgres_server: PostgresServer, schema: str
) -> None:
    with postgres_server.schema() as other:
        before, url = filled.clients(), filled.clients_url
        filled.keep_clients_at(postgres_server.url(path.format(other=other, schema=schema)))
        reason = filled.run(MORE)["failureReason"]
        assert f" in the schema {schema}, but new tables are made in {other}" in reason
        filled.keep_clients_at(url)
        assert filled.clients() == before


def test_a_trigger_on_a_partition_is_found_out(filled: Program, postgres_server: PostgresServer, schema: str) -> None:
    [(comment,)] = postgres_server.execute("SELECT obj_description('clients'::regclass)", schema)
    for statement in (
        "CREATE TABLE parts (LIKE clients INCLUDING DEFAULTS INCLUDING IDENTITY) PARTITION BY HASH (code)",
        "CREATE TABLE part_0 PARTITION OF parts FOR VALUES WITH (MODULUS 1, REMAINDER 0)",
        "INSERT INTO parts SELECT * FROM clients",
        "DROP TABLE clients CASCADE",
        "ALTER TABLE parts RENAME TO clients",
        f"COMMENT ON TABLE clients IS '{comment}'",
        NUMBER_ANEW,
    ):
        filled.change(statement)
    assert filled.run(MORE)["createdCount"] == 1
    filled.change("CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'")
    filled.change("CREATE TRIGGER keep BEFORE INSERT ON part_0 FOR EACH ROW EXECUTE FUNCTION keep()")
    job = filled.run(b"Code,Name,Type\nD4,Dee,Ltd\n")
    assert "has a trigger or a rule" in job["failureReason"]


@pytest.mark.parametrize("value", ["infinity", "0044-03-15 BC", "10001-01-01"])
def test_a_date_that_python_cannot_hold_is_called_so(value: str, filled: Program) -> None:
    filled.change(f"UPDATE clients SET incorporation_date = '{value}' WHERE code = 'B2'")
    with pytest.raises(StoreError, match="date or time that is infinite"), filled.database.read() as reader:
        reader.rows("SELECT incorporation_date FROM clients")


@pytest.mark.parametrize(
    ("becomes", "said"),
    [
        ("CASCADE", "Whatever refers to a removed client is removed with it, and is not brought back when"),
        ("SET NULL", "Whatever refers to a removed client loses it, and stays without when"),
    ],
)
def test_rows_of_others_that_refer_to_clients_are_said_to_change_with_an_undo(
    becomes: str, said: str, filled: Program, postgres_server: PostgresServer, schema: str
) -> None:
    code = filled.store.jobs()[0].code
    filled.change(f"CREATE TABLE orders (client bigint REFERENCES clients (id) ON DELETE {becomes})")
    assert filled.undo_preview(code).plan.notes == ()
    filled.change("INSERT INTO orders SELECT id FROM clients UNION ALL SELECT id FROM clients WHERE code = 'A1'")
    [note] = filled.undo_preview(code).plan.notes
    assert note.startswith("Of the table orders of another program, 3 rows refer to clients that")
    assert said in note
    assert filled.undo(code)["notes"] == [note]
    assert postgres_server.execute("SELECT count(client) FROM orders", schema) == [(0,)]


def test_forgetting_does_not_compare_every_client_with_every_other(filled: Program) -> None:
    import psycopg

    plans: list[str] = []
    with psycopg.connect(filled.clients_url or "", autocommit=True) as connection:
        connection.execute("SET work_mem = '64kB'")  # as little for few clients as the default is for many
        connection.execute("INSERT INTO clients (code) SELECT 'X' || n FROM generate_series(1, 20000) AS n")
        connection.execute("INSERT INTO client_creations (client) SELECT code FROM clients")
        connection.execute("INSERT INTO removed_clients (client) SELECT code FROM clients")
        connection.execute("ANALYZE")
        cursor = psycopg.RawCursor(connection)

        def explain(statement: str, values: Any) -> None:
            plans.extend(line for (line,) in cursor.execute(f"EXPLAIN {statement}".encode(), values))

        def rows(query: str, _values: Any) -> list[tuple[Any, ...]]:
            return [(None,)] if "import_jobs" in query else [(1,)]

        forget(explain, rows, "somejob234", datetime.now(UTC).replace(tzinfo=None), 30)
    assert sum("Anti Join" in line for line in plans) >= 4
    assert not [line for line in plans if "SubPlan" in line]
