"""PostgreSQL as all parts of the program meet it: how to connect, what a session needs, and what its errors ask for.

No text from here has a password. The drivers are optional: they are imported when a database is asked for.
"""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterator
from contextlib import contextmanager
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

_IS_STANDBY = "It is a standby, which cannot be written to. Set {setting} to the server that can."

_ADVICE = (
    (
        ("28",),
        re.compile(
            r"authentication failed|no pg_hba\.conf entry|no password supplied|"
            r"role .* (does not exist|is not permitted)"
        ),
        f"Correct the user and the password in {SETTING}, or let that user in.",
    ),
    (("3D",), re.compile(r"database .* does not exist"), f"Make that database, or correct its name in {SETTING}."),
    (("3F",), re.compile(r"schema .* does not exist"), f"Make that schema, or correct the options in {SETTING}."),
    (
        ("42501",),
        re.compile(r"permission denied"),
        "Have the owner of the database grant that right. Imports need TEMPORARY on the database, and SELECT, INSERT, "
        "UPDATE and DELETE on their tables; where some are to be made, or a new column, also CREATE on the database "
        "and on the schema, and to own them.",
    ),
    (("25006",), re.compile(r"during recovery"), _IS_STANDBY.format(setting=SETTING)),
    (
        ("53100",),
        re.compile(r"No space left"),
        "The disk of the server is full. Free some space there, then try it again.",
    ),
    (
        ("53300",),
        re.compile(r"too many (clients|connections)|remaining connection slots"),
        "Raise max_connections there, or the limit of that user, or run fewer imports at once.",
    ),
    (("53",), re.compile(r"out of memory"), "Give the server more memory, then try it again."),
    (("57014",), None, "Somebody has cancelled the statement there. Try it again."),
    (("40P01", "40001"), None, "Another program changed the same rows without waiting. Try it again."),
    (
        ("23",),
        None,
        "The table has a rule or an index of its own that forbids this change. Drop it there, then try it again.",
    ),
    (
        ("22021", "22P05"),
        None,
        "The file has a character that PostgreSQL cannot store (U+0000). Take it out, then try it again.",
    ),
    (
        ("42P01", "42703", "42P10", "42804"),
        None,
        "It is not as client-import made it: put that right, or put a backup in its place.",
    ),
)
"""How the SQLSTATE begins; the words of an error of connecting, which has none; and what to do. The first that fits."""

_GONE_STATES = ("08", "57P")
_GONE = re.compile(
    r"server closed the connection|connection .*(lost|reset|timed out)|terminating connection|no connection to the "
    r"server|could not (send|receive) data|SSL SYSCALL|Broken pipe|shutting down|starting up|recovery mode",
    re.IGNORECASE,
)


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


@contextmanager
def translating_errors(url: str) -> Iterator[None]:
    """Raise an error of psycopg, or SQLAlchemy's of one, as a StoreError that says what to do.

    Raises as :func:`parts_of`.
    """
    place = shown(url)
    from psycopg import Error
    from sqlalchemy.exc import DBAPIError

    try:
        yield
    except (Error, DBAPIError) as error:
        raise StoreError(sentence(place, error)) from error


def sentence(place: str, error: Exception) -> str:
    """Return what is wrong with the database at ``place``, according to an error of a driver, and what to do."""
    what, advice = _judged(error)
    return f"The PostgreSQL database {place} {what} ({first_line(error)}). {advice}"


def advice_for(error: Exception) -> str:
    """Return the sentence on what to do about an error of a driver."""
    return _judged(error)[1]


def first_line(error: Exception) -> str:
    """Return the first line of the server's or libpq's own message: further ones may quote what was to be stored."""
    text = str(getattr(error, "orig", None) or error)
    said = re.search(r"(?:ERROR|FATAL|PANIC): +(.+)", text)
    if said is None:
        said = re.search(r"(?:failed|is bad|connect|statement|query): (.+)", text) or re.search(r"(.+)", text)
    return said[1].rstrip(". ") if said else type(error).__name__


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
        raise StoreError(f"The PostgreSQL database {place} cannot be used. {_IS_STANDBY.format(setting=SETTING)}")
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


def _judged(error: Exception) -> tuple[str, str]:
    """Return what is the matter with the database, in two words or three, and what to do."""
    error = getattr(error, "orig", None) or error
    state = getattr(error, "sqlstate", None) or getattr(error, "pgcode", None) or ""
    text = str(error)
    for states, words, advice in _ADVICE:
        if state.startswith(states) if state else words and words.search(text):
            return "cannot be used", advice
    if state.startswith(_GONE_STATES) or _GONE.search(text):
        return "went away", "See that the server runs and can be reached, then try it again."
    if not state:
        return "cannot be reached", f"See that the server runs there, and that the address in {SETTING} is right."
    return "cannot be used", f"See the log of its server (SQLSTATE {state})."
