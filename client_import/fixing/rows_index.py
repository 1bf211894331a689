"""The index of a job's rejected rows: where each is in ``rejected.csv``, and which have which reason in which column.

It is made in one pass, once, and again if somebody has changed the file meanwhile. Then a page of rows costs the same
wherever it is, and whatever the filter: the page is a slice of a file of row numbers, and its rows are read from their
places in ``rejected.csv``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import csv as arrow_csv

from client_import.errors import FixError, StoreError
from client_import.field_types.columns import Mask
from client_import.paths import JobFolder, put_in_place, unfinished, whole, write_whole
from client_import.reading.layout import IMPORT_COLUMNS
from client_import.reports.row_errors_page import opened_errors
from client_import.row_errors import Rows
from client_import.system.private import make_folder
from client_import.system.sql import literal

_READ_AT_ONCE = 16 << 20
_GROUPED_AT_ONCE = 100_000
_QUOTE, _LINE_FEED = ord('"'), ord("\n")
_INTEGER = np.dtype(np.int64)

_WRONG = """
    SELECT row, position, reason FROM cell_errors UNION SELECT row, position, reason FROM row_level_errors
"""

_GROUPS = f"""
SELECT position, reason, row FROM ({_WRONG})
UNION ALL SELECT DISTINCT position, NULL, row FROM ({_WRONG})
UNION ALL SELECT DISTINCT NULL, reason, row FROM ({_WRONG})
"""

_LEVEL = """
COPY (FROM row_level_errors ORDER BY row, position, reason) TO {file} (FORMAT parquet, ROW_GROUP_SIZE 4096)
"""


@dataclass(frozen=True, slots=True)
class _Group:
    """The rows with an error at this position for this reason; None is any. ``start`` is where their numbers begin."""

    position: int | None
    reason: str | None
    start: int
    count: int


@dataclass(frozen=True)
class RowsIndex:
    """The rejected rows of the job in ``folder``. Raises StoreError where a file is damaged or gone."""

    folder: JobFolder

    @classmethod
    def made(cls, folder: JobFolder) -> RowsIndex:
        """Return the index, made now if there is none; two processes may do so at the same moment.

        Takes as long as reading ``rejected.csv`` does, and 8 bytes of memory at a time for each of its rows.
        """
        index = cls(folder)
        if not index.is_made:
            make_folder(folder.fixes)
            try:
                index._make()
            except (OSError, pa.ArrowInvalid, KeyError) as error:
                raise StoreError(f"The rows of {folder.rejected} cannot be read ({error}).") from error
        return index

    @property
    def is_made(self) -> bool:
        """Whether the index is there, and that of the file as it is."""
        if not (self._groups_file.exists() and self.folder.rejected.exists()):
            return False
        return bool(self._kept["of"] == _state(self.folder.rejected))

    @property
    def total(self) -> int:
        """How many rows were rejected."""
        return len(self._numbers)

    def count(self, position: int | None = None, reason: str | None = None) -> int:
        """Return how many rows have an error at the ``position`` for the ``reason``; None is any."""
        if position is None and reason is None:
            return self.total
        group = self._group(position, reason)
        return group.count if group else 0

    def rows(self, offset: int, limit: int, position: int | None = None, reason: str | None = None) -> Rows:
        """Return the numbers of up to ``limit`` such rows in the order of the file, without the first ``offset``."""
        if position is None and reason is None:
            return np.asarray(self._numbers[offset : offset + limit], np.int64)
        group = self._group(position, reason)
        if group is None or offset >= group.count:
            return np.empty(0, np.int64)
        count = min(limit, group.count - offset)
        start = (group.start + offset) * _INTEGER.itemsize
        found = np.fromfile(self._grouped_file, _INTEGER, count, offset=start)
        return found[self._are_there(found)]

    def header(self) -> bytes:
        """Return the header record of ``rejected.csv``."""
        with self.folder.rejected.open("rb") as file:
            return file.read(int(self._ends[0]))

    def lines(self, rows: Sequence[int]) -> bytes:
        """Return the records of these rows as they are in ``rejected.csv``. Raises FixError if one is not there."""
        places = self._places(rows)
        with self.folder.rejected.open("rb") as file:
            found = []
            for place in places:
                file.seek(int(self._ends[place]))
                found.append(file.read(int(self._ends[place + 1] - self._ends[place])))
        return b"".join(found)

    def row_level_errors(self, rows: Sequence[int]) -> pa.Table:
        """Return the errors of these rows that were found by comparing them with other rows and with clients."""
        return pq.read_table(self._level_file, filters=[("row", "in", list(rows))])

    def check(self, rows: Sequence[int]) -> None:
        """Raise FixError if one of ``rows`` was not rejected."""
        self._places(rows)

    def _places(self, rows: Sequence[int]) -> Rows:
        wanted = np.asarray(rows, np.int64)
        are_there = self._are_there(wanted)
        if not are_there.all():
            raise FixError(f"Row {wanted[~are_there][0]:,} is not one of the rejected rows.")
        return np.asarray(np.searchsorted(self._numbers, wanted), np.int64)

    def _are_there(self, rows: Rows) -> Mask:
        """Return which of ``rows`` the file has: somebody may have taken some of them out."""
        places = np.minimum(np.searchsorted(self._numbers, rows), self.total - 1)
        return np.asarray(self._numbers[places] == rows, np.bool_)

    def _group(self, position: int | None, reason: str | None) -> _Group | None:
        return self._groups.get((position, reason))

    @cached_property
    def _numbers(self) -> Rows:
        return _mapped(self.folder.fixes / "numbers")

    @cached_property
    def _ends(self) -> Rows:
        return _mapped(self.folder.fixes / "ends")

    @cached_property
    def _groups(self) -> dict[tuple[int | None, str | None], _Group]:
        with whole(self._groups_file):
            found = [_Group(*each) for each in self._kept["groups"]]
        return {(group.position, group.reason): group for group in found}

    @property
    def _kept(self) -> dict[str, Any]:
        with whole(self._groups_file):
            return dict(json.loads(self._groups_file.read_text("utf-8")))

    @property
    def _groups_file(self) -> Path:
        return self.folder.fixes / "groups.json"

    @property
    def _grouped_file(self) -> Path:
        return self.folder.fixes / "grouped"

    @property
    def _level_file(self) -> Path:
        return self.folder.fixes / "row_level_errors.parquet"

    def _make(self) -> None:
        state = _state(self.folder.rejected)
        ends = _write(self.folder.fixes / "ends", _record_ends(self.folder.rejected))
        numbers = _write(self.folder.fixes / "numbers", _row_numbers(self.folder.rejected))
        if ends != numbers + 1:
            raise StoreError(f"The file {self.folder.rejected} is damaged. Import the file of that job again.")
        with opened_errors(self.folder) as connection:
            level = unfinished(self._level_file)
            connection.execute(_LEVEL.format(file=literal(str(level))))
            put_in_place(level, self._level_file)
            counts = f"SELECT position, reason, count(*) FROM ({_GROUPS}) GROUP BY ALL ORDER BY ALL"
            groups, start = [], 0
            for position, reason, count in connection.execute(counts).fetchall():
                groups.append((position, reason, start, count))
                start += count
            batches = connection.sql(f"FROM ({_GROUPS}) ORDER BY ALL").to_arrow_reader(_GROUPED_AT_ONCE)
            _write(self._grouped_file, (batch.column("row").to_numpy() for batch in batches))
        write_whole(self._groups_file, json.dumps({"of": state, "groups": groups}))


def _state(path: Path) -> list[int]:
    """Return what changes when the file does."""
    found = path.stat()
    return [found.st_size, found.st_mtime_ns]


def _mapped(path: Path) -> Rows:
    try:
        return np.memmap(path, _INTEGER, "r")
    except (OSError, ValueError) as error:
        raise StoreError(f"The file {path} is damaged or gone. Import the file of that job again.") from error


def _write(path: Path, pieces: Iterator[Rows]) -> int:
    """Write the integers of all ``pieces`` to ``path``, completely or not at all; return how many there are."""
    written, count = unfinished(path), 0
    try:
        with written.open("wb") as file:
            for piece in pieces:
                file.write(piece.astype(_INTEGER).tobytes())
                count += len(piece)
        put_in_place(written, path)
    finally:
        written.unlink(missing_ok=True)
    return count


def _record_ends(path: Path) -> Iterator[Rows]:
    """Yield the offsets at which the records of a file of ours end: at a line feed that is in no quotes."""
    base, quotes_before = 0, 0
    with path.open("rb") as file:
        while block := file.read(_READ_AT_ONCE):
            text = np.frombuffer(block, np.uint8)
            quotes, ends = np.flatnonzero(text == _QUOTE), np.flatnonzero(text == _LINE_FEED)
            is_outside = (np.searchsorted(quotes, ends) + quotes_before) % 2 == 0
            yield ends[is_outside] + (base + 1)
            base, quotes_before = base + len(block), quotes_before + len(quotes)


def _row_numbers(path: Path) -> Iterator[Rows]:
    with arrow_csv.open_csv(
        path,
        arrow_csv.ReadOptions(block_size=_READ_AT_ONCE),
        arrow_csv.ParseOptions(newlines_in_values=True),
        arrow_csv.ConvertOptions(include_columns=[IMPORT_COLUMNS[0]], column_types={IMPORT_COLUMNS[0]: pa.int64()}),
    ) as batches:
        for batch in batches:
            yield batch.column(0).to_numpy()
