"""Import with pandas, Pandera and a MERGE of DuckDB, the whole file in one frame.

``python -m benchmarks.peers.pandas_pandera DATABASE SOURCE OUT_FOLDER``
"""

from __future__ import annotations

import sys
import uuid
from pathlib import Path

import duckdb
import pandas as pd

from benchmarks.peers.frame_rules import because, judge, read, write_refused
from benchmarks.peers.rules import files_of, read_fields

TRACE = ("created_at TIMESTAMP", "updated_at TIMESTAMP", "created_by_job VARCHAR", "updated_by_job VARCHAR")

_UNCHANGED = """
SELECT s.row FROM accepted s JOIN clients c ON lower(c.code) = lower(s.code)
WHERE ({merged}) IS NOT DISTINCT FROM ({stored})
"""

# Updates in any other order than the table's take minutes, not seconds.
_MERGE = """
MERGE INTO clients c
USING (SELECT a.* FROM accepted a LEFT JOIN clients k ON lower(k.code) = lower(a.code) ORDER BY k.rowid) s
ON lower(c.code) = lower(s.code)
WHEN MATCHED AND ({merged}) IS DISTINCT FROM ({stored}) THEN UPDATE SET
    {assignments}, updated_at = now()::TIMESTAMP, updated_by_job = $job
WHEN NOT MATCHED THEN INSERT ({columns}, created_at, updated_at, created_by_job, updated_by_job)
    VALUES ({created}, now()::TIMESTAMP, now()::TIMESTAMP, $job, $job)
"""


def import_file(connection: duckdb.DuckDBPyConnection, source: Path, out: Path) -> None:
    """Import ``source`` and write ``not_imported.csv`` to ``out``."""
    cells = read(source)
    known = connection.execute("SELECT lower(code) AS code FROM clients").df()["code"]
    accepted, refused = judge(cells, known)
    names = list(accepted.columns)
    accepted = accepted.reset_index(names="row")
    statements = {
        "columns": ", ".join(names),
        "merged": ", ".join(f"coalesce(s.{name}, c.{name})" for name in names),
        "stored": ", ".join(f"c.{name}" for name in names),
        "assignments": ", ".join(f"{name} = coalesce(s.{name}, c.{name})" for name in names),
        "created": ", ".join("coalesce(s.status, 'Active')" if name == "status" else f"s.{name}" for name in names),
    }
    connection.begin()
    unchanged = connection.execute(_UNCHANGED.format(**statements)).df()["row"]
    connection.execute(_MERGE.format(**statements), {"job": uuid.uuid4().hex})
    connection.commit()
    skipped = because(pd.Index(unchanged), "skipped", "unchanged", "The client is already as this row says.")
    write_refused(pd.concat([refused, skipped]), cells, out)


def main(database: Path, source: Path, out: Path) -> None:
    """Import ``source``, or all files of it when it is a folder."""
    definitions = ", ".join([*(f"{field.column} VARCHAR" for field in read_fields().values()), *TRACE])
    with duckdb.connect(database, config={"threads": 2}) as connection:
        connection.execute(f"CREATE TABLE IF NOT EXISTS clients ({definitions})")
        for file, folder in files_of(source, out):
            import_file(connection, file, folder)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
