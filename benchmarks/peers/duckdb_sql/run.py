"""Import a CSV file of clients with DuckDB SQL alone: the script that a good engineer writes first.

``python run.py DATABASE clients.csv OUT_FOLDER`` brings the table ``clients`` of DATABASE, made when missing, up
to date in one transaction, writes ``not_imported.csv`` to OUT_FOLDER, and prints the counts as JSON. Of a
folder in place of the file, all files are imported one after another. The SQL is in
``macros.sql`` (the kinds of values), ``tables.sql`` and ``import.sql``. DuckDB has its defaults, and two threads.
"""

from __future__ import annotations

import csv
import json
import sys
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

HERE = Path(__file__).parent
FIELDS = HERE.parents[2] / "client_import" / "fields" / "fields.csv"
KINDS_BY_NAME = {"Code": "code", "Name": "name", "Type": "type", "Status": "status"}
NEEDED_TO_CREATE = ("Name", "Type")
COUNTS = "SELECT total, created, updated, skipped, errors FROM import_jobs WHERE code = ?"


SENTENCES = " ".join(
    f"WHEN '{reason}' THEN '{sentence}'"
    for reason, sentence in {
        "missing_required": "is blank; fill it in.",
        "not_in_list": "is not in the list.",
        "bad_format": "does not have the right form.",
        "bad_check_digit": "has a wrong check digit; look for a wrong or swapped digit.",
        "too_long": "is too long; shorten it.",
    }.items()
)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the file: its header, its name in the table, its kind of value, and its greatest length."""

    header: str
    name: str
    kind: str
    length: str

    @property
    def fault(self) -> str:
        parts = [f"fault_{self.kind}(s.{self.name})"]
        if self.length:
            parts.append(f"CASE WHEN length(s.{self.name}) > {self.length} THEN 'too_long' END")
        if self.header == "Code":
            parts.append("CASE WHEN s.code IS NULL THEN 'missing_required' END")
        if self.header in NEEDED_TO_CREATE:
            parts.append(f"CASE WHEN s.{self.name} IS NULL AND c.code IS NULL THEN 'missing_required' END")
        return f"coalesce({', '.join(parts)}, NULL) AS fault_{self.name}"

    @property
    def message(self) -> str:
        subject = f"""'{self.header} "' || coalesce(raw."{self.header}", '') || '" '"""
        return f"CASE WHEN fault_{self.name} IS NOT NULL THEN {subject} || CASE fault_{self.name} {SENTENCES} END END"


def read_fields() -> dict[str, Column]:
    """Return every field that a client has, by its header."""
    with FIELDS.open(newline="", encoding="utf-8") as file:
        return {
            row["field"]: Column(
                row["field"], row["column"], KINDS_BY_NAME.get(row["field"], row["type"]), row["max_length"]
            )
            for row in csv.DictReader(file)
        }


def placeholders(columns: list[Column], out: Path) -> dict[str, str]:
    """Return what stands for each word in braces in ``import.sql``."""
    names = [column.name for column in columns]
    created = {name: f"s.{name}" for name in names} | {"status": "coalesce(s.status, 'Active')"}
    return {
        "cleaned": ", ".join(f'clean_{column.kind}(trimmed("{column.header}")) AS {column.name}' for column in columns),
        "faults": ",\n    ".join(column.fault for column in columns),
        "fault_names": ", ".join(f"fault_{name}" for name in names),
        "messages": ", ".join(column.message for column in columns),
        "columns": ", ".join(names),
        "merged": ", ".join(f"coalesce(s.{name}, c.{name})" for name in names),
        "stored": ", ".join(f"c.{name}" for name in names),
        "assignments": ", ".join(f"{name} = coalesce(s.{name}, c.{name})" for name in names),
        "created": ", ".join(created[name] for name in names),
        "headers": ", ".join(f'"{column.header}"' for column in columns),
        "not_imported": str(out / "not_imported.csv"),
    }


def import_file(connection: duckdb.DuckDBPyConnection, source: Path, out: Path) -> dict[str, int]:
    """Import ``source`` in one transaction, write ``not_imported.csv`` to ``out``, and return the counts."""
    fields = read_fields()
    with source.open(newline="", encoding="utf-8-sig") as file:
        columns = [fields[header] for header in next(csv.reader(file)) if header in fields]
    given = {"path": str(source), "now": datetime.now(UTC).replace(tzinfo=None), "job": uuid.uuid4().hex}
    out.mkdir(parents=True, exist_ok=True)
    script = (HERE / "import.sql").read_text(encoding="utf-8").format(**placeholders(columns, out))
    connection.begin()
    for statement in connection.extract_statements(script):
        used = {name: value for name, value in given.items() if name in statement.named_parameters}
        connection.execute(statement, used)
    counts = connection.execute(COUNTS, [given["job"]]).fetchone()
    connection.commit()
    assert counts is not None
    return dict(zip(("total", "created", "updated", "skipped", "errors"), counts, strict=True))


def main(database: Path, source: Path, out: Path) -> None:
    """Import ``source``, or all files of it when it is a folder."""
    with duckdb.connect(database, config={"threads": 2}) as connection:
        connection.execute((HERE / "macros.sql").read_text(encoding="utf-8"))
        definitions = ", ".join(f"{field.name} VARCHAR" for field in read_fields().values())
        connection.execute((HERE / "tables.sql").read_text(encoding="utf-8").format(definitions=definitions))
        if source.is_dir():
            for file in sorted(source.glob("*.csv")):
                import_file(connection, file, out / file.stem)
        else:
            print(json.dumps(import_file(connection, source, out)))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
