"""What the job store needs to know of PostgreSQL: how to connect, where its tables are, what its errors ask for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from client_import.errors import OptionsError, StoreError

JOBS = "client_import_"
"""How the name of the job store's schema begins. ``jobs`` and ``sessions`` beside the clients might be of others."""

OLDEST = 14
"""The oldest major version of PostgreSQL that will do."""

_NOT_INSTALLED = (
    "CLIENT_IMPORT_DATABASE is set, and what it takes to use PostgreSQL is not installed. Install client-import with "
    "its extra: pip install 'client-import[postgresql]'."
)
KEEPALIVES: dict[str, Any] = {
    "connect_timeout": 10,
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
"""A server that is gone is noticed within about half a minute."""

_ADVICE = {
    "28": "Correct the user and the password in CLIENT_IMPORT_DATABASE.",
    "3D": "Make that database, or correct its name in CLIENT_IMPORT_DATABASE.",
    "3F": "Make that schema, or correct the options in CLIENT_IMPORT_DATABASE.",
    "42501": "Have the owner of the database grant that right (docs/many-machines.md lists them).",
    "42": "Somebody has changed its tables: put that right, or put a backup in its place.",
    "25006": "It is a copy that may only be read: set CLIENT_IMPORT_DATABASE to the server that may be written to.",
    "53300": "The server has no room for more connections: raise its max_connections, or run fewer imports at once.",
    "53": "The server has run out of space or memory: free some.",
}
"""What to do about an SQLSTATE that begins so; the first that fits."""

_BY_WORDS = {
    "password": _ADVICE["28"],
    "authentication": _ADVICE["28"],
    "no pg_hba.conf entry": "Let this machine and this user in, in the server's pg_hba.conf.",
    "role ": _ADVICE["28"],
    "too many": _ADVICE["53300"],
    "does not exist": _ADVICE["3D"],
}
"""The same for an error of connecting, which has no SQLSTATE."""

_IS_AWAY = ("08", "57P")
_AWAY = "Start the PostgreSQL server, or correct its address in CLIENT_IMPORT_DATABASE; then try it again."
_OTHER = "See the log of the PostgreSQL server, put that right, then try it again."


def connect(url: str) -> Any:
    """Return a connection of psycopg to ``url``, an address as libpq takes it.

    Raises OptionsError where psycopg is not installed, psycopg.Error when it cannot be made, and StoreError when the
    server is too old, or the database has another encoding than UTF8.
    """
    try:
        import psycopg
    except ImportError:
        raise OptionsError(_NOT_INSTALLED) from None
    connection = psycopg.connect(
        url,
        **KEEPALIVES,
        fallback_application_name="client-import",
        prepare_threshold=None,  # a pooler may be between
    )
    version, encoding = connection.info.server_version // 10_000, connection.info.parameter_status("server_encoding")
    if version >= OLDEST and encoding == "UTF8":
        return connection
    connection.close()
    if version < OLDEST:
        raise StoreError(
            f"PostgreSQL {OLDEST} or newer is needed, and {name_of(url)} is version {version}. Update that server, or "
            "set CLIENT_IMPORT_DATABASE to another."
        )
    raise StoreError(
        f"The database {name_of(url)} has the encoding {encoding}, which lacks characters. Make one with the encoding "
        "UTF8."
    )


@contextmanager
def translating_errors(url: str) -> Iterator[None]:
    """Raise an error of psycopg as a StoreError that says what to do."""
    name = name_of(url)
    from psycopg import Error

    try:
        yield
    except Error as error:
        cause = (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")
        raise StoreError(f"The PostgreSQL database {name} cannot be used ({cause}). {advice_for(error)}") from error


def name_of(url: str) -> str:
    """Return ``url`` as it is shown: without the user, the password and the options. Raises as :func:`parts_of`."""
    parts = parts_of(url)
    port = f":{parts['port']}" if "port" in parts else ""
    return f"postgresql://{parts.get('host', '')}{port}/{parts.get('dbname', '')}"


def parts_of(url: str) -> dict[str, Any]:
    """Return the parameters that ``url`` gives libpq, by their names.

    Raises OptionsError where psycopg is not installed, or when it is no address.
    """
    try:
        from psycopg import Error
        from psycopg.conninfo import conninfo_to_dict
    except ImportError:
        raise OptionsError(_NOT_INSTALLED) from None
    try:
        return dict(conninfo_to_dict(url))
    except Error:
        raise OptionsError(
            "CLIENT_IMPORT_DATABASE is no address of a PostgreSQL database. Write it as "
            "postgresql://user:password@host:5432/database; in the user and the password write : / @ and other signs "
            "as %3A %2F %40."
        ) from None


def make_engine(url: str) -> sa.Engine:
    """Return the engine for ``url``; a connection that has gone bad meanwhile is replaced before it is used."""
    return sa.create_engine("postgresql+psycopg://", creator=lambda: connect(url), pool_pre_ping=True)


def schema_of(engine: sa.Engine, prefix: str = JOBS) -> str:
    """Return the name of the schema that has ``prefix``, and belongs to the one in which the clients are.

    So each table of clients has its own jobs. Raises StoreError when the connection finds no schema for clients.
    """
    with engine.connect() as connection:
        clients = connection.execute(sa.text("SELECT current_schema()")).scalar_one()
    if clients is None:
        raise StoreError(
            "The PostgreSQL database has no schema for the clients: none of its search_path is there. Make it, or "
            "correct the options in CLIENT_IMPORT_DATABASE."
        )
    return f"{prefix}{clients}"


def create_schema_alone(connection: sa.Connection, schema: str) -> None:
    """Make the schema if it is missing; until the transaction ends, no other process makes one or its tables."""
    connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": schema})
    is_there = sa.text("SELECT 1 FROM pg_namespace WHERE nspname = :name")
    if not connection.execute(is_there, {"name": schema}).scalar():
        connection.execute(sa.schema.CreateSchema(schema))


def advice_for(error: Exception) -> str:
    """Return the sentence on what to do about an error of the database."""
    state = getattr(getattr(error, "orig", error), "sqlstate", None)
    if state is None:
        return next((advice for words, advice in _BY_WORDS.items() if words in str(error)), _AWAY)
    if state.startswith(_IS_AWAY):
        return _AWAY
    return next((advice for start, advice in _ADVICE.items() if state.startswith(start)), _OTHER)
