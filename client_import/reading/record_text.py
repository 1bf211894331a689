"""The text of whole records, for rows whose record is damaged (docs/rules.md, section 8)."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from client_import.reading.encoding import UNDECODABLE
from client_import.reading.layout import Layout


def with_damaged_records(records: pa.Array, columns: Sequence[pa.Array], damaged: pa.Array, layout: Layout) -> pa.Array:
    """Return ``records`` with the texts of the ``damaged`` rows added; undecodable bytes are written ``\\xHH``.

    The parameters are as for :func:`with_records`.
    """
    records = with_records(records, columns, damaged, layout)
    records = pc.replace_substring_regex(records, f"{UNDECODABLE}([0-9a-f]{{2}})", r"\\x\1")
    return pc.replace_substring(records, UNDECODABLE, "\ufffd")


def with_records(records: pa.Array, columns: Sequence[pa.Array], rows: pa.Array, layout: Layout) -> pa.Array:
    """Return the string array ``records`` without nulls in the selected ``rows``.

    A missing record is made from its cells in ``columns``, quoted as ``layout`` requires. ``rows`` is a boolean array.
    """
    cells = [_as_written(column.filter(rows), layout) for column in columns]
    texts = pc.coalesce(records.filter(rows), pc.binary_join_element_wise(*cells, layout.delimiter))
    return pc.replace_with_mask(records, rows, texts)


def _as_written(cells: pa.Array, layout: Layout) -> pa.Array:
    """Return the cells with quotes around those that need them."""
    quote = layout.quote
    if not quote:
        return cells
    needs_quotes = pc.match_substring_regex(cells, f"[{re.escape(layout.delimiter + quote)}\r\n]")
    quoted = pc.binary_join_element_wise(quote, pc.replace_substring(cells, quote, quote * 2), quote, "")
    return pc.if_else(needs_quotes, quoted, cells)
