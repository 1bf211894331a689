"""Plan an import: the result of every staged row, and why (docs/rules.md, sections 4 to 6).

The plan is made in SQL, in temporary tables beside the clients, and changes nothing.
"""

from __future__ import annotations

from collections import Counter, defaultdict

import duckdb

from client_import.clients.store import Session
from client_import.jobs.record import Counts
from client_import.mapping.resolve import Mapping
from client_import.merge.explain_rows import explain_rows
from client_import.merge.expressions import merged_values
from client_import.merge.match import match_rows
from client_import.merge.needs import needs_of
from client_import.options import BlankCells, ImportOptions
from client_import.paths import JobFolder
from client_import.reports.reason_groups import group_reasons
from client_import.reports.summary import NO_PLAN, Plan, ReasonCount
from client_import.row_errors import SkipReason
from client_import.system.sql import literal, parquet
from client_import.validation.stage import Staged

_SHOWN_ROWS = 3


def make_plan(
    session: Session,
    folder: JobFolder,
    mapping: Mapping,
    options: ImportOptions,
    staged: Staged,
) -> Plan:
    """Match the staged rows in ``folder`` with the clients of ``session`` and return the plan: counts, reasons, notes.

    Leaves the result of each row in the temporary table ``plan`` of its ``tables``
    (:func:`client_import.merge.match.match_rows`), and writes ``not_applied`` and the plan to the folder. A file
    without data rows has an empty plan and no tables.
    """
    if not staged.total_items:
        NO_PLAN.save(folder.plan)
        return NO_PLAN
    connection = session.tables
    blank = ", ".join(f"NULL::VARCHAR AS {column}" for column in staged.saying_nothing)
    columns = f"* REPLACE ({blank})" if blank else "*"
    connection.execute(f"CREATE TEMP VIEW staged AS SELECT {columns} FROM {parquet(folder.rows)}")
    connection.execute(f"CREATE TEMP VIEW found_errors AS FROM {parquet(folder.row_errors)}")
    connection.execute("CREATE TEMP VIEW cell_errors AS FROM found_errors")
    session.gather(needs_of(mapping, options, staged))
    match_rows(connection, folder, mapping, options, staged)
    explain_rows(connection, folder, mapping, come_back=bool(staged.rejected_by))
    emptied = _emptied(connection, mapping, options, staged)
    notes = (_note_on_emptied(emptied, options),) if emptied and staged.clears else ()
    plan = Plan(_counts(connection), _reasons(connection, folder), group_reasons(connection, mapping), emptied, notes)
    plan.save(folder.plan)
    return plan


def error_limit_exceeded(plan: Plan, options: ImportOptions, staged: Staged, are: str) -> str | None:
    """Return a clause saying that more rows are rejected than max errors allows, or None if they are not.

    ``are`` is its verb, such as "are" or "would be".
    """
    most, limit = options.error_limit(staged.total_items), options.max_errors
    if most is None or plan.counts.errors <= most:
        return None
    return f"{plan.counts.errors:,} of {staged.total_items:,} rows {are} rejected, more than the limit of {limit}"


def _counts(connection: duckdb.DuckDBPyConnection) -> Counts:
    rows = connection.execute("SELECT result, count(*) FROM plan GROUP BY result").fetchall()
    by_result = {str(result): int(count) for result, count in rows}
    return Counts(
        created=by_result.get("created", 0),
        updated=by_result.get("updated", 0),
        skipped=sum(by_result.get(reason, 0) for reason in SkipReason),
        errors=by_result.get("error", 0),
    )


_EMPTIED = """
-- Section 5: how many stored values a blank cell or #N/A empties.
SELECT sum({is_emptied})
FROM plan p JOIN staged s USING (row) JOIN clients c ON c.rowid = p.client
WHERE p.result = 'updated'
"""


def _emptied(connection: duckdb.DuckDBPyConnection, mapping: Mapping, options: ImportOptions, staged: Staged) -> int:
    if not staged.clears and options.blank_cells is not BlankCells.CLEAR:
        return 0
    merged = merged_values(mapping, options, clears=staged.clears)
    is_emptied = (f"(c.{column} IS NOT NULL AND ({value}) IS NULL)::INTEGER" for column, value in merged.items())
    (count,) = connection.execute(_EMPTIED.format(is_emptied=" + ".join(is_emptied) or "0")).fetchall()[0]
    return int(count or 0)


def _note_on_emptied(count: int, options: ImportOptions) -> str:
    cells = "Cells that are blank or say #N/A" if options.blank_cells is BlankCells.CLEAR else "Cells that say #N/A"
    return f"{cells} stand where {'1 value is' if count == 1 else f'{count:,} values are'} stored, and empty " + (
        "it." if count == 1 else "them."
    )


_REASONS = f"""
SELECT reason, count(*), list_sort(min(row, {_SHOWN_ROWS})) FROM read_parquet({{not_applied}}) GROUP BY reason
"""


def _reasons(connection: duckdb.DuckDBPyConnection, folder: JobFolder) -> tuple[ReasonCount, ...]:
    """Return the reasons in ``not_applied``, the commonest first; a row has each of its reasons only once there."""
    counts, first_rows = Counter[str](), defaultdict[str, list[int]](list)
    not_applied = literal(str(folder.not_applied))
    for reasons, count, rows in connection.execute(_REASONS.format(not_applied=not_applied)).fetchall():
        for reason in reasons.split(";"):
            counts[reason] += count
            first_rows[reason] += rows
    by_count = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    return tuple(
        ReasonCount(reason, count, tuple(sorted(first_rows[reason])[:_SHOWN_ROWS])) for reason, count in by_count
    )
