"""Group the rows that are not applied by column and reason, with their number and sample values.

Every summary of an import shows these groups: on the command line, on the page, in the API and in Dagster.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import duckdb

from client_import.mapping.resolve import Mapping
from client_import.reports.reason_labels import error_label
from client_import.row_errors import WHOLE_ROW, SkipReason
from client_import.system.printable import printable
from client_import.validation.validate import MASK

_FIRST_ROWS = 5
_SAMPLES = 3
_SAMPLED_CELLS = 20
"""Samples are chosen from this many first cells, because there may be a million."""

_LONGEST_SAMPLE = 40


@dataclass(frozen=True, slots=True)
class ReasonGroup:
    """The rows with one reason in one column: their count, the first row numbers, and sample values.

    ``column`` is the header as the file has it; it is None for whole rows, and for a ``field`` without a column.
    ``samples`` are up to three different values, shortened and printable; sensitive fields have none. ``what`` says in
    a few words what is wrong, or why the rows are skipped.
    """

    column: str | None
    field: str | None
    reason: str
    count: int
    first_rows: tuple[int, ...]
    samples: tuple[str, ...]
    what: str

    @property
    def is_skip(self) -> bool:
        """Whether the rows are skipped rather than rejected."""
        return self.reason in set(SkipReason)

    @property
    def where(self) -> str | None:
        """The column, else the field; None for whole rows."""
        return self.column or self.field

    @property
    def message(self) -> str:
        """The group in words, such as: Email Address: not an email address, 8 rows, such as "jo@"."""
        if not self.samples:
            return self.without_values
        return f"{self.without_values}, such as " + ", ".join(f'"{sample}"' for sample in self.samples)

    @property
    def without_values(self) -> str:
        """The message without samples, for places that must not keep values of clients."""
        rows = "1 row" if self.count == 1 else f"{self.count:,} rows"
        what = f"{printable(self.where)}: {self.what[:1].lower()}{self.what[1:]}" if self.where else self.what
        return f"{what}, {rows}"

    def to_json(self) -> dict[str, Any]:
        """Return the group as JSON for the API and the preview."""
        return {
            "column": self.column,
            "field": self.field,
            "reason": self.reason,
            "count": self.count,
            "firstRows": list(self.first_rows),
            "samples": list(self.samples),
            "message": self.message,
        }


_GROUPS = f"""
SELECT
    position, field, reason, count(*) AS rows,
    list_sort(min(row, {_FIRST_ROWS})),
    arg_min(left(value, {_LONGEST_SAMPLE + 1}), row, {_SAMPLED_CELLS}) FILTER (WHERE trim(value) <> ''),
    CASE WHEN count(hint) = count(*) AND min(hint) = max(hint) THEN min(hint) END
FROM (
    SELECT row, position, field, reason, value, detail AS hint FROM cell_errors
    UNION ALL
    SELECT row, position, field, reason, value, NULL FROM row_level_errors
    UNION ALL
    SELECT row, {WHOLE_ROW}, NULL, result, NULL, NULL FROM plan WHERE result NOT IN ('created', 'updated', 'error')
)
GROUP BY position, field, reason ORDER BY rows DESC, position, reason
"""


def group_reasons(connection: duckdb.DuckDBPyConnection, mapping: Mapping) -> tuple[ReasonGroup, ...]:
    """Return the rows that the plan in ``connection`` does not apply, by column and reason, the commonest first.

    Errors of whole rows have no samples: their values are pieces of the file that may contain anything.
    """
    headers = {column.position: column.header for column in mapping.columns}
    return tuple(
        ReasonGroup(
            column=headers.get(position),
            field=field,
            reason=reason,
            count=count,
            first_rows=tuple(rows),
            samples=_samples(values or ()) if field else (),
            what=error_label(reason, field, hint, has_column=position != WHOLE_ROW),
        )
        for position, field, reason, count, rows, values, hint in connection.execute(_GROUPS).fetchall()
    )


def _samples(values: Iterable[str]) -> tuple[str, ...]:
    shortened = (value if len(value) <= _LONGEST_SAMPLE else f"{value[:_LONGEST_SAMPLE]}…" for value in values)
    return tuple(dict.fromkeys(printable(value) for value in shortened if value != MASK))[:_SAMPLES]
