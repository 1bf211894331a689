"""What the clients database keeps of the changes of each job, and the views through which SQL reads it.

A client is known there by its Code, compared without regard to letter case (docs/history.md).
"""

from __future__ import annotations

from client_import.fields.catalogue import FIELDS

HISTORY_TABLES: dict[str, dict[str, str]] = {
    "client_history": {
        "job": "VARCHAR",
        "client": "VARCHAR",
        "field": "VARCHAR",
        "value_before": "VARCHAR",
        "value_after": "VARCHAR",
        "updated_at_before": "TIMESTAMP",
        "updated_by_job_before": "VARCHAR",
        "updated_by_job_after": "VARCHAR",
    },
    "client_creations": {"job": "VARCHAR", "client": "VARCHAR", "digest": "BIGINT"},
    "removed_clients": {"job": "VARCHAR", "client": "VARCHAR", "removed_at": "TIMESTAMP", "content": "VARCHAR"},
}
"""Each table's columns, by name, with their SQL types."""

INSERT_INTO = {table: f"INSERT INTO {table} ({', '.join(columns)})" for table, columns in HISTORY_TABLES.items()}
"""How a query is put into each of them, whatever the order of its columns is, and whichever others were added."""

COMMENTS: dict[str, dict[str, str]] = {
    "client_history": {
        "": "The fields that each job changed, a row for each field of each client (docs/history.md)",
        "job": "The code of the job that changed the field",
        "client": "The Code of the client after that job",
        "field": "The name of the field, as client-import fields lists it",
        "value_before": "The value before the job, as text; NULL where the field was empty",
        "value_after": "The value that the job wrote, as text; NULL where it emptied the field",
        "updated_at_before": "When the client was last changed before the job, in UTC",
        "updated_by_job_before": "The job that had last changed the client before",
        "updated_by_job_after": "What updated_by_job of the client was after the job",
    },
    "client_creations": {
        "": "The clients that each job created, or brought back (docs/history.md)",
        "job": "The code of the job that created the client",
        "client": "The Code of the client",
        "digest": "A digest of its values then, which tells whether somebody has changed it since",
    },
    "removed_clients": {
        "": "The clients that were removed, until CLIENT_IMPORT_HISTORY_DAYS are over (docs/history.md)",
        "job": "The code of the job that removed the client; NULL where another program did",
        "client": "The Code of the client",
        "removed_at": "When the client was removed, or was first missed, in UTC",
        "content": "What the client was, as JSON: the values of its columns that were not empty",
    },
    "import_jobs": {
        "": "The imports and undos that have changed the clients, one row each",
        "code": "The code of the job",
        "status": "How it ended: Completed",
        "file_name": "The name of the imported file, or Undo of and the code of the job that was undone",
        "total_items": "How many rows the file has, or how many clients the undo was about",
        "processed_items": "How many of them were processed: all",
        "created_count": "How many clients it created, or brought back",
        "updated_count": "How many clients it updated, or put back",
        "skipped_count": "How many rows it skipped, or how many clients the undo left alone",
        "error_count": "How many rows it rejected",
        "created_date": "When the job was created, in UTC",
        "started_date": "When the job was started, in UTC",
        "completed_date": "When it was applied, in UTC",
        "number": "Its place in the order of the jobs; NULL for one from before there was a history",
        "undoes": "The code of the job that it undid; NULL for an import",
        "removed_count": "How many clients the undo removed; NULL for an import",
    },
    "client_changes": {
        "": "Every change of every client: what, from what to what, when, by which job",
        "client": "The Code of the client after the change",
        "field": "The field that was changed; NULL where the client was created or removed",
        "from": "The value before",
        "to": "The value after",
        "when": "When the job was applied, in UTC",
        "job": "The code of the job",
        "file": "The name of the imported file",
        "kind": "created, updated or removed",
        "number": "The place of the job in the order of the jobs",
    },
}
"""The comment on each table or view, under the empty name, and on its columns."""

_COLUMNS_OF_CLIENTS = {
    "created_at": "When the client was created, in UTC",
    "updated_at": "When a job last changed the client, in UTC",
    "created_by_job": "The code of the job that created the client",
    "updated_by_job": "The code of the job that last changed the client",
    "id": "The number of the row",
}

CLIENT_CHANGES = """
SELECT h.client, h.field, h.value_before AS "from", h.value_after AS "to", j.completed_date AS "when", h.job,
    j.file_name AS file, 'updated' AS kind, j.number
FROM client_history h JOIN import_jobs j ON j.code = h.job
UNION ALL
SELECT c.client, NULL, NULL, NULL, j.completed_date, c.job, j.file_name, 'created', j.number
FROM client_creations c JOIN import_jobs j ON j.code = c.job
UNION ALL
SELECT r.client, NULL, NULL, NULL, r.removed_at, r.job, j.file_name, 'removed', j.number
FROM removed_clients r LEFT JOIN import_jobs j ON j.code = r.job
"""
"""The view ``client_changes``, in the SQL of both databases."""


def column_comments(column: str) -> str:
    """Return the comment on a ``column`` of the table ``clients``."""
    named = next((field for field in FIELDS if field.column == column), None)
    return f"The field {named.name}: {named.rule or named.type}" if named else _COLUMNS_OF_CLIENTS.get(column, "")
