"""Rows of a file as they were read, in batches."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from client_import.row_errors import Rows


@dataclass(frozen=True, slots=True)
class RowBatch:
    """Consecutive data rows.

    ``rows`` are their row numbers, ``cells`` one string column for each of ``Layout.headers`` in their order,
    without nulls, decoded and otherwise untouched; ``row_errors`` what the records themselves have wrong.
    ``records`` is the whole record of each row that is rejected for what its record is, as text, and null for all
    others. ``read_bytes`` says how far into the file the reader is.
    ``short`` are the row numbers of those with fewer cells than the header, ``wide`` of those with more, all blank;
    ``other_tables`` are those of the headers of other tables; ``repeats`` those that come back skipped, because another
    row of the same client was used.
    """

    rows: Rows
    cells: pa.Table
    records: pa.Array
    row_errors: pa.Table
    read_bytes: int
    short: Rows
    wide: Rows
    other_tables: tuple[int, ...] = ()
    repeats: Rows = field(default_factory=lambda: np.empty(0, np.int64))
