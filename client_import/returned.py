"""Rows that come back with the record they were rejected for: rejected again until somebody has corrected them.

semantics.md, section 8.
"""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from client_import.chunks import as_array
from client_import.faults import Reason, Rows, faults
from client_import.guard import remove_guard
from client_import.layout import RECORD_COLUMN, Layout
from client_import.values.hints import Hint

_REASON_COLUMN = "import_reason"


def has_text(column: pa.Array) -> pa.Array:
    """Return whether each cell has a character that is no blank."""
    return pc.and_not(pc.greater(pc.binary_length(column), 0), pc.utf8_is_space(column))


def returned_records(table: pa.Table, layout: Layout) -> pa.Array:
    """Return what a file of rows not imported, come back, still has in ``import_record``; null where that is blank."""
    if RECORD_COLUMN not in layout.labels:
        return pa.nulls(table.num_rows, pa.string())
    kept = as_array(table.column(layout.labels.index(RECORD_COLUMN)))
    return remove_guard(pc.if_else(has_text(kept), kept, pa.scalar(None, pa.string())))


def returned_reasons(table: pa.Table, returned: pa.Array, layout: Layout) -> pa.Array:
    """Return why each of the ``returned`` rows was rejected for what its record is, as ``import_reason`` has it."""
    reasons = pa.scalar(Reason.TOO_MANY_CELLS.value)
    if _REASON_COLUMN in layout.labels:
        codes = as_array(table.column(layout.labels.index(_REASON_COLUMN)))
        for reason in (Reason.UNCLOSED_QUOTE, Reason.BAD_ENCODING):
            reasons = pc.if_else(pc.match_substring(codes, reason.value), reason.value, reasons)
    return pc.if_else(pc.is_valid(returned), reasons, pa.scalar(None, pa.string()))


def returned_faults(numbers: Rows, returned: pa.Array, reasons: pa.Array) -> Iterator[pa.Table]:
    """Yield the faults of the ``returned`` rows, the record that is still there as their value."""
    for reason in reasons.drop_null().unique().to_pylist():
        its = pc.fill_null(pc.equal(reasons, reason), False)
        values = returned.filter(its)
        hints = pa.repeat(Hint.RECORD_KEPT.value, len(values))
        yield faults(numbers[its.to_numpy(zero_copy_only=False)], Reason(reason), values, details=hints)
