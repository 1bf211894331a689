"""What an import says to a log: one line at its start, one at its end, never a value of a client.

The lines go to the logger ``client_import``. Dagster keeps them with the run (dagster.yaml); on stderr they are only
where CLIENT_IMPORT_LOG asks for them.
"""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any

from client_import.jobs.record import Job
from client_import.settings import LogFormat
from client_import.system.printable import printable, printable_json

logger = logging.getLogger("client_import")
logger.addHandler(logging.NullHandler())  # says nothing where a program that imports from Python has set no log up

_FIELDS = "import_record"


def log_started(job: Job) -> None:
    """Say that the job is started."""
    logger.info("%s started", _named(job), extra={_FIELDS: _record("started", job)})


def log_ended(job: Job) -> None:
    """Say how the job ended, with its counts."""
    counts = job.counts
    rows = f"{job.processed_items} rows, {counts.created} created, {counts.updated} updated, {counts.skipped} skipped"
    logger.log(
        logging.ERROR if job.failure_reason else logging.INFO,
        "%s ended %s: %s%s",
        *(_named(job), job.status),
        f"{job.processed_items} clients, {job.result}" if job.undoes else f"{rows}, {counts.errors} rejected",
        f". {job.failure_reason}" if job.failure_reason else "",
        extra={_FIELDS: _record("ended", job)},
    )


def log_call(request_id: str, method: str, path: str, status: int, seconds: float) -> None:
    """Say that a call of the API was answered; its query, which may have a signature, is left out."""
    record = {"event": "call", "requestId": request_id, "method": method, "path": path, "status": status}
    logger.info(
        "%s %s answered %d in %.3f s [%s]",
        *(method, path, status, seconds, request_id),
        extra={_FIELDS: {**record, "seconds": round(seconds, 4)}},
    )


def write_log(log_format: LogFormat) -> None:
    """Write the log to stderr from now on, a line each, as text or JSON; with ``off`` write none."""
    logger.setLevel(logging.INFO)
    logger.handlers[:] = [_handler(log_format)]


def _handler(log_format: LogFormat) -> logging.Handler:
    if log_format is LogFormat.OFF:
        return logging.NullHandler()  # else Python itself would print what is an error
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonLines() if log_format is LogFormat.JSON else _TextLines())
    return handler


def _named(job: Job) -> str:
    return f"{job.kind.capitalize()} {job.code} of {job.undoes or job.file_name}"


def _record(event: str, job: Job) -> dict[str, Any]:
    record = {name: value for name, value in job.to_json().items() if name != "notImportedDownloadUrl"}
    return {"event": event, **record}


class _TextLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return f"{_time(record)} {record.levelname} {printable(record.getMessage())}"


class _JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {"time": _time(record), "level": record.levelname, "message": record.getMessage()}
        return printable_json(json.dumps({**line, **getattr(record, _FIELDS, {})}, ensure_ascii=False))


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
