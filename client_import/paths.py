"""Where an import's files live: everything below the home folder has its name here."""

from __future__ import annotations

import os
import re
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from client_import.errors import JobNotFoundError, StoreError
from client_import.system.private import keep_private, make_folder, make_private, tighten, tighten_all

_CODE_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"
"""No letter or digit that can be mistaken for another when read aloud."""

CODE_LENGTH = 10
_CODE = re.compile(rf"[a-z0-9]{{{CODE_LENGTH}}}")
_SHOWN_LETTERS = 40


def new_code() -> str:
    """Return a job code: ten letters and digits, from more than 2 ** 49 possible ones."""
    return "".join(secrets.choice(_CODE_LETTERS) for _ in range(CODE_LENGTH))


def is_code(text: str) -> bool:
    """Whether ``text`` is a job code: ten small letters (a to z) and digits, and nothing else.

    Codes are parts of paths, so whatever comes from outside is one by this rule before anything is done with it.
    """
    return _CODE.fullmatch(text) is not None


def checked_code(text: str) -> str:
    """Return ``text``, which is a job code; raises JobNotFoundError when it is none, because no job can have it."""
    if not is_code(text):
        raise no_job(text)
    return text


def no_job(code: str) -> JobNotFoundError:
    """Return the error for a ``code`` that no job has."""
    if is_code(code):
        return JobNotFoundError(f"There is no job {code}. `client-import jobs` lists them.")
    shown = "".join(letter if letter.isprintable() else "?" for letter in code[:_SHOWN_LETTERS])
    return JobNotFoundError(
        f"There is no job {shown}{'…' * (len(code) > _SHOWN_LETTERS)}. A code has {CODE_LENGTH} small letters and "
        "digits; `client-import jobs` lists them."
    )


@dataclass(frozen=True, slots=True)
class JobFolder:
    """The files of one job, in the order they come about."""

    path: Path

    @property
    def source(self) -> Path:
        """The file as it came, byte for byte."""
        return self.path / "source"

    @property
    def options(self) -> Path:
        """The options file that a dropped file came with (JSON)."""
        return self.path / "options.json"

    @property
    def put_away(self) -> Path:
        """Where in the drop folder the dropped file and what belongs to it are after the end (JSON)."""
        return self.path / "put_away.json"

    @property
    def layout(self) -> Path:
        """What was detected in the source before any row was read (JSON)."""
        return self.path / "layout.json"

    @property
    def cells(self) -> Path:
        """The rows as text cells, as they were in the file (Arrow IPC)."""
        return self.path / "cells.arrow"

    @property
    def rows(self) -> Path:
        """The rows as clean, typed cells (Parquet)."""
        return self.path / "rows.parquet"

    @property
    def row_errors(self) -> Path:
        """The errors found in the rows themselves (Parquet)."""
        return self.path / "row_errors.parquet"

    @property
    def row_level_errors(self) -> Path:
        """The errors that rows have beside other rows or the clients (Parquet)."""
        return self.path / "row_level_errors.parquet"

    @property
    def staged(self) -> Path:
        """What staging counted (JSON); written last, so it vouches for the three files before it."""
        return self.path / "staged.json"

    @property
    def not_applied(self) -> Path:
        """Row, outcome, reasons and sentences of every row that is not imported (Parquet)."""
        return self.path / "not_applied.parquet"

    @property
    def plan(self) -> Path:
        """The counts and reasons of the plan (JSON)."""
        return self.path / "plan.json"

    @property
    def valid_rows(self) -> Path:
        """The rows that were not rejected, clean and typed (Parquet; :mod:`client_import.merge.split`)."""
        return self.path / "valid_rows.parquet"

    @property
    def rejected_rows(self) -> Path:
        """The rejected rows with their reasons (Parquet; :mod:`client_import.merge.split`)."""
        return self.path / "rejected_rows.parquet"

    @property
    def rejected(self) -> Path:
        """The rows that were rejected, each with its reasons: ``not_imported`` without the skipped ones (CSV)."""
        return self.path / "rejected.csv"

    @property
    def not_imported(self) -> Path:
        """The file of rows not imported, for people (CSV; docs/rules.md, section 8)."""
        return self.path / "not_imported.csv"

    @property
    def scratch(self) -> Path:
        """Where the home folder that it is in has what only lives as long as a process."""
        return Home(self.path.parent.parent).scratch

    def create(self) -> JobFolder:
        """Make the folder; raises StoreError when it cannot be made or written to."""
        make_folder(self.path)
        return self

    def drop_working_files(self) -> None:
        """Delete what only a running import needs; the errors stay where the plan says what became of their rows."""
        row_errors = () if self.plan.exists() else (self.row_errors, self.row_level_errors)
        for file in (self.cells, self.rows, *row_errors, *self.path.glob("*.part")):
            file.unlink(missing_ok=True)


