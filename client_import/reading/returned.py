"""Rows of a file of rows not imported, imported again (docs/rules.md, section 8).

A row that still has its damaged record is rejected again until a user has corrected it.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from client_import.field_types.characters import has_text, trim
from client_import.field_types.columns import Mask, as_mask
from client_import.field_types.hints import Hint
from client_import.reading.chunks import as_array
from client_import.reading.formula_escape import remove_guard
from client_import.reading.layout import IMPORT_COLUMNS, RECORD_COLUMN, Layout
from client_import.row_errors import RECORD_REASONS, Reason, Rows, SkipReason, row_errors

_ROW_COLUMN, _REASON_COLUMN = IMPORT_COLUMNS[0], IMPORT_COLUMNS[2]
_NUMBER = r"\A[0-9]{1,18}\z"


def returned_records(table: pa.Table, layout: Layout) -> pa.Table | None:
    """Return the damaged records in a file of rows not imported, and why they were rejected.

    The result has a row for each of ``table``, and columns ``record`` and ``reason``, which are null where
    ``import_record`` is blank. Return None if the file has no such column.
    """
    if RECORD_COLUMN not in layout.labels:
        return None
    kept = as_array(table.column(layout.labels.index(RECORD_COLUMN)))
    is_kept, blank = pa.array(has_text(kept)), pa.scalar(None, pa.string())
    reasons = pa.scalar(Reason.TOO_MANY_CELLS.value)
    if _REASON_COLUMN in layout.labels:
        codes = as_array(table.column(layout.labels.index(_REASON_COLUMN)))
        for reason in RECORD_REASONS[1:]:
            reasons = pc.if_else(pc.match_substring(codes, reason.value), reason.value, reasons)
    records = remove_guard(pc.if_else(is_kept, kept, blank))
    return pa.table({"record": records, "reason": pc.if_else(is_kept, reasons, blank)})


def returned_repeats(table: pa.Table, layout: Layout) -> Mask:
    """Return a boolean array of the rows that were skipped before as duplicates of another row.

    The row that was used instead is not in this file, so nothing else would keep these from being applied now.
    """
    if _REASON_COLUMN not in layout.labels:
        return np.zeros(table.num_rows, np.bool_)
    reasons = as_array(table.column(layout.labels.index(_REASON_COLUMN)))
    return as_mask(pc.equal(reasons, SkipReason.DUPLICATE_OF_ROW.value))


def rejected_rows(table: pa.Table, layout: Layout) -> Rows:
    """Return, for each row of ``table``, its row number in the file it was rejected from.

    It is 0 where that is not known, or where a user has emptied ``import_reason``.
    """
    if not {_ROW_COLUMN, _REASON_COLUMN} <= {*layout.labels}:
        return np.zeros(table.num_rows, np.int64)
    numbers, reasons = (
        trim(as_array(table.column(layout.labels.index(name)))) for name in (_ROW_COLUMN, _REASON_COLUMN)
    )
    is_number = pc.and_(reasons.is_valid(), pc.match_substring_regex(numbers, _NUMBER))
    rows = pc.if_else(pc.fill_null(is_number, False), numbers, "0").cast(pa.int64())
    return np.asarray(rows.to_numpy(), np.int64)


def returned_errors(numbers: Rows, returned: pa.Table) -> Iterator[pa.Table]:
    """Yield row errors for the ``returned`` records that are still there; their value is the record.

    ``numbers`` are the row numbers, and ``returned`` is the result of :func:`returned_records`.
    """
    records, reasons = (as_array(column) for column in returned.columns)
    for reason in reasons.drop_null().unique().to_pylist():
        its = pc.fill_null(pc.equal(reasons, reason), False)
        values = records.filter(its)
        hints = pa.repeat(Hint.RECORD_KEPT.value, len(values))
        yield row_errors(numbers[as_mask(its)], Reason(reason), values, details=hints)
