"""The changes that a plan would make, field by field, for a dry run (docs/rules.md, section 7)."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from client_import.fields.catalogue import FIELDS
from client_import.mapping.resolve import Mapping
from client_import.merge.expressions import merged_values
from client_import.options import ImportOptions
from client_import.validation.stage import Staged
from client_import.validation.validate import MASK


@dataclass(frozen=True, slots=True)
class Change:
    """A field of a client that the import would change; ``before`` or ``after`` is None where the field is empty."""

    row: int
    code: str
    field: str
    before: str | None
    after: str | None


def first_changes(
    connection: duckdb.DuckDBPyConnection,
    mapping: Mapping,
    options: ImportOptions,
    staged: Staged,
    limit: int,
) -> list[Change]:
    """Return the changes that the first ``limit`` updates of the plan in ``connection`` make, by row and field.

    Values of sensitive fields are masked.
    """
    merged = merged_values(mapping, options, clears=staged.clears)
    columns = ", ".join(f"c.{column}::VARCHAR, ({value})::VARCHAR" for column, value in merged.items())
    updates = connection.execute(
        f"""
        SELECT p.row, c.code, {columns}
        FROM (FROM plan WHERE result = 'updated' ORDER BY row LIMIT {limit}) AS p
        JOIN staged s ON s.row = p.row JOIN clients c ON c.rowid = p.client
        ORDER BY p.row
        """
    ).fetchall()
    fields = {field.column: field for field in FIELDS}
    changes = []
    for row, code, *values in updates:
        for column, before, after in zip(merged, values[::2], values[1::2], strict=True):
            if before != after:
                field = fields[column]
                shown = (MASK if value and field.sensitive else value for value in (before, after))
                changes.append(Change(row, code, field.name, *shown))
    return changes