_OWN = {"dagster", "drop", "drop.lock", "jobs", "scratch", "secret", "taken"}
_OWN_FILES = ("clients.duckdb", "jobs.sqlite")
"""What is in the home folder, the files with those that their databases have beside them."""


@dataclass(frozen=True, slots=True)
class Home:
    """The folder that holds all state (docs/rules.md, Words)."""

    path: Path

    @property
    def clients_database(self) -> Path:
        """The DuckDB file with the tables ``clients`` and ``import_jobs``."""
        return self.path / "clients.duckdb"

    @property
    def job_store(self) -> Path:
        """The SQLite file with the live job records."""
        return self.path / "jobs.sqlite"

    @property
    def scratch(self) -> Path:
        """Folders that are gone when the work they are for has ended (:mod:`client_import.system.scratch`)."""
        return self.path / "scratch"

    @property
    def dagster(self) -> Path:
        """DAGSTER_HOME, unless the environment names another."""
        return Path(os.environ.get("DAGSTER_HOME") or self.path / "dagster")

    @property
    def taken(self) -> Path:
        """The folder with a note for each file taken out of the drop folder whose import is not yet followed up."""
        return self.path / "taken"

    @property
    def drop_lock(self) -> Path:
        """The file that is locked while a file is taken out of the drop folder, or one is put there."""
        return self.path / "drop.lock"

    @property
    def has_been_used(self) -> bool:
        """Whether something was imported here: there are clients, or folders of jobs."""
        jobs = self.path / "jobs"
        return self.clients_database.exists() or (jobs.is_dir() and any(jobs.iterdir()))

    def job(self, code: str) -> JobFolder:
        """Return the folder of the job ``code``; it need not exist. Raises JobNotFoundError for what is no code."""
        return JobFolder(self.path / "jobs" / checked_code(code))

    def note(self, code: str) -> Path:
        """Return the note in :attr:`taken` of the job ``code``, and raise, as :meth:`job` does."""
        return self.taken / checked_code(code)

    def create(self) -> Home:
        """Make the folder, and keep it and what is in it private; raises StoreError when it cannot be written to.

        Other things that are in it stay as they are; and so does a folder that is everybody's, such as /tmp.
        """
        keep_private()
        make_folder(self.path)
        for path in self.path.iterdir():
            if path.name in _OWN or path.name.startswith(_OWN_FILES):
                tighten(path)
        if not self.path.stat().st_mode & stat.S_ISVTX:
            make_private(self.path)
        return self

    def tighten_dagster(self) -> None:
        """Make private what programs of Dagster's own have made in the home folder, with whatever umask they have."""
        tighten_all(self.path / "dagster")


def unfinished(path: Path) -> Path:
    """Return where the file ``path`` is written before it is whole, in a place no other process writes to."""
    return path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")


@contextmanager
def whole(path: Path) -> Iterator[None]:
    """Raise StoreError when what is read from ``path`` is not what was written there."""
    try:
        yield
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise StoreError(f"The file {path} is damaged. Import the file of that job again.") from error


def put_in_place(written: Path, path: Path) -> None:
    """Move a file that was :func:`unfinished` to its place, where it is whole even after a power failure."""
    with written.open("rb") as file:
        os.fsync(file.fileno())
    written.replace(path)


def write_whole(path: Path, text: str) -> None:
    """Write ``text`` to ``path``, whole or not at all; raises OSError, and then leaves nothing beside it."""
    written = unfinished(path)
    try:
        written.write_text(text, "utf-8")
        put_in_place(written, path)
    finally:
        written.unlink(missing_ok=True)


def write_synced(path: Path, text: str) -> None:
    """Write ``text`` to ``path``, and to the disk, as a new file or an old one's content; raises OSError."""
    with path.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """Have the names in the folder on the disk."""
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
