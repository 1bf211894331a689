"""Profile the columns of a file: how many cells of the first rows are filled, and with which values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from client_import.errors import SourceError
from client_import.field_types.characters import trim
from client_import.reading.chunks import as_array
from client_import.reading.layout import Layout
from client_import.reading.limits import Limits
from client_import.reading.reader import BLOCK_BYTES, read_first_rows
from client_import.reading.row_batch import RowBatch
from client_import.row_errors import NO_CLIENT_REASONS

SAMPLED_ROWS = 1_000
"""The number of data rows that are sampled. It is lower in wide tables, to save time, but at least 200."""

_SAMPLED_CELLS = 60_000
_FEWEST_ROWS = 200

_FIRST_BLOCK_BYTES = 1 << 18
_MOST_EXAMINED = 200
_FEWEST_EXAMINED = 50
_EXAMINED_VALUES = 20_000
_SHOWN_CHARACTERS = 40
_NO_CLIENT = pa.array(NO_CLIENT_REASONS, pa.string())


@dataclass(frozen=True, slots=True)
class ColumnProfile:
    """The profile of a column, made from the first rows.

    ``filled`` is the number of cells that are not blank, out of ``rows``. ``values`` are at most 200 distinct values,
    trimmed by :func:`client_import.field_types.characters.trim`, in an order independent of the order of the rows;
    ``counts`` is the number of cells with each. ``first_values`` are the first three distinct values.
    """

    header: str
    rows: int
    filled: int
    values: pa.Array
    counts: npt.NDArray[np.int64]
    first_values: tuple[str, ...]

    @classmethod
    def of(cls, header: str, cells: pa.Array, most: int = _MOST_EXAMINED) -> ColumnProfile:
        """Return the profile of the string array ``cells`` under ``header``, with at most ``most`` values."""
        filled = pc.drop_null(trim(cells))
        distinct = filled.value_counts()
        values, counts = distinct.field("values"), distinct.field("counts").to_numpy()
        first_values = tuple(values.slice(0, 3).to_pylist())
        if len(values) > 1:
            order = pc.sort_indices(values).to_numpy()
            if len(order) > most:
                order = order[np.linspace(0, len(order) - 1, most).astype(np.int64)]
            values, counts = values.take(pa.array(order)), counts[order]
        return cls(header, len(cells), len(filled), values, counts, first_values)

    @property
    def fill_rate(self) -> float:
        """The share of cells that are not blank; 0 without rows."""
        return round(self.filled / self.rows, 3) if self.rows else 0.0

    @property
    def samples(self) -> tuple[str, ...]:
        """The first three distinct values, each cut to one line of at most 40 characters."""
        return tuple(_one_line(value) for value in self.first_values)


def _one_line(value: str) -> str:
    text = " ".join(value.split())
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[: _SHOWN_CHARACTERS - 1]}…"


def profile_columns(path: Path, layout: Layout, limits: Limits) -> tuple[ColumnProfile, ...]:
    """Return the profile of each of ``layout.headers``, from the first data rows of the file at ``path``.

    Raises SourceError if those rows cannot be read.
    """
    try:
        cells = _first_rows(path, layout, limits, _FIRST_BLOCK_BYTES)
    except SourceError:  # a record is longer than the small block, or the file is damaged
        cells = _first_rows(path, layout, limits, BLOCK_BYTES)
    if cells is None:
        return tuple(ColumnProfile.of(header, pa.array([], pa.string())) for header in layout.headers)
    most = min(_MOST_EXAMINED, max(_FEWEST_EXAMINED, _EXAMINED_VALUES // max(len(cells.columns), 1)))
    return tuple(
        ColumnProfile.of(header, as_array(column), most)
        for header, column in zip(layout.headers, cells.columns, strict=True)
    )


def _first_rows(path: Path, layout: Layout, limits: Limits, block_bytes: int) -> pa.Table | None:
    rows = min(SAMPLED_ROWS, max(_FEWEST_ROWS, _SAMPLED_CELLS // max(len(layout.headers), 1)))
    tables = list(_until(rows, read_first_rows(path, layout, limits, block_bytes)))
    return pa.concat_tables(tables).slice(0, rows) if tables else None


def _until(rows: int, batches: Iterator[RowBatch]) -> Iterator[pa.Table]:
    for batch in batches:
        others = batch.row_errors.filter(pc.is_in(batch.row_errors.column("reason"), value_set=_NO_CLIENT)).column(
            "row"
        )
        yield batch.cells.filter(pa.array(~np.isin(batch.rows, others.to_numpy()))) if len(others) else batch.cells
        rows -= len(batch.rows)
        if rows <= 0:
            return
