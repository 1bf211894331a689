"""Who takes part in the benchmark, how each is run, and what each does not do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

ROOT = Path(__file__).parents[1]


class Database(StrEnum):
    """Where a contestant keeps the clients: kind of database, told by the ending of the file."""

    DUCKDB = "duckdb"
    SQLITE = "sqlite"


@dataclass(frozen=True, slots=True)
class Contestant:
    """A program that imports.

    ``module`` is run as ``python -m module DATABASE SOURCE OUT_FOLDER`` in the environment of ``requirements``, a
    file in ``benchmarks/requirements`` (None: the program itself is run, with what ``make setup`` installs for it).
    ``does_not`` says what it leaves out of the job, ``lacks`` the most important of it in a few words.
    ``table`` has the clients, with ``most_columns`` of them. ``silent`` are the reasons it gives for no row. With more
    than ``most_rows`` its memory ends, or one's patience.
    """

    name: str
    title: str
    module: str
    requirements: str | None
    packages: tuple[str, ...]
    lacks: str
    does_not: str
    database: Database = Database.DUCKDB
    table: str = "clients"
    silent: frozenset[str] = frozenset()
    most_rows: int = 1_000_000
    most_columns: int = 60

    def can(self, rows: int, columns: int) -> bool:
        """Whether it takes part with a file of so many rows, in so many columns that clients have."""
        return rows <= self.most_rows and columns <= self.most_columns


SILENT = frozenset({"unchanged"})
REFERENCE = "duckdb_sql"
LEAN = "duckdb_lean"
OURS = "client_import"

DEVELOPED_HERE = (OURS, REFERENCE, LEAN)
"""Those that the bars are about: run as often as asked for however long they take, and their results must be right."""

CONTESTANTS = {
    contestant.name: contestant
    for contestant in (
        Contestant(
            OURS,
            "client-import",
            "service",
            None,
            ("duckdb", "dagster", "pandera", "pandas", "pyarrow"),
            "",
            "",
            most_rows=10_000_000,
        ),
        Contestant(
            REFERENCE,
            "DuckDB SQL (the reference)",
            "benchmarks.peers.duckdb_sql.run",
            "duckdb",
            ("duckdb",),
            "detection of the format; progress; cancel",
            "detect encoding, delimiter and header; match headers; survive broken quotes or bytes; report progress, "
            "be cancelled; guard formulas; Dagster",
            most_rows=10_000_000,
        ),
        Contestant(
            LEAN,
            "DuckDB SQL, the lean script",
            "benchmarks.peers.duckdb_lean.run",
            "duckdb",
            ("duckdb",),
            "as the reference; columns beyond twelve; most rules; a ledger",
            "as the reference; columns beyond these twelve; rules and normal forms that these files do not need; keep "
            "stored values where cells are blank; name the rows that are unchanged; say which row it was, and why in "
            "words; a ledger, or when a client was changed",
            silent=SILENT,
            most_rows=10_000_000,
            most_columns=12,
        ),
        Contestant(
            "pandas_pandera",
            "pandas + Pandera + DuckDB MERGE",
            "benchmarks.peers.pandas_pandera",
            "pandas",
            ("pandas", "pandera", "duckdb", "pyarrow"),
            "as the reference; a ledger",
            "as the reference; no ledger; the whole file is in memory",
        ),
        Contestant(
            "dlt_arrow",
            "dlt, Arrow tables, into DuckDB",
            "benchmarks.peers.dlt_arrow",
            "dlt",
            ("dlt", "duckdb", "pandas", "pandera", "pyarrow"),
            "rules; leaving alone what is unchanged",
            "validate (pandas + Pandera do it before); count or leave alone what is unchanged; keep stored values "
            "where cells are blank; one transaction for everything",
            table="imported.clients",
            silent=SILENT,
        ),
        Contestant(
            "dlt_rows",
            "dlt, row by row, into DuckDB",
            "benchmarks.peers.dlt_rows",
            "dlt",
            ("dlt", "duckdb"),
            "rules; leaving alone what is unchanged",
            "validate (plain Python does it before); the rest as with Arrow",
            table="imported.clients",
            silent=SILENT,
        ),
        Contestant(
            "django",
            "django-import-export, bulk, into SQLite",
            "benchmarks.peers.django_bulk",
            "django",
            ("django", "django-import-export", "tablib"),
            "rules; a ledger",
            "validate (plain Python does it before); name the rows that are unchanged; keep stored values where "
            "cells are blank; a ledger",
            Database.SQLITE,
            silent=SILENT,
        ),
        Contestant(
            "sqlite_utils",
            "sqlite-utils upsert, into SQLite",
            "benchmarks.peers.sqlite_utils_upsert",
            "sqlite_utils",
            ("sqlite-utils",),
            "rules; leaving alone what is unchanged",
            "validate (plain Python does it before); count or leave alone what is unchanged; keep stored values "
            "where cells are blank; a ledger",
            Database.SQLITE,
            silent=SILENT,
        ),
    )
}
