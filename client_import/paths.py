"""The paths of everything in the home folder, and functions that write files completely or not at all."""

from __future__ import annotations

import os
import re
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from client_import.errors import JobNotFoundError, OptionsError, StoreError
from client_import.setting_forms import folder_of_databases
from client_import.settings import read_settings
from client_import.system.disk import sync_file, sync_folder
from client_import.system.private import keep_private, make_folder, make_private, tighten, tighten_all

_CODE_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"
"""Without letters and digits that are easily confused."""

CODE_LENGTH = 10
_CODE = re.compile(rf"[a-z0-9]{{{CODE_LENGTH}}}")
_SHOWN_LETTERS = 40

CELLS, ROWS, ROW_ERRORS = "cells.arrow", "rows.parquet", "row_errors.parquet"
"""How the names of the files of a staged part end."""


def new_code() -> str:
    """Return a random job code of ten letters and digits, one of more than 2 ** 49."""
    return "".join(secrets.choice(_CODE_LETTERS) for _ in range(CODE_LENGTH))


def is_code(text: str) -> bool:
    """Return whether ``text`` is a job code: exactly ten lower-case ASCII letters and digits.

    Codes become parts of paths, so every code from outside has to be checked with this before it is used.
    """
    return _CODE.fullmatch(text) is not None


def checked_code(text: str) -> str:
    """Return ``text`` if it is a job code; otherwise raise JobNotFoundError, because no job can have it."""
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


