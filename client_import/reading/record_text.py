"""The text of whole records, for rows that are rejected for what their record is (docs/rules.md, section 8)."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from client_import.reading.encoding import UNDECODABLE
from client_import.reading.layout import Layout


def with_damaged_records(records: pa.Array, columns: Sequence[pa.Array], damaged: pa.Array, layout: Layout) -> pa.Array:
    """Return ``records`` with those of the ``damaged`` rows; undecodable bytes are ``\\xHH`` in all of them."""
    records = with_records(records, columns, damaged, layout)
    records = pc.replace_substring_regex(records, f"{UNDECODABLE}([0-9a-f]{{2}})", r"\\x\1")
    return pc.replace_substring(records, UNDECODABLE, "\ufffd")


def with_records(records: pa.Array, columns: Sequence[pa.Array], rows: pa.Array, layout: Layout) -> pa.Array:
    """Return ``records`` with one for each of the ``rows``: what it is, else its cells as the file would have them."""
    cells = [_as_written(column.filter(rows), layout) for column in columns]
    texts = pc.coalesce(records.filter(rows), pc.binary_join_element_wise(*cells, layout.delimiter))
    return pc.replace_with_mask(records, rows, texts)


def _as_written(cells: pa.Array, layout: Layout) -> pa.Array:
    """Return the cells with the quotes that they need in the file."""
    quote = layout.quote
    if not quote:
        return cells
    needs_quotes = pc.match_substring_regex(cells, f"[{re.escape(layout.delimiter + quote)}\r\n]")
    quoted = pc.binary_join_element_wise(quote, pc.replace_substring(cells, quote, quote * 2), quote, "")
    return pc.if_else(needs_quotes, quoted, cells)
