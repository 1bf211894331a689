"""What an error of PostgreSQL, or of a driver of it, means, and what to do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from client_import.errors import StoreError
from client_import.system.postgresql import IS_STANDBY, SETTING, shown

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
    (("25006",), re.compile(r"during recovery"), IS_STANDBY),
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
        (),
        re.compile(r"^\w+ too (large|small) \("),  # of psycopg itself, when it reads a row
        "It has a date or time that is infinite, before the year 1 or after 9999, which no import writes. Correct that "
        "there, then try it again.",
    ),
    (
        ("22021", "22P05"),
        re.compile(r"cannot contain NUL"),
        "The file has a character that PostgreSQL cannot store (U+0000). Take it out, then try it again.",
    ),
    (
        ("42P01", "42703", "42P10", "42804"),
        None,
        "It is not as client-import made it: put that right, or put a backup in its place.",
    ),
)
"""How the SQLSTATE begins; the words of an error of connecting, which has none; and what to do. The first that fits."""

_UNIQUE_VIOLATION = "23505"
_NUMBERS = {"clients": "id", "jobs": "number"}
_NUMBERED = re.compile(rf"\b(?P<table>{'|'.join(_NUMBERS)})_pkey\b")
_BEHIND = (
    "The numbering of its table {table} is behind its rows, as after a restore or a replication. Have its owner "
    "execute, in the schema of that table, SELECT setval(pg_get_serial_sequence('{table}', '{column}'), (SELECT "
    "max({column}) FROM {table})), then try it again."
)
"""What to do when a row that numbers itself gets the number of another."""

_GONE_STATES = ("08", "57P")
_GONE = re.compile(
    r"server closed the connection|connection .*(lost|reset|timed out)|terminating connection|no connection to the "
    r"server|could not (send|receive) data|SSL SYSCALL|Broken pipe|shutting down|starting up|recovery mode",
    re.IGNORECASE,
)


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


def _judged(error: Exception) -> tuple[str, str]:
    """Return what is the matter with the database, in two words or three, and what to do."""
    error = getattr(error, "orig", None) or error
    state = getattr(error, "sqlstate", None) or getattr(error, "pgcode", None) or ""
    text = str(error)
    numbered = _NUMBERED.search(text) if state == _UNIQUE_VIOLATION else None
    if numbered:
        return "cannot be used", _BEHIND.format(table=numbered["table"], column=_NUMBERS[numbered["table"]])
    for states, words, advice in _ADVICE:
        if state.startswith(states) if state else words and words.search(text):
            return "cannot be used", advice
    if state.startswith(_GONE_STATES) or _GONE.search(text):
        return "went away", "See that the server runs and can be reached, then try it again."
    if not state:
        return "cannot be reached", f"See that the server runs there, and that the address in {SETTING} is right."
    return "cannot be used", f"See the log of its server (SQLSTATE {state})."
