"""What somebody types into the rejected rows of a job: cells, and values that are replaced in a whole column.

It is kept in an SQLite file in the job's folder, and goes with the folder. Every change is a step: the last one that
says something of a cell counts, whoever made it.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass

from client_import.errors import FixError, StoreError
from client_import.paths import JobFolder
from client_import.system.private import make_folder

MOST_REPLACEMENTS = 1_000
"""Each takes time in every row that is read."""

_WAIT_SECONDS = 10.0

_TABLES = """
CREATE TABLE IF NOT EXISTS cells (
    row INTEGER NOT NULL, header TEXT NOT NULL, text TEXT NOT NULL, step INTEGER NOT NULL, PRIMARY KEY (row, header)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS replacements (
    step INTEGER PRIMARY KEY, header TEXT NOT NULL, old TEXT NOT NULL, new TEXT NOT NULL, rows INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS steps (last INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS imports (job TEXT NOT NULL);
INSERT INTO steps SELECT 0 WHERE NOT EXISTS (SELECT * FROM steps);
"""

_KEEP = "INSERT INTO cells VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET text = excluded.text, step = excluded.step"
_FORGET = "DELETE FROM cells WHERE row = ? AND header = ?"
_OF_ROWS = "SELECT row, header, text, step FROM cells WHERE row IN (SELECT value FROM json_each(?))"
_BETWEEN = "SELECT row, header, text, step FROM cells WHERE row BETWEEN ? AND ?"
_TOUCHED = "SELECT DISTINCT row FROM cells ORDER BY row LIMIT ? OFFSET ?"


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a rejected row: its row number and header, and what is typed there; None puts back what was there."""

    row: int
    header: str
    text: str | None


@dataclass(frozen=True, slots=True)
class TypedCell:
    """What is kept of a cell, and at which step it was typed."""

    row: int
    header: str
    text: str
    step: int


@dataclass(frozen=True, slots=True)
class Replacement:
    """From its ``step`` on, each cell of the column that says ``old`` says ``new``; it found so many ``rows``."""

    step: int
    header: str
    old: str
    new: str
    rows: int


@dataclass(frozen=True, slots=True)
class TypedStore:
    """What is typed into the rejected rows of the job in ``folder``. Every method raises StoreError if it cannot."""

    folder: JobFolder

    def keep(self, cells: Sequence[Cell]) -> None:
        """Keep the ``cells``, all or none."""
        with self._opened(writes=True) as connection:
            step = _next_step(connection)
            for cell in cells:
                if cell.text is None:
                    connection.execute(_FORGET, (cell.row, cell.header))
                else:
                    connection.execute(_KEEP, (cell.row, cell.header, cell.text, step))

    def replace(self, header: str, old: str, new: str, rows: int) -> Replacement:
        """Replace ``old``, which so many ``rows`` say now, by ``new`` in the column; return it with its step.

        Raises FixError when there are too many already.
        """
        with self._opened(writes=True) as connection:
            (count,) = connection.execute("SELECT count(*) FROM replacements").fetchone()
            if count >= MOST_REPLACEMENTS:
                raise FixError(
                    f"There are {MOST_REPLACEMENTS:,} replacements already, the most there may be. Take some back."
                )
            found = Replacement(_next_step(connection), header, old, new, rows)
            connection.execute("INSERT INTO replacements VALUES (?, ?, ?, ?, ?)", (found.step, header, old, new, rows))
        return found

    def take_back(self, step: int) -> None:
        """Take a replacement back; nothing happens when there is none of that step."""
        with self._opened(writes=True) as connection:
            connection.execute("DELETE FROM replacements WHERE step = ?", (step,))

    def replacements(self) -> list[Replacement]:
        """Return the replacements in the order in which they were made."""
        with self._opened() as connection:
            found = connection.execute("SELECT step, header, old, new, rows FROM replacements ORDER BY step")
            return [Replacement(*each) for each in found]

    def of_rows(self, rows: Sequence[int]) -> list[TypedCell]:
        """Return the cells typed into these rows."""
        with self._opened() as connection:
            return [TypedCell(*each) for each in connection.execute(_OF_ROWS, (json.dumps([*map(int, rows)]),))]

    def between(self, first: int, last: int) -> list[TypedCell]:
        """Return the cells typed into the rows from ``first`` to ``last``."""
        with self._opened() as connection:
            return [TypedCell(*each) for each in connection.execute(_BETWEEN, (first, last))]

    def touched(self, offset: int, limit: int) -> list[int]:
        """Return the numbers of up to ``limit`` rows with a typed cell, without the first ``offset``."""
        with self._opened() as connection:
            return [row for (row,) in connection.execute(_TOUCHED, (limit, offset))]

    def count_touched(self) -> int:
        """Return how many rows have a typed cell."""
        with self._opened() as connection:
            return int(connection.execute("SELECT count(DISTINCT row) FROM cells").fetchone()[0])

    def imported_as(self) -> str | None:
        """Return the code of the last job that was made from these rows, or None."""
        with self._opened() as connection:
            found = connection.execute("SELECT job FROM imports ORDER BY rowid DESC LIMIT 1").fetchone()
        return str(found[0]) if found else None

    def note_import(self, job: str) -> None:
        """Keep the code of a job that was made from these rows."""
        with self._opened(writes=True) as connection:
            connection.execute("INSERT INTO imports VALUES (?)", (job,))

    @contextmanager
    def _opened(self, *, writes: bool = False) -> Iterator[sqlite3.Connection]:
        """Yield a connection, within a transaction that is kept at the end if it ``writes``."""
        path = self.folder.fixes / "typed.sqlite"
        try:
            make_folder(self.folder.fixes)
            with closing(sqlite3.connect(path, timeout=_WAIT_SECONDS, isolation_level=None)) as connection:
                connection.execute("PRAGMA synchronous = FULL")
                if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'imports'").fetchone():
                    connection.executescript(f"BEGIN IMMEDIATE; {_TABLES} COMMIT;")
                connection.execute("BEGIN IMMEDIATE" if writes else "BEGIN")
                yield connection
                connection.execute("COMMIT")
        except (sqlite3.Error, OSError) as error:
            raise StoreError(f"What is typed into the rejected rows cannot be kept in {path} ({error}).") from error


def _next_step(connection: sqlite3.Connection) -> int:
    connection.execute("UPDATE steps SET last = last + 1")
    return int(connection.execute("SELECT last FROM steps").fetchone()[0])
