"""Import a CSV file of clients with as little DuckDB SQL as gives the right clients: the lean script.

``python run.py DATABASE clients.csv OUT_FOLDER`` brings the table ``clients`` of DATABASE, which has twelve columns and
is made when missing, up to date with one MERGE, writes ``not_imported.csv`` to OUT_FOLDER, and prints the counts as
JSON. Of a folder in place of the file, all files are imported one after another. The SQL is in ``macros.sql`` (values)
and ``import.sql``. DuckDB has its defaults, and two threads. ``benchmarks/contestants.py`` says what is left out.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path

import duckdb

HERE = Path(__file__).parent
COLUMNS = (
    "code",
    "name",
    "type",
    "status",
    "email",
    "telephone",
    "company_number",
    "vat_number",
    "utr",
    "incorporation_date",
    "registered_address_post_code",
    "contact_first_name",
)
BATCH = 100_000
"""How many of the rows that MERGE returns are fetched at a time."""

NOT_IMPORTED = """
COPY (
    SELECT {columns}, CASE reason WHEN 'duplicate_of_row' THEN 'skipped' ELSE 'error' END AS import_outcome,
        reason AS import_reason
    FROM source WHERE reason IS NOT NULL
) TO '{path}' (HEADER)
"""


def import_file(connection: duckdb.DuckDBPyConnection, source: Path, out: Path) -> Counter[str]:
    """Import ``source`` in one transaction, write ``not_imported.csv`` to ``out``, and return the counts."""
    columns = ", ".join(COLUMNS)
    script = (
        (HERE / "import.sql")
        .read_text(encoding="utf-8")
        .format(
            columns=columns,
            stored=", ".join(f"c.{name}" for name in COLUMNS),
            given=", ".join(f"s.{name}" for name in COLUMNS),
            assignments=", ".join(f"{name} = s.{name}" for name in COLUMNS),
        )
    )
    connection.begin()
    for statement in connection.extract_statements(script):
        connection.execute(statement, {"path": str(source)} if statement.named_parameters else None)
    counts: Counter[str] = Counter()
    while batch := connection.fetchmany(BATCH):
        counts.update(action for (action,) in batch)
    connection.commit()
    out.mkdir(parents=True, exist_ok=True)
    connection.execute(NOT_IMPORTED.format(columns=columns, path=out / "not_imported.csv"))
    return counts


def main(database: Path, source: Path, out: Path) -> None:
    """Import ``source``, or all files of it when it is a folder."""
    with duckdb.connect(database, config={"threads": 2}) as connection:
        connection.execute((HERE / "macros.sql").read_text(encoding="utf-8"))
        connection.execute(f"CREATE TABLE IF NOT EXISTS clients ({', '.join(f'{name} VARCHAR' for name in COLUMNS)})")
        if source.is_dir():
            for file in sorted(source.glob("*.csv")):
                import_file(connection, file, out / file.stem)
        else:
            print(json.dumps(import_file(connection, source, out)))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