class _In:
    """The path of a file or folder in a folder, by its ``name`` there."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, folder: JobFolder | Home, _kind: type) -> Path:
        return folder.path / self._name


@dataclass(frozen=True, slots=True)
class JobFolder:
    """The files of one job, in the order in which they are written."""

    path: Path

    source = _In("source")  # the source file as it was received, byte for byte
    options = _In("options.json")  # the options file that came with a dropped file
    put_away = _In("put_away.json")  # where in the drop folder the dropped file and its results were moved
    layout = _In("layout.json")  # the file spec: what was detected before any row was read
    attempts = _In("attempts")  # the folder in which parts are being staged; each attempt has files of its own there
    parts = _In("parts")  # the folder of the staged parts; a file that is not huge is a single part
    remaining_errors = _In("row_errors.parquet")  # without those of cells that equal the stored value, if there are any
    row_level_errors = _In("row_level_errors.parquet")  # found by comparing rows with other rows and with clients
    staged = _In("staged.json")  # the counts of staging; written last: if it exists, the parts are complete
    not_applied = _In("not_applied.parquet")  # number, outcome, reasons and messages of every row not imported
    plan = _In("plan.json")  # the counts and reasons of the plan
    valid_rows = _In("valid_rows.parquet")  # those not rejected, clean and typed (client_import.merge.split)
    rejected_rows = _In("rejected_rows.parquet")  # with their reasons (client_import.merge.split)
    rejected = _In("rejected.csv")  # not_imported without the skipped rows (docs/rules.md, section 8)
    not_imported = _In("not_imported.csv")  # the file of rows not imported (docs/rules.md, section 8)
    fixes = _In("fixes")  # the folder of what is typed into the rejected rows (client_import.fixing)

    @property
    def cells(self) -> tuple[Path, ...]:
        """The rows as the text cells of the file (Arrow IPC), a file for each part, in file order."""
        return self._of_parts(CELLS)

    @property
    def rows(self) -> tuple[Path, ...]:
        """The staged rows, with typed values (Parquet), a file for each part, in file order."""
        return self._of_parts(ROWS)

    @property
    def row_errors(self) -> tuple[Path, ...]:
        """The row errors found by reading and validating (Parquet), in file order; none before the rows are staged.

        A file for each part, or only ``remaining_errors``.
        """
        return (self.remaining_errors,) if self.remaining_errors.exists() else self._of_parts(ROW_ERRORS)

    def _of_parts(self, kind: str) -> tuple[Path, ...]:
        return tuple(sorted(self.parts.glob(f"*.{kind}")))

    @property
    def scratch(self) -> Path:
        """The folder for temporary folders in the home folder that this job belongs to."""
        return Home(self.path.parent.parent).scratch

    def create(self) -> JobFolder:
        """Create the folder and return it. Raises StoreError if it cannot be created or written to."""
        make_folder(self.path)
        return self

    def sync_report_sources(self) -> None:
        """Flush to the disk what the files of rows not imported are made of. Raises OSError."""
        for path in (*self.cells, *self.row_errors, self.not_applied, self.row_level_errors):
            sync_file(path)
        sync_folder(self.parts)
        sync_folder(self.path)

    def drop_working_files(self, *, keeps_errors: bool = True) -> None:
        """Delete what only a running import needs.

        Row errors are kept if there is a plan that counts them, unless ``keeps_errors`` says that they are found anew.
        """
        kept = (*self.row_errors, self.row_level_errors) if keeps_errors and self.plan.exists() else ()
        staged = (*self.attempts.glob("*"), *self.parts.glob("*"), self.remaining_errors, self.row_level_errors)
        for file in (*staged, *self.path.glob("*.part")):
            if file not in kept:
                file.unlink(missing_ok=True)
        for folder in (self.attempts, self.parts):
            with suppress(OSError):  # there is none, or row errors are kept in it
                folder.rmdir()


_OWN = {"dagster", "drop", "drop.lock", "jobs", "mark", "scratch", "secret", "taken"}
_OWN_FILES = ("clients.duckdb", "jobs.sqlite")
"""The contents of the home folder; the databases keep further files whose names start the same."""


@dataclass(frozen=True, slots=True)
class Home:
    """The folder that holds all state (docs/rules.md, Words)."""

    path: Path

    clients_database = _In("clients.duckdb")  # with the tables clients and import_jobs
    job_store = _In("jobs.sqlite")  # the job records and saved mappings
    coming_in = _In("scratch")  # files that are being received: on the disk with the jobs' folders
    taken = _In("taken")  # a note for each file that was claimed from the drop folder and is not yet finalised
    drop_lock = _In("drop.lock")  # locked while a file is claimed from the drop folder or moved into it
    mark_file = _In("mark")  # a text that no other home folder has, if its jobs are on PostgreSQL

    @property
    def scratch(self) -> Path:
        """The folder for temporary folders (:mod:`client_import.system.scratch`); CLIENT_IMPORT_SCRATCH names another.

        Raises OptionsError like :func:`client_import.settings.read_settings`.
        """
        named = read_settings().scratch
        return Path(named).expanduser().absolute() if named else self.coming_in

    @property
    def dagster(self) -> Path:
        """The DAGSTER_HOME of the environment, or else the folder ``dagster`` in the home folder.

        Raises OptionsError if Dagster's databases could not be found in that DAGSTER_HOME.
        """
        named = os.environ.get("DAGSTER_HOME")
        try:
            return folder_of_databases(Path(named)) if named else self.path / "dagster"
        except ValueError as error:
            raise OptionsError(f"In DAGSTER_HOME, {error}.") from None

    @property
    def has_been_used(self) -> bool:
        """Whether anything was imported here: a clients database or a job folder exists."""
        jobs = self.path / "jobs"
        return self.clients_database.exists() or (jobs.is_dir() and any(jobs.iterdir()))

    def keeps(self, path: Path) -> bool:
        """Whether there is something at ``path`` that belongs to the program; files in the drop folder do not."""
        found, here = path.resolve(), self.path.resolve()
        if not (found.is_relative_to(here) and found != here and found.exists()):
            return False
        name = found.relative_to(here).parts[0]
        return name in _OWN - {"drop"} or name.startswith(_OWN_FILES)

    def job(self, code: str) -> JobFolder:
        """Return the folder of the job ``code``, which need not exist. Raises JobNotFoundError if it is no code."""
        return JobFolder(self.path / "jobs" / checked_code(code))

    def note(self, code: str) -> Path:
        """Return the path of the job's note in :attr:`taken`. Raises JobNotFoundError if ``code`` is no code."""
        return self.taken / checked_code(code)

    def create(self) -> Home:
        """Create the folder, make it and its own contents private, and return it.

        Other files in it are left alone, and so is a shared folder such as /tmp. Raises StoreError if the folder cannot
        be created or written to.
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
        """Make the files private that Dagster's own programs have created in the home folder with another umask."""
        tighten_all(self.path / "dagster")


def unfinished(path: Path) -> Path:
    """Return a unique temporary path beside ``path``, to write to until the file is complete."""
    return path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")


@contextmanager
def whole(path: Path) -> Iterator[None]:
    """Turn errors of parsing the file ``path`` within the block into a StoreError that says the file is damaged."""
    try:
        yield
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise StoreError(f"The file {path} is damaged. Import the file of that job again.") from error


def put_in_place(written: Path, path: Path) -> None:
    """Flush the file ``written`` to the disk and rename it to ``path``, so that ``path`` is always complete."""
    sync_file(written)
    written.replace(path)


def write_whole(path: Path, text: str) -> None:
    """Write ``text`` to ``path`` in UTF-8, completely or not at all. Raises OSError, leaving no temporary file."""
    written = unfinished(path)
    try:
        written.write_text(text, "utf-8")
        put_in_place(written, path)
    finally:
        written.unlink(missing_ok=True)


def write_synced(path: Path, text: str) -> None:
    """Write ``text`` to ``path`` in UTF-8 and flush it to the disk, replacing what is there. Raises OSError."""
    with path.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    sync_folder(path.parent)
