"""How Dagster's UI shows an import: column schemas, column lineage and small tables.

Dagster keeps what it is given for ever, so of a client it is given what comes from a fixed list, such as its type, and
nothing else (docs/reliability.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import dagster as dg
import pyarrow.parquet as pq

from client_import.catalogue import FIELDS, Field
from client_import.check import MASK
from client_import.database_tables import TRACE_COLUMNS, sql_type
from client_import.faults import FAULT_SCHEMA
from client_import.folders import JobFolder
from client_import.layout import Layout
from client_import.mapping import Mapping

SHOWN_ROWS = 10
_SHOWN_LETTERS = 60


def schema_of_source(layout: Layout) -> dg.TableSchema:
    """The columns of the file, all text."""
    return dg.TableSchema([dg.TableColumn(label, "text") for label in layout.labels])


def schema_of_rows(mapping: Mapping) -> dg.TableSchema:
    """The columns of the checked rows: the mapped fields."""
    return dg.TableSchema([_table_column(column.field) for column in mapping.columns])


def schema_of_clients() -> dg.TableSchema:
    """The columns of the table ``clients``."""
    traces = [dg.TableColumn(name, "TIMESTAMP" if name.endswith("_at") else "VARCHAR") for name in TRACE_COLUMNS]
    return dg.TableSchema([*(_table_column(field) for field in FIELDS), *traces])


def schema_of_faults() -> dg.TableSchema:
    """The columns of the faults of refused rows."""
    return dg.TableSchema([dg.TableColumn(field.name, str(field.type)) for field in FAULT_SCHEMA])


def lineage_of_rows(mapping: Mapping) -> dg.TableColumnLineage:
    """Which column of the file each mapped field comes from."""
    return dg.TableColumnLineage(
        {
            column.field.column: [dg.TableColumnDep(dg.AssetKey("source_file"), column.header)]
            for column in mapping.columns
        }
    )


def lineage_of_clients(mapping: Mapping) -> dg.TableColumnLineage:
    """Which column of the valid rows each changed column of ``clients`` comes from."""
    return dg.TableColumnLineage(
        {
            column.field.column: [dg.TableColumnDep(dg.AssetKey("valid_rows"), column.field.column)]
            for column in mapping.columns
        }
    )


def mapping_table(mapping: Mapping) -> str:
    """The mapping as a Markdown table, ignored columns last."""
    rows = [(column.header, column.field_name) for column in mapping.columns]
    return markdown(("column", "field"), [*rows, *((header, "(ignored)") for header in mapping.ignored_headers)])


def preview_of_rows(folder: JobFolder, mapping: Mapping) -> str:
    """The first valid rows as a Markdown table; every value is masked that is not one of its field's list."""
    names = [column.field.column for column in mapping.columns]
    rows = _first(folder, "rows", ["row", "refused", *names])
    valid = [row for row in rows if not row["refused"]][:SHOWN_ROWS]
    shown = [
        [row["row"], *(_masked(column.field, row[column.field.column]) for column in mapping.columns)] for row in valid
    ]
    return markdown(["row", *names], shown)


def preview_of_faults(folder: JobFolder) -> str:
    """The first faults as a Markdown table, without the values: a wrong one may be anything."""
    names = ("row", "field", "reason")
    rows = _first(folder, "faults", names)[:SHOWN_ROWS]
    return markdown(names, [[row[name] for name in names] for row in rows])


def markdown(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table; long cells are cut."""
    lines = ["| " + " | ".join(_cell(header) for header in headers) + " |", "|" + " --- |" * len(headers)]
    lines += ["| " + " | ".join(_cell(value) for value in row) + " |" for row in rows]
    return "\n".join(lines)


def _first(folder: JobFolder, name: str, columns: Sequence[str]) -> list[dict[str, object]]:
    file = pq.ParquetFile(getattr(folder, name))
    batch = next(file.iter_batches(batch_size=1_000, columns=list(columns)), None)
    return batch.to_pylist() if batch is not None else []


def _table_column(field: Field) -> dg.TableColumn:
    return dg.TableColumn(field.column, sql_type(field), description=field.notes or field.rule or None)


def _masked(field: Field, value: object) -> object:
    is_shown = value is None or (field.members and not field.sensitive)
    return value if is_shown else MASK


def _cell(value: object) -> str:
    text = "" if value is None else " ".join(str(value).split()).replace("|", "\\|")
    return text if len(text) <= _SHOWN_LETTERS else text[:_SHOWN_LETTERS] + "…"
