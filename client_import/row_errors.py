"""Row errors as Arrow tables, and the codes of reasons and skip reasons (docs/rules.md, section 4)."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

import numpy as np
import numpy.typing as npt
import pyarrow as pa


class Reason(StrEnum):
    """Why a row is rejected (docs/rules.md, section 4)."""

    TOO_MANY_CELLS = "too_many_cells"
    UNCLOSED_QUOTE = "unclosed_quote"
    BAD_ENCODING = "bad_encoding"
    REPEATED_HEADER = "repeated_header"
    ANOTHER_TABLE = "another_table"
    FOOTER = "footer"
    MISSING_REQUIRED = "missing_required"
    NOT_IN_LIST = "not_in_list"
    BAD_FORMAT = "bad_format"
    BAD_CHECK_DIGIT = "bad_check_digit"
    TOO_LONG = "too_long"
    DUPLICATE_IN_FILE = "duplicate_in_file"
    AMBIGUOUS_MATCH = "ambiguous_match"
    CODE_TAKEN = "code_taken"
    CODE_MISMATCH = "code_mismatch"


RECORD_REASONS = (
    Reason.TOO_MANY_CELLS,
    Reason.UNCLOSED_QUOTE,
    Reason.BAD_ENCODING,
    Reason.ANOTHER_TABLE,
    Reason.FOOTER,
)
"""The reasons that concern the whole record; the file of rows not imported keeps that record."""


NO_CLIENT_REASONS = (Reason.REPEATED_HEADER, Reason.ANOTHER_TABLE, Reason.FOOTER)
"""The reasons of rows that are no clients; their cells are not validated."""


class SkipReason(StrEnum):
    """Why a valid row is skipped (docs/rules.md, sections 5 and 6)."""

    UNCHANGED = "unchanged"
    NO_MATCH = "no_match"
    ALREADY_EXISTS = "already_exists"
    DUPLICATE_OF_ROW = "duplicate_of_row"


class StopReason(StrEnum):
    """Why a row without errors is not applied: the whole import was stopped (docs/rules.md, section 7)."""

    MAX_ERRORS = "max_errors"


WHOLE_ROW = -1
"""The position of a row error that belongs to no column."""

ROW_ERROR_SCHEMA = pa.schema(
    [
        ("row", pa.int64()),
        ("position", pa.int32()),
        ("field", pa.string()),
        ("reason", pa.string()),
        ("value", pa.string()),
        ("detail", pa.string()),
    ]
)
"""``row`` is the row number, ``position`` the index of the column in the file or WHOLE_ROW, ``field`` the name of the
field or null, ``reason`` a code, ``value`` the cell. ``detail`` is what else the message names (other rows, other
clients), or for the error of a cell the hint that selects the message, or null."""

NO_ERRORS = ROW_ERROR_SCHEMA.empty_table()

Rows = npt.NDArray[np.int64]


def row_errors(
    rows: Rows,
    reason: Reason,
    values: pa.Array | Sequence[str],
    position: int = WHOLE_ROW,
    field: str | None = None,
    details: pa.Array | None = None,
) -> pa.Table:
    """Return a table with ROW_ERROR_SCHEMA that has one error for each row number in ``rows``.

    All have the same reason and column; ``values`` are the cells and ``details`` the details, in the order of ``rows``.
    """
    count = len(rows)
    return pa.table(
        [
            pa.array(rows, pa.int64()),
            pa.repeat(pa.scalar(position, pa.int32()), count),
            pa.repeat(pa.scalar(field, pa.string()), count),
            pa.repeat(pa.scalar(reason.value, pa.string()), count),
            values if isinstance(values, pa.Array) else pa.array(values, pa.string()),
            pa.nulls(count, pa.string()) if details is None else details,
        ],
        schema=ROW_ERROR_SCHEMA,
    )
