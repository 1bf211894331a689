"""What is wrong with a PostgreSQL database, in sentences that say what to do, and never with a password."""

from __future__ import annotations

import re

import psycopg
from psycopg.conninfo import conninfo_to_dict

from client_import.errors import StoreError

SETTING = "CLIENT_IMPORT_DATABASE"
OLDEST = 14
"""The oldest version of PostgreSQL that has everything that is used."""

_DEFAULTS = {"connect_timeout": "10", "keepalives_idle": "15", "keepalives_interval": "5", "keepalives_count": "3"}

_RIGHTS = (
    "Give it SELECT, INSERT and UPDATE on the tables clients and import_jobs, and TEMPORARY on the database; where the "
    "tables are to be made, or a new column, it has to own them and to have CREATE on the schema."
)

_ADVICE = (
    (
        r"^28|authentication failed|no pg_hba\.conf entry|no password supplied|role .* does not exist",
        f"Correct the user and the password in {SETTING}, or let that user in.",
    ),
    (r"^3D|database .* does not exist", f"Make that database, or correct its name in {SETTING}."),
    (r"^42501", _RIGHTS),
    (r"^25006", "It cannot be written: it is a standby, or set to be read only. Name the server that can be written."),
    (r"^53100|No space left", "The disk of the server is full. Free some space there, then try it again."),
    (
        r"^53300|too many clients|remaining connection slots",
        "Raise max_connections there, or run fewer imports at once.",
    ),
    (r"^53|out of memory", "Give the server more memory, then try it again."),
    (r"^57014", "Somebody has cancelled the statement there. Try it again."),
    (r"^40P01|^40001", "Another program changed the clients without waiting. Try it again."),
    (
        r"^23",
        "The table has a rule or an index of its own that forbids this change. Drop it there, then import the file "
        "again.",
    ),
    (
        r"^22021|^22P05",
        "The file has a character that PostgreSQL cannot store (U+0000). Take it out, then try it again.",
    ),
    (
        r"^42(P01|703|P10|804)",
        "It is not as client-import made it: put that right, or put a backup in its place.",
    ),
)

_GONE = re.compile(
    r"server closed the connection|connection .*(lost|reset|timed out)|terminating connection|no connection to the "
    r"server|could not (send|receive) data|SSL SYSCALL|Broken pipe|shutting down|starting up|recovery mode",
    re.IGNORECASE,
)
_GONE_STATES = ("08", "57P")


def connection_string(url: str, application_name: str) -> str:
    """Return ``url`` as a connection string of libpq, with time limits that find out about a server that is gone.

    Raises StoreError when it is no address of a PostgreSQL database.
    """
    given = _parts(url)
    string: str = psycopg.conninfo.make_conninfo(
        "", **{**_DEFAULTS, **given, "client_encoding": "UTF8", "application_name": application_name}
    )
    return string


def shown(url: str) -> str:
    """Return the server and the database of ``url``, without user and password."""
    parts = _parts(url)
    host = str(parts.get("host") or parts.get("hostaddr") or "localhost")
    port = f":{parts['port']}" if "port" in parts else ""
    return f"postgresql://{host}{port}/{parts.get('dbname', '')}"


def _parts(url: str) -> dict[str, str]:
    try:
        return {name: str(value) for name, value in conninfo_to_dict(url).items() if value is not None}
    except psycopg.ProgrammingError:  # its text quotes what may be the password
        raise StoreError(
            f"{SETTING} is no address of a PostgreSQL database. It looks like postgresql://user:password@host:5432/"
            "database; in user and password, write : / @ and % as %3A %2F %40 and %25."
        ) from None


def sentence(place: str, error: Exception) -> str:
    """Return what is wrong with the database at ``place``, according to an error of a driver, and what to do."""
    state, text = getattr(error, "sqlstate", None) or "", first_line(error)
    for pattern, advice in _ADVICE:
        if re.search(pattern, state) if state else re.search(pattern.replace("^", "^SQLSTATE "), text):
            return f"The PostgreSQL database {place} cannot be used ({text}). {advice}"
    if state.startswith(_GONE_STATES) or _GONE.search(str(error)):
        return (
            f"The PostgreSQL database {place} went away ({text}). See that the server runs and can be reached, then "
            "try it again."
        )
    if not state:
        return (
            f"The PostgreSQL database {place} cannot be reached ({text}). See that the server runs there, and that the "
            f"address in {SETTING} is right."
        )
    return f"The PostgreSQL database {place} cannot be used ({text}; SQLSTATE {state}). See the log of its server."


def first_line(error: Exception) -> str:
    """Return the first line of the server's or libpq's own message: further ones may quote what was to be stored."""
    said = re.search(r"(?:ERROR|FATAL|PANIC): +(.+)", str(error))
    if said is None:
        said = re.search(r"(?:failed|connect|statement|query): (.+)", str(error)) or re.search(r"(.+)", str(error))
    return said[1].rstrip(". ") if said else type(error).__name__
