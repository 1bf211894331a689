"""How Dagster's UI describes what an import produces: the columns, and which column each comes from."""

from __future__ import annotations

import dagster as dg

from client_import.clients.tables import sql_type
from client_import.fields.catalogue import FIELDS, Field
from client_import.jobs.record import Job
from client_import.mapping.resolve import Mapping
from client_import.reading.layout import Layout

_GROUP = "client_import"
_PERSONAL_DATA = {"client_import/holds": "personal_data"}


def spec(
    key: str, description: str, kinds: set[str], deps: tuple[str, ...] = (), *, personal_data: bool = True
) -> dg.AssetSpec:
    """The declaration of the asset ``key``, which an import that ends early does not make."""
    return dg.AssetSpec(
        key,
        deps=deps,
        description=description,
        group_name=_GROUP,
        kinds=kinds,
        tags=_PERSONAL_DATA if personal_data else {},
        skippable=True,
    )


def schema_of_source(layout: Layout) -> dg.TableSchema:
    """The columns of the file, all text."""
    return dg.TableSchema([dg.TableColumn(label, "text") for label in layout.labels])


def schema_of_rows(mapping: Mapping) -> dg.TableSchema:
    """The columns of the checked rows: the mapped fields."""
    return dg.TableSchema([_table_column(column.field) for column in mapping.columns])


def schema_of_clients(columns: dict[str, str]) -> dg.TableSchema:
    """The ``columns`` of the table ``clients``, given with their types."""
    told = {field.column: _told(field) for field in FIELDS}
    return dg.TableSchema([dg.TableColumn(name, kind, description=told.get(name)) for name, kind in columns.items()])


def schema_of_rejected_rows(mapping: Mapping) -> dg.TableSchema:
    """The columns of the rejected rows: why, and the mapped fields."""
    why = [
        dg.TableColumn("row", "BIGINT", description="as a spreadsheet numbers them"),
        dg.TableColumn("reason", "VARCHAR", description="the reasons, ; between"),
        dg.TableColumn("message", "VARCHAR", description="the same in sentences"),
    ]
    return dg.TableSchema([*why, *schema_of_rows(mapping).columns])


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


def lineage_of_undone_clients() -> dg.TableColumnLineage:
    """That each field of ``clients`` comes from the job that was undone."""
    undone = [dg.TableColumnDep(dg.AssetKey("undo"), "undoes")]
    return dg.TableColumnLineage({field.column: undone for field in FIELDS})


def lineage_of_rejected_rows(mapping: Mapping) -> dg.TableColumnLineage:
    """Which column of the file each mapped field comes from; any of them may be the reason."""
    of_rows = lineage_of_rows(mapping).deps_by_column
    sources = [dg.TableColumnDep(dg.AssetKey("source_file"), column.header) for column in mapping.columns]
    return dg.TableColumnLineage({**of_rows, "reason": sources, "message": sources})


def lineage_of_not_imported(layout: Layout) -> dg.TableColumnLineage:
    """Which column of the file each column of the rows not imported comes from, and what the reasons come from."""
    sources = {name: [dg.TableColumnDep(dg.AssetKey("source_file"), name)] for name in layout.headers}
    return dg.TableColumnLineage(
        {**sources, "import_reason": [dg.TableColumnDep(dg.AssetKey("rejected_rows"), "reason")]}
    )


def schema_of_record(job: Job) -> dg.TableSchema:
    """The fields of the job record."""
    return dg.TableSchema([dg.TableColumn(name, type(value).__name__) for name, value in job.to_json().items()])


def lineage_of_record() -> dg.TableColumnLineage:
    """What the counts of the job record count."""
    by_job = {"createdCount": "created_by_job", "updatedCount": "updated_by_job"}
    clients = {name: [dg.TableColumnDep(dg.AssetKey("clients"), column)] for name, column in by_job.items()}
    outcome = [dg.TableColumnDep(dg.AssetKey("not_imported"), "import_outcome")]
    return dg.TableColumnLineage({**clients, "skippedCount": outcome, "errorCount": outcome})


def _table_column(field: Field) -> dg.TableColumn:
    return dg.TableColumn(field.column, sql_type(field), description=_told(field))


def _told(field: Field) -> str | None:
    return field.notes or field.rule or None
