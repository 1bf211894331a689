"""Whether an import gave the right result: the table before and after, and the rows it says it did not import."""

from __future__ import annotations

import csv
import sqlite3
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.contestants import Contestant, Database

PRINTED_COLUMNS = 12

_DIFFERENCE = """
SELECT
    count(*) FILTER (b.code IS NULL),
    count(*) FILTER (b.code IS NOT NULL AND a.code IS NOT NULL AND ({after}) IS DISTINCT FROM ({before})),
    count(*) FILTER (a.code IS NULL)
FROM after a FULL JOIN before b ON a.code = b.code
"""
_FINGERPRINT = "SELECT sum(hash({columns})::HUGEINT) FROM after"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is wrong with a result (empty: nothing), and the fingerprint of the clients after it."""

    wrong: tuple[str, ...]
    fingerprint: str


def judge(
    contestant: Contestant, columns: Sequence[str], before: Path, after: Path, out: Path, truth: dict[str, Any]
) -> Verdict:
    """Compare the clients of the database ``after`` with those ``before`` and with the ``truth`` of the generator.

    ``columns`` are those of the table that the file has, ``out`` is where files of rows not imported are.
    """
    with duckdb.connect() as connection:
        _open(connection, "before", contestant, before, columns)
        _open(connection, "after", contestant, after, columns)
        difference = connection.execute(
            _DIFFERENCE.format(
                **{side: ", ".join(f"{side[0]}.{name}" for name in columns) for side in ("after", "before")}
            )
        ).fetchone()
        names = ", ".join(sorted(columns[:PRINTED_COLUMNS]))
        fingerprint = connection.execute(_FINGERPRINT.format(columns=names)).fetchone()
    assert difference is not None
    assert fingerprint is not None
    created, updated, gone = difference
    expected, found = said(truth, contestant.silent), not_imported(out)
    wrong = [
        *_wrong("created", created, truth["createdCount"]),
        *_wrong("updated", updated, truth["updatedCount"]),
        *_wrong("deleted", gone, 0),
        *(part for reason in sorted({*expected, *found}) for part in _wrong(reason, found[reason], expected[reason])),
    ]
    return Verdict(tuple(wrong), str(fingerprint[0]))


def said(truth: dict[str, Any], silent: frozenset[str]) -> Counter[str]:
    """Return how many rows have each reason or outcome, but for those that a contestant is ``silent`` about."""
    counts = Counter({reason: count for reason, count in truth["reasons"].items() if reason not in silent})
    counts["(error)"] = truth["errorCount"]
    counts["(skipped)"] = counts["unchanged"] + counts["duplicate_of_row"]
    return +counts


def not_imported(out: Path) -> Counter[str]:
    """Return how many rows of the files ``not_imported.csv`` below ``out`` have each reason, and each outcome."""
    counts: Counter[str] = Counter()
    for path in out.rglob("not_imported.csv"):
        with path.open(newline="", encoding="utf-8-sig") as file:
            for row in csv.DictReader(file):
                counts[f"({row['import_outcome']})"] += 1
                counts.update(set(row["import_reason"].split(";")))
    return counts


def _wrong(what: str, count: int, right: int) -> list[str]:
    if count == right:
        return []
    return [f"{what}: {abs(count - right):,} too {'many' if count > right else 'few'}"]


def _open(
    connection: duckdb.DuckDBPyConnection, name: str, contestant: Contestant, path: Path, columns: Sequence[str]
) -> None:
    """Make the view ``name`` of the clients in the database ``path``, all as texts; with none when it is missing."""
    texts = ", ".join(f"nullif({column}::VARCHAR, '') AS {column}" for column in columns)
    nobody = ", ".join(f"NULL::VARCHAR AS {column}" for column in columns)
    if not path.exists():
        connection.execute(f"CREATE VIEW {name} AS SELECT {nobody} LIMIT 0")
    elif contestant.database is Database.DUCKDB:
        connection.execute(f"ATTACH '{path}' AS {name}_file (READ_ONLY)")
        table = contestant.table if "." in contestant.table else f"main.{contestant.table}"
        if _has_table(connection, f"{name}_file.{table}"):
            connection.execute(f"CREATE VIEW {name} AS SELECT {texts} FROM {name}_file.{table}")
        else:
            connection.execute(f"CREATE VIEW {name} AS SELECT {nobody} LIMIT 0")
    else:
        copy = path.with_suffix(".csv")
        if not _copy_out(path, contestant.table, columns, copy):
            connection.execute(f"CREATE VIEW {name} AS SELECT {nobody} LIMIT 0")
            return
        connection.execute(
            f"CREATE TABLE {name} AS SELECT {texts} FROM read_csv('{copy}', all_varchar = true, header = true, "
            "delim = ',', quote = '\"', escape = '\"')"
        )
        copy.unlink()


def _has_table(connection: duckdb.DuckDBPyConnection, table: str) -> bool:
    try:
        connection.execute(f"SELECT * FROM {table} LIMIT 0")
    except duckdb.CatalogException:
        return False
    return True


def _copy_out(path: Path, table: str, columns: Sequence[str], copy: Path) -> bool:
    """Write a table of an SQLite database to a CSV file, because DuckDB reads SQLite only with what has to be
    downloaded; returns False when there is no such table.
    """
    connection = sqlite3.connect(path)
    try:
        rows = connection.execute(f"SELECT {', '.join(columns)} FROM {table}")
    except sqlite3.OperationalError:
        return False
    else:
        with copy.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, quoting=csv.QUOTE_ALL)
            writer.writerow(columns)
            writer.writerows(rows)
        return True
    finally:
        connection.close()
