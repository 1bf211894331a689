"""Covers what the server, the database or the role of an address may have as defaults: nothing relies on them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from client_import.jobs.locks import locked
from tests.support.cli import wait_until
from tests.support.clients_copy import query_copy
from tests.support.postgres import PASSWORD, PostgresServer
from tests.support.program import Program

CLIENTS = "Code,Name,Type\nA1,Ann,Ltd\nß2,Zoë Σ,Ltd\n".encode()

DEFAULTS = {
    "DateStyle": "'SQL, DMY'",
    "IntervalStyle": "'iso_8601'",
    "TimeZone": "'Asia/Kathmandu'",
    "client_encoding": "'latin1'",
    "default_transaction_isolation": "'serializable'",
    "default_transaction_read_only": "on",
    "idle_in_transaction_session_timeout": "'1s'",
    "lock_timeout": "'1s'",
    "standard_conforming_strings": "off",
    "statement_timeout": "'1s'",
    "synchronous_commit": "off",
}
SOMEBODY_WAITS = "SELECT 1 FROM pg_locks WHERE NOT granted AND waitstart < clock_timestamp() - interval '1.3 s'"
"""Longer than the defaults would allow."""


@pytest.fixture
def schema(postgres_server: PostgresServer) -> Iterator[str]:
    with postgres_server.schema() as schema:
        yield schema


@pytest.fixture
def clients_in(postgres_server: PostgresServer, schema: str) -> Iterator[str]:
    """The address of a role with the defaults, one of which says where its tables are."""
    role = f"u_{schema}"
    postgres_server.execute(f"CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}'")
    for right in (f"ALL ON SCHEMA {schema}", "CREATE ON DATABASE postgres"):
        postgres_server.execute(f"GRANT {right} TO {role}")
    for name, value in {**DEFAULTS, "search_path": f'not_there, {schema}, "$user", pg_catalog'}.items():
        postgres_server.execute(f"ALTER ROLE {role} SET {name} = {value}")
    yield postgres_server.url(user=role).partition("?")[0]
    postgres_server.execute(f"DROP OWNED BY {role}")
    postgres_server.execute(f"DROP ROLE {role}")


@pytest.fixture
def usual(postgres_server: PostgresServer, schema: str) -> str:
    """The address of the same database for a role without such defaults."""
    return postgres_server.url(schema)


@contextmanager
def another_program(url: str, statement: str) -> Iterator[None]:
    """Have another program write, in a transaction that it ends when somebody has waited for it longer than allowed."""
    import psycopg

    with psycopg.connect(url) as other, psycopg.connect(url, autocommit=True) as watch:
        other.execute(statement.encode())

        def end() -> None:
            try:
                wait_until(lambda: watch.execute(SOMEBODY_WAITS.encode()).fetchone() is not None, "somebody to wait")
            finally:
                other.commit()

        ending = threading.Thread(target=end)
        ending.start()
        yield
        ending.join()


def test_import_is_as_ever(program: Program, usual: str, schema: str, postgres_server: PostgresServer) -> None:
    began = datetime.now(UTC)
    job = program.run(CLIENTS)
    assert (job["failureReason"], job["createdCount"]) == (None, 2)
    job = program.run("Name,Team\nann,Ω\nZOË σ,South\n".encode(), match_on="Name")
    assert (job["failureReason"], job["updatedCount"]) == (None, 2)
    teams = query_copy(usual, "SELECT code, team FROM clients ORDER BY code")
    assert [tuple(client.values()) for client in teams] == [("A1", "Ω"), ("ß2", "South")]
    found = "SELECT count(*) FROM pg_tables WHERE schemaname = 'client_import_{}' AND tablename = 'jobs'"
    assert postgres_server.execute(found.format(schema)) == [(1,)]
    recorded = program.store.job(job["code"])
    [ledger] = query_copy(usual, f"SELECT completed_date FROM import_jobs WHERE code = '{job['code']}'")
    for time in (recorded.created_date, recorded.completed_date, ledger["completed_date"].replace(tzinfo=UTC)):
        assert time is not None
        assert abs(time - began) < timedelta(minutes=10)


def test_writer_of_clients_that_had_to_wait_sees_what_the_one_before_has_left(program: Program, usual: str) -> None:
    program.run(CLIENTS)
    with another_program(usual, "UPDATE clients SET name = 'Bea' WHERE code = 'A1'"):
        job = program.run(b"Name,Team\nbea,North\n", match_on="Name")
    assert (job["failureReason"], job["updatedCount"]) == (None, 1)


def test_writer_of_a_job_waits_for_another(program: Program, usual: str, schema: str) -> None:
    code = program.store.start(program.receive(CLIENTS)).code
    with another_program(usual, f"UPDATE client_import_{schema}.jobs SET phase = 'other'"):
        assert not program.store.record_heartbeat(code, "mine", 0, 0, None, None)
    assert program.store.job_progress(code).phase == "mine"


def test_lock_of_all_machines_is_kept_and_waited_for(program: Program, postgres_server: PostgresServer) -> None:
    path = program.home.drop_lock
    has_it = threading.Event()

    def wait_for_it() -> None:
        with locked(program.settings, program.home, path):
            has_it.set()

    waiting = threading.Thread(target=wait_for_it)
    with locked(program.settings, program.home, path):
        waiting.start()
        wait_until(lambda: bool(postgres_server.execute(SOMEBODY_WAITS)), "another to wait")
        assert not has_it.is_set()
    waiting.join()
    assert has_it.is_set()


def test_dagster_has_its_records_there(program: Program, schema: str, postgres_server: PostgresServer) -> None:
    from pipelines.postgresql_storage import storage_url

    engine = sa.create_engine(storage_url(program.settings.database_url))
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE records AS SELECT 'Σ' AS text"))
        shown = {
            name: connection.execute(sa.text(f"SHOW {name}")).scalar_one() for name in ("TimeZone", "lock_timeout")
        }
        isolation = connection.execute(sa.text("SHOW transaction_isolation")).scalar_one()
    engine.dispose()
    assert postgres_server.execute(f"SELECT text FROM dagster_{schema}.records") == [("Σ",)]
    assert (shown, isolation) == ({"TimeZone": "UTC", "lock_timeout": "0"}, "read committed")
