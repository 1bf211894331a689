"""PostgreSQL as all parts of the program meet it: how to connect, and what a session needs.

No text from here has a password. The drivers are optional: they are imported when a database is asked for.
"""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING, Any

from client_import.errors import OptionsError, StoreError
from client_import.setting_forms import ADDRESS_OF_POSTGRESQL

if TYPE_CHECKING:
    import psycopg

SETTING = "CLIENT_IMPORT_DATABASE"
_US = "client-import"

OLDEST = 14
"""The oldest major version of PostgreSQL that has everything that is used."""

KEEPALIVES = {
    "connect_timeout": "10",
    "keepalives_idle": "15",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
}
"""Parameters of libpq: a server that is gone is noticed within about half a minute."""

SESSION = {
    "DateStyle": "ISO",
    "IntervalStyle": "postgres",
    "TimeZone": "UTC",
    "default_transaction_isolation": "read committed",
    "default_transaction_read_only": "off",
    "idle_in_transaction_session_timeout": "0",
    "lock_timeout": "0",
    "row_security": "off",
    "standard_conforming_strings": "on",
    "statement_timeout": "0",
}
"""What our statements rely on, whatever the defaults of the server, the database and the role are.

Rows that a policy hides from this user are an error: such clients would be created again."""

_SET = """
SELECT set_config(name, value, {is_local})
FROM (VALUES
    {values},
    ('transaction_timeout', '0'),
    ('tcp_keepalives_idle', '15'),
    ('tcp_keepalives_interval', '5'),
    ('tcp_keepalives_count', '3'),
    ('client_connection_check_interval', CASE WHEN version() LIKE '%linux%' THEN '5s' ELSE '0' END),
    ('synchronous_commit', CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on'
        ELSE current_setting('synchronous_commit') END)
) AS wanted (name, value) JOIN pg_settings USING (name)
"""
"""Those that the version does not have are left out. The server, too, notices within half a minute who is gone."""

_WHAT_IT_IS = "SELECT current_schema(), pg_is_in_recovery(), current_setting('quote_all_identifiers') = 'on'"

IS_STANDBY = f"It is a standby, which cannot be written to. Set {SETTING} to the server that can."


def connect(url: str, *, autocommit: bool = False) -> psycopg.Connection[Any]:
    """Return a connection of psycopg to ``url``, an address as libpq takes it, with the settings of a session.

    Raises OptionsError where the extra is not installed or ``url`` is no address, psycopg.Error when it cannot be made,
    and StoreError when the server or the database will not do.
    """
    string = connection_string(url)
    import psycopg

    # Statements are not prepared by name: a pooler may be between.
    connection = psycopg.connect(string, autocommit=True, prepare_threshold=None)
    try:
        _refuse_unfit(connection, shown(url))
        connection.execute(settings_query(is_local=False).encode())
        connection.autocommit = autocommit
    except BaseException:
        connection.close()
        raise
    return connection


def connection_string(url: str, application_name: str | None = None) -> str:
    """Return ``url`` as a connection string of libpq; without a name the application has that of the address, or ours.

    Raises as :func:`parts_of`.
    """
    names = {"application_name": application_name} if application_name else {"fallback_application_name": _US}
    parts = {**KEEPALIVES, **parts_of(url), **names, "client_encoding": "UTF8"}
    from psycopg.conninfo import make_conninfo

    return make_conninfo("", **parts)


def settings_query(*, is_local: bool, **others: str) -> str:
    """Return the query that sets :data:`SESSION` and ``others``; if it ``is_local``, for the transaction alone."""
    values = ",\n    ".join(f"('{name}', '{value}')" for name, value in {**SESSION, **others}.items())
    return _SET.format(is_local=str(is_local).lower(), values=values)


def parts_of(url: str) -> dict[str, str]:
    """Return the parameters that ``url`` gives libpq, by their names.

    Raises OptionsError where the extra is not installed, or ``url`` is no address.
    """
    require_installed()
    from psycopg import Error
    from psycopg.conninfo import conninfo_to_dict

    try:
        return {name: str(value) for name, value in conninfo_to_dict(url).items() if value is not None}
    except Error:  # its text quotes what may be the password
        raise OptionsError(f"{SETTING} is no address of a PostgreSQL database; {ADDRESS_OF_POSTGRESQL}.") from None


def require_installed() -> None:
    """Raise OptionsError where the extra ``postgresql`` is not installed, or a part of it."""
    missing = [name for name in ("psycopg", "adbc_driver_postgresql") if importlib.util.find_spec(name) is None]
    if not missing:
        try:
            import psycopg  # noqa: F401
        except ImportError:  # without the library of PostgreSQL
            missing = ["psycopg[binary]"]
    if missing:
        raise OptionsError(
            f"{SETTING} names a PostgreSQL database, and what connects to one is not installed "
            f"({', '.join(missing)}). Install client-import with its extra: pip install 'client-import[postgresql]'."
        )


def shown(url: str) -> str:
    """Return the server and the database of ``url``, without user, password and options. Raises as :func:`parts_of`."""
    parts = parts_of(url)
    host = parts.get("host") or parts.get("hostaddr") or "localhost"
    port = f":{parts['port']}" if "port" in parts else ""
    return f"postgresql://{host}{port}/{parts.get('dbname', '')}"


def _refuse_unfit(connection: psycopg.Connection[Any], place: str) -> None:
    version = connection.info.server_version // 10_000
    if version < OLDEST:
        raise StoreError(
            f"PostgreSQL {OLDEST} or newer is needed, and {place} is version {version}. Update that server, or set "
            f"{SETTING} to another."
        )
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        raise StoreError(
            f"The database {place} has the encoding {encoding}, which lacks characters. Make one with the encoding "
            "UTF8."
        )
    [(schema, is_standby, quotes)] = connection.execute(_WHAT_IT_IS).fetchall()
    if is_standby:
        raise StoreError(f"The PostgreSQL database {place} cannot be used. {IS_STANDBY}")
    if schema is None:
        raise StoreError(
            f"The PostgreSQL database {place} has no schema for the clients: none of its search_path is there. Make "
            f"that schema, or correct the options in {SETTING}."
        )
    if quotes:  # which ADBC cannot do with, from its first moment on
        raise StoreError(
            f"The PostgreSQL database {place} has the setting quote_all_identifiers on, which hides the types of its "
            "columns. Set it to off for this user: ALTER ROLE ... SET quote_all_identifiers = off."
        )
