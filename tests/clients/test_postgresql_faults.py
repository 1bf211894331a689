"""Covers what can be wrong with a PostgreSQL database: whoever meets it first, jobs or clients, says the same to do.

What is said is a sentence without the password, and nothing is changed.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from client_import.clients.needs import Needs
from client_import.errors import ClientImportError, OptionsError, StoreError
from client_import.jobs.locks import locked
from client_import.jobs.store import JobStore
from client_import.paths import Home, new_code
from client_import.settings import Settings
from tests.support.cli import CommandLine, free_port
from tests.support.postgres import PASSWORD, PostgresServer, a_server
from tests.support.program import import_options

CLIENTS = b"Code,Name,Type\nA1,Ann,Individual\n"
NEEDS = Needs(columns=("code",), match_column="code", reads_codes=False, makes_codes=False)


def jobs(url: str, _home: Path) -> None:
    with JobStore(url) as store:
        store.create(new_code(), "c.csv", import_options(), "test")


def lock(url: str, home: Path) -> None:
    with locked(Settings(home=home, database=SecretStr(url)), Home(home).create(), home / "drop.lock"):
        pass


def clients(url: str, home: Path) -> None:
    with opened(url, home).open():
        pass


def ledger(url: str, home: Path) -> None:
    with opened(url, home).ask():
        pass


def dry_run(url: str, home: Path) -> None:
    with opened(url, home).look(NEEDS):
        pass


def health(url: str, home: Path) -> None:
    opened(url, home).check()


def dagster(url: str, _home: Path) -> None:
    from pipelines.postgresql_storage import storage_url

    storage_url(url)


def opened(url: str, home: Path):  # type: ignore[no-untyped-def]  # the driver may not be installed
    from client_import.clients.postgresql.store import PostgresClients

    return PostgresClients(url, home / "scratch", 5, 256_000_000, 1)


WRITERS = (jobs, clients, dagster)
DOORS = (jobs, lock, clients, ledger, dry_run, health, dagster)


def wrong_password(server: PostgresServer, _schema: str) -> str:
    return server.url(password="of another")


def no_user(server: PostgresServer, _schema: str) -> str:
    return server.url(user="nobody_here")


def may_not_log_in(server: PostgresServer, schema: str) -> str:
    return role(server, schema, "NOLOGIN")


def no_room(server: PostgresServer, schema: str) -> str:
    return role(server, schema, "LOGIN CONNECTION LIMIT 0")


def role(server: PostgresServer, schema: str, attributes: str) -> str:
    server.execute(f"CREATE ROLE u_{schema} {attributes} PASSWORD '{PASSWORD}'")
    return server.url(schema, user=f"u_{schema}")


def no_database(server: PostgresServer, _schema: str) -> str:
    return server.url().replace("/postgres?", "/nothing?")


def another_encoding(server: PostgresServer, schema: str) -> str:
    server.execute(f"CREATE DATABASE {schema} TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C'")
    return server.url().replace("/postgres?", f"/{schema}?")


def no_server(_server: PostgresServer, _schema: str) -> str:
    return f"postgresql://u:pass%2Fword@127.0.0.1:{free_port()}/clients"


def no_host(_server: PostgresServer, _schema: str) -> str:
    return "postgresql://u:pass%2Fword@no-such-host.invalid/clients"


def no_port(_server: PostgresServer, _schema: str) -> str:
    return "postgresql://u:pass%2Fword@127.0.0.1:many/clients"


def quoting(server: PostgresServer, schema: str) -> str:
    return f"{server.url(schema)}%20-cquote_all_identifiers%3Don"


def no_schema(server: PostgresServer, _schema: str) -> str:
    return server.url("not_there")


FAULTS: dict[Callable[[PostgresServer, str], str], str] = {
    wrong_password: "Correct the user and the password in CLIENT_IMPORT_DATABASE, or let that user in.",
    no_user: "Correct the user and the password in CLIENT_IMPORT_DATABASE, or let that user in.",
    may_not_log_in: "Correct the user and the password in CLIENT_IMPORT_DATABASE, or let that user in.",
    no_room: "Raise max_connections there, or the limit of that user, or run fewer imports at once.",
    no_database: "Make that database, or correct its name in CLIENT_IMPORT_DATABASE.",
    another_encoding: "which lacks characters. Make one with the encoding UTF8.",
    no_server: "See that the server runs there, and that the address in CLIENT_IMPORT_DATABASE is right.",
    no_host: "See that the server runs there, and that the address in CLIENT_IMPORT_DATABASE is right.",
    no_port: "See that the server runs there, and that the address in CLIENT_IMPORT_DATABASE is right.",
    quoting: "Set it to off for this user: ALTER ROLE ... SET quote_all_identifiers = off.",
    no_schema: "Make that schema, or correct the options in CLIENT_IMPORT_DATABASE.",
}


@pytest.fixture
def schema(postgres_server: PostgresServer) -> Iterator[str]:
    with postgres_server.schema() as schema:
        yield schema
        postgres_server.execute(f"DROP DATABASE IF EXISTS {schema}")
        postgres_server.execute(f"DROP ROLE IF EXISTS u_{schema}")


def said(door: Callable[[str, Path], None], url: str, home: Path) -> str:
    """What whoever comes in there is told, which has to be one paragraph without a password."""
    with pytest.raises(ClientImportError) as error:
        door(url, home)
    sentence = str(error.value)
    assert type(error.value) is StoreError
    assert not [secret for secret in (PASSWORD, "pass%2Fword", "of another") if secret in sentence]
    assert "\n" not in sentence
    assert sentence.endswith(".")
    return sentence


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.__name__ for fault in FAULTS])
def test_every_door_gives_the_same_advice(
    fault: Callable[[PostgresServer, str], str], postgres_server: PostgresServer, schema: str, tmp_path: Path
) -> None:
    url = fault(postgres_server, schema)
    told = {door.__name__: said(door, url, tmp_path) for door in DOORS}
    assert {name: sentence for name, sentence in told.items() if not sentence.endswith(FAULTS[fault])} == {}
    if fault is not no_host:  # which is told in the words of two drivers
        assert len(set(told.values())) == 1


def test_right_that_is_missing(postgres_server: PostgresServer, schema: str, tmp_path: Path) -> None:
    url = role(postgres_server, schema, "LOGIN")
    postgres_server.execute(f"GRANT USAGE ON SCHEMA {schema} TO u_{schema}")
    told = [said(door, url, tmp_path) for door in WRITERS]
    assert all("(permission denied for " in sentence for sentence in told)
    assert len({sentence.partition("). ")[2] for sentence in told}) == 1
    assert "). Have the owner of the database grant that right." in told[0]
    postgres_server.execute(f"DROP OWNED BY u_{schema}")


def test_server_that_is_too_old(
    postgres_server: PostgresServer, schema: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("client_import.system.postgresql.OLDEST", 99)
    [told] = {said(door, postgres_server.url(schema), tmp_path) for door in DOORS}
    assert told.startswith("PostgreSQL 99 or newer is needed, and postgresql://127.0.0.1:")
    assert told.endswith("Update that server, or set CLIENT_IMPORT_DATABASE to another.")


@pytest.mark.usefixtures("postgres_server")  # which skips it where there can be none
def test_server_that_may_only_be_read(tmp_path: Path) -> None:
    """A standby, as one may name by mistake, or after a failover."""
    with a_server() as server:
        server.stop("fast")
        (server.folder / "data" / "standby.signal").touch()
        server.start()
        [told] = {said(door, server.url(), tmp_path) for door in DOORS}
    assert told.endswith("cannot be written to. Set CLIENT_IMPORT_DATABASE to the server that can.")


@pytest.mark.parametrize(
    "url", ["postgresql://ann:s%2Fcret@[host/db", "postgresql://host/db?nonsense=s%2Fcret", "postgresql://%zz@h/d"]
)
def test_address_that_libpq_cannot_read(url: str, tmp_path: Path) -> None:
    pytest.importorskip("adbc_driver_postgresql", reason="the extra postgresql is not installed")
    told = set()
    for door in DOORS:
        with pytest.raises(OptionsError) as error:
            door(url, tmp_path)
        told.add(str(error.value))
    [sentence] = told
    assert sentence.startswith("CLIENT_IMPORT_DATABASE is no address of a PostgreSQL database; write postgresql://")
    assert "cret" not in sentence


@pytest.mark.parametrize("command", [("run", "-"), ("serve", "--api-only")], ids=["run", "serve"])
@pytest.mark.parametrize("url", ["mysql://ann:s%2Fcret@host/db", "postgresql://ann:s%2Fcret@[host/db"])
def test_address_that_is_none_is_wrong_usage_of_every_command(
    command: tuple[str, ...], url: str, tmp_path: Path
) -> None:
    pytest.importorskip("adbc_driver_postgresql", reason="the extra postgresql is not installed")
    answer = CommandLine(tmp_path / "home", CLIENT_IMPORT_DATABASE=url)(*command, stdin=CLIENTS)
    assert answer.status == 2
    text = " ".join(answer.stderr.split())
    assert "CLIENT_IMPORT_DATABASE" in text
    assert "is no address of a PostgreSQL database; write postgresql://user:password@host:5432/database" in text
    assert "cret" not in answer.stdout + answer.stderr


_WITHOUT = """
import sys
sys.modules[sys.argv[1]] = None
from pathlib import Path
from client_import.clients.store import open_clients
from client_import.errors import OptionsError
from client_import.jobs.opening import open_job_store
from client_import.paths import Home
from client_import.settings import Settings
settings = Settings(database="postgresql://ann:secret@host/db")
for door in (open_job_store, open_clients):
    try:
        door(settings, Home(Path("/nowhere")))
    except OptionsError as error:
        print(error)
"""


@pytest.mark.parametrize("module", ["psycopg", "adbc_driver_postgresql"])
def test_extra_that_is_not_installed_is_named(module: str) -> None:
    done = subprocess.run([sys.executable, "-c", _WITHOUT, module], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    first, second = done.stdout.splitlines()
    assert first == second
    assert module in first
    assert first.endswith("Install client-import with its extra: pip install 'client-import[postgresql]'.")
    assert "secret" not in first
