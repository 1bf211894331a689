"""Columns as single arrays."""

from __future__ import annotations

import pyarrow as pa


def as_array(column: pa.ChunkedArray) -> pa.Array:
    """Return the cells of the column in one array; nothing is copied when they are in one already.

    ``combine_chunks`` copies a single chunk as well.
    """
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
