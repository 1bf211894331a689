"""Plan an import: what becomes of every staged row, and why (semantics.md, sections 4 to 6). Changes nothing.

All of it is SQL on the clients database, on temporary tables.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import duckdb

from client_import.explain import explain
from client_import.faults import SkipReason
from client_import.folders import JobFolder, put_in_place, unfinished, whole
from client_import.jobs import Counts
from client_import.mapping import Mapping
from client_import.matching import judge
from client_import.merge_sql import literal
from client_import.options import ImportOptions
from client_import.stage import Staged

_SHOWN_ROWS = 3


@dataclass(frozen=True, slots=True)
class ReasonCount:
    """How many rows have a reason, and the first few of them."""

    reason: str
    count: int
    first_rows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What the import would do, or did: counts of rows, and the reasons of those it does not apply."""

    counts: Counts
    reasons: tuple[ReasonCount, ...]

    @classmethod
    def load(cls, path: Path) -> Plan:
        """Read what :meth:`save` wrote; raises StoreError when it is damaged."""
        with whole(path):
            plan = json.loads(path.read_text("utf-8"))
            reasons = [
                ReasonCount(each["reason"], each["count"], tuple(each["first_rows"])) for each in plan["reasons"]
            ]
            return cls(Counts(**plan["counts"]), tuple(reasons))

    def save(self, path: Path) -> None:
        """Write the plan as JSON, whole or not at all."""
        written = unfinished(path)
        written.write_text(json.dumps(asdict(self)), "utf-8")
        put_in_place(written, path)


def make_plan(
    connection: duckdb.DuckDBPyConnection,
    folder: JobFolder,
    mapping: Mapping,
    options: ImportOptions,
    staged: Staged,
) -> Plan:
    """Match the staged rows in ``folder`` with the clients and give each its verdict.

    Leaves the table ``plan`` of :func:`client_import.matching.judge` in the connection, and writes ``not_applied``
    and the plan itself to the folder. A verdict is ``created``, ``updated``, ``error`` or a skip
    reason. A file without data rows has an empty plan and no tables.
    """
    if not staged.total_items:
        nothing = Plan(Counts(), ())
        nothing.save(folder.plan)
        return nothing
    blank = ", ".join(f"NULL::VARCHAR AS {column}" for column in staged.saying_nothing)
    columns = f"* REPLACE ({blank})" if blank else "*"
    connection.execute(f"CREATE TEMP VIEW staged AS SELECT {columns} FROM read_parquet({literal(str(folder.rows))})")
    connection.execute(f"CREATE TEMP VIEW found_faults AS FROM read_parquet({literal(str(folder.faults))})")
    connection.execute("CREATE TEMP VIEW cell_faults AS FROM found_faults")
    judge(connection, folder, mapping, options, staged)
    explain(connection, folder, mapping)
    plan = Plan(_counts(connection), _reasons(connection))
    plan.save(folder.plan)
    return plan


def _counts(connection: duckdb.DuckDBPyConnection) -> Counts:
    rows = connection.execute("SELECT verdict, count(*) FROM plan GROUP BY verdict").fetchall()
    by_verdict = {str(verdict): int(count) for verdict, count in rows}
    return Counts(
        created=by_verdict.get("created", 0),
        updated=by_verdict.get("updated", 0),
        skipped=sum(by_verdict.get(reason, 0) for reason in SkipReason),
        errors=by_verdict.get("error", 0),
    )


_REASONS = f"""
SELECT reason, count(*) AS rows, list_sort(min(row, {_SHOWN_ROWS}))
FROM (
    SELECT DISTINCT row, reason FROM (FROM cell_faults UNION ALL FROM table_faults)
    UNION ALL
    SELECT row, verdict FROM plan WHERE verdict NOT IN ('created', 'updated', 'error')
)
GROUP BY reason ORDER BY rows DESC, reason
"""


def _reasons(connection: duckdb.DuckDBPyConnection) -> tuple[ReasonCount, ...]:
    rows = connection.execute(_REASONS).fetchall()
    return tuple(ReasonCount(reason, count, tuple(first)) for reason, count, first in rows)
