"""The Dagster instance all imports land in, whatever started them."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
from alembic.util import CommandError
from sqlalchemy.exc import SQLAlchemyError

from client_import.errors import ClientImportError, StoreError
from client_import.jobs.locks import locked
from client_import.paths import Home
from client_import.settings import read_settings
from client_import.system.disk import is_disk_full
from client_import.system.postgresql import shown
from client_import.system.postgresql_errors import advice_for
from client_import.system.private import make_folder
from client_import.system.sqlite_files import kept_open

INSTANCE_CONFIG = Path(__file__).parent.parent / "dagster.yaml"

_FILES = "\nevent_log_storage:\n"
"""What the paragraph of dagster.yaml on records in files has."""

_POSTGRESQL = """\
# In the database of the clients: CLIENT_IMPORT_DATABASE.
storage:
  custom:
    module: pipelines.postgresql_storage
    class: PostgresStorage
"""
_NAMES_STORAGE = re.compile(r"^(run_)?storage:", re.MULTILINE)


def instance_config(*, on_postgresql: bool) -> str:
    """Return the project's dagster.yaml, as it is or with Dagster's records ``on_postgresql``."""
    text = INSTANCE_CONFIG.read_text("utf-8")
    if not on_postgresql:
        return text
    return "\n\n".join(_POSTGRESQL.rstrip() if _FILES in part else part for part in text.split("\n\n"))


def prepare_instance(home: Home) -> Path:
    """Make DAGSTER_HOME with the project's dagster.yaml when it has none, set it, and return it.

    Raises StoreError when the folder cannot be made, or the file cannot.
    """
    folder = home.dagster
    make_folder(folder, "DAGSTER_HOME")
    config = folder / "dagster.yaml"
    with keeping_records(home):
        on_postgresql = bool(read_settings().database_url)
        if not config.exists():
            unfinished = folder / f"dagster.yaml.{os.getpid()}.{socket.gethostname()}"
            unfinished.write_text(instance_config(on_postgresql=on_postgresql), "utf-8")
            unfinished.replace(config)
        elif on_postgresql and not _NAMES_STORAGE.search(config.read_text("utf-8", "replace")):
            raise StoreError(
                f"By {config} Dagster keeps its records in files, which many machines cannot share. Move it away: one "
                "for PostgreSQL is made then, with a new history of runs."
            )
    os.environ["DAGSTER_HOME"] = str(folder.absolute())
    return folder


@contextmanager
def open_instance(home: Home) -> Iterator[dg.DagsterInstance]:
    """Open the instance, made when it is missing; one process at a time, because making it twice at once fails.

    A process that runs several imports keeps it open for all of them. Raises StoreError when its folder cannot be used.
    """
    try:
        folder = prepare_instance(home)
        with kept_open(folder):
            with keeping_records(home, (Exception,)), locked(read_settings(), home, folder / ".lock"):
                instance = dg.DagsterInstance.get()
            with instance:
                yield instance
    finally:
        if read_settings().group_access:
            home.tighten_dagster()  # SQLite never makes what a group may write to


_RECORDS = (dg.DagsterError, SQLAlchemyError, CommandError, OSError)
"""What is raised where Dagster's records cannot be read or written."""


@contextmanager
def keeping_records(home: Home, kinds: tuple[type[Exception], ...] = _RECORDS) -> Iterator[None]:
    """Raise what keeps Dagster from its records, whatever is of ``kinds``, as a StoreError that says what to do."""
    try:
        yield
    except ClientImportError:
        raise
    except kinds as error:
        url = read_settings().database_url
        if is_disk_full(error) and not (url and isinstance(error, SQLAlchemyError)):
            raise StoreError(f"The disk is full: Dagster cannot keep its records in {home.dagster}.") from error
        advice = advice_for(error) if url else _MOVE_AWAY
        place = f"{home.dagster} and {shown(url)}" if url else home.dagster
        raise StoreError(f"Dagster cannot keep its records in {place} ({_cause(error)}). {advice}") from error


_MOVE_AWAY = (
    "See that you may read and write there, or move the folder away: it has only the history of runs, and a new one is "
    "made."
)


def _cause(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return (str(getattr(error, "orig", None) or error).splitlines() or [type(error).__name__])[0].rstrip(".:")
