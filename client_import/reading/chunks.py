"""Convert chunked columns to single arrays."""

from __future__ import annotations

import pyarrow as pa


def as_array(column: pa.ChunkedArray) -> pa.Array:
    """Return the cells of ``column`` as one array, without a copy if there is only one chunk.

    ``combine_chunks`` would copy even a single chunk.
    """
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
