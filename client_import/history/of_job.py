"""The changes of a job, from the history: a page of them, how many there are, or all of them as CSV."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

import pyarrow as pa
from pyarrow import csv as arrow_csv

from client_import.clients.store import Reader
from client_import.did_you_mean import did_you_mean
from client_import.errors import JobStateError, OptionsError, StoreError
from client_import.fields.catalogue import BY_NAME
from client_import.history.entries import FIELD_PLACE, Entry, Kind, is_text, shown
from client_import.jobs.record import Job, Status
from client_import.reading.formula_escape import add_guard

_CHANGES = """
SELECT client, field, "from", "to", kind FROM client_changes WHERE {condition}
ORDER BY client COLLATE "C", {place}, field, kind
"""

_LEDGER = "SELECT 1 FROM import_jobs WHERE code = $1 AND number IS NOT NULL"

COLUMNS = ("code", "field", "from", "to", "kind")
"""The header of the CSV, and the keys of the JSON."""


@dataclass(frozen=True, slots=True)
class ChangesFilter:
    """Which changes of a job: of this field, of this kind, of clients whose Code contains ``client`` in any case.

    Raises OptionsError for a field that there is not.
    """

    field: str | None = None
    kind: Kind | None = None
    client: str = ""

    def __post_init__(self) -> None:
        if self.field is not None and self.field not in BY_NAME:
            raise OptionsError(
                f"There is no field {self.field}. {did_you_mean(self.field, [*BY_NAME])}`client-import fields` lists "
                "them."
            )

    def condition(self, job: str) -> tuple[str, list[str]]:
        """Return the condition in SQL for the changes of ``job``, and the values of its parameters."""
        parts, values = ["job = $1"], [job]
        for part, value in (
            ("field = ${}", self.field),
            ("kind = ${}", self.kind and str(self.kind)),
            ("strpos(lower(client), lower(${})) > 0", self.client),
        ):
            if value:
                values.append(value)
                parts.append(part.format(len(values)))
        return " AND ".join(parts), values

    @property
    def finds_nothing(self) -> bool:
        """Whether no Code can contain ``client``."""
        return not is_text(self.client)


EVERYTHING = ChangesFilter()


def check_history(reader: Reader, job: Job) -> None:
    """Raise JobStateError for a ``job`` that has not ended, and StoreError for a Completed one without a history."""
    if not job.status.is_final:
        raise JobStateError(f"Job {job.code} is still {job.status}; ask again when it has ended.")
    if job.status is Status.COMPLETED and not (reader.has_history and reader.rows(_LEDGER, [job.code])):
        raise StoreError(
            f"The clients database has no history of job {job.code}: the job is from before there was one, or the "
            "database is a copy from before the job."
        )


def changes_of(
    reader: Reader,
    job: str,
    wanted: ChangesFilter = EVERYTHING,
    *,
    offset: int = 0,
    limit: int = 100,
    reveal: bool = False,
) -> list[Entry]:
    """Return up to ``limit`` changes of the job, from the ``offset``-th on, by client and then field.

    Clients are in the order of their codes, fields in that of the catalogue.
    """
    if not reader.has_history or wanted.finds_nothing:
        return []
    condition, values = wanted.condition(job)
    query = f"{_CHANGES.format(condition=condition, place=FIELD_PLACE)} LIMIT {limit:d} OFFSET {offset:d}"
    return [_entry(row, reveal=reveal) for row in reader.rows(query, values)]


def count_changes(reader: Reader, job: str, wanted: ChangesFilter = EVERYTHING) -> int:
    """Return how many changes of the job there are."""
    if not reader.has_history or wanted.finds_nothing:
        return 0
    condition, values = wanted.condition(job)
    rows = reader.rows(f"SELECT count(*) FROM client_changes WHERE {condition}", values)
    return int(rows[0][0]) if rows else 0


def all_changes(reader: Reader, job: str, *, reveal: bool = False) -> Iterator[list[Entry]]:
    """Yield all changes of the job in the order of :func:`changes_of`, some thousands at a time."""
    if reader.has_history:
        condition, values = EVERYTHING.condition(job)
        for rows in reader.batches(_CHANGES.format(condition=condition, place=FIELD_PLACE), values):
            yield [_entry(row, reveal=reveal) for row in rows]


def write_changes(entries: Iterator[list[Entry]], file: BinaryIO) -> None:
    """Write the changes to ``file`` as CSV with a header row: UTF-8 with BOM, commas, CRLF.

    Cells that a spreadsheet would run as a formula are guarded (docs/rules.md, section 8).
    """
    file.write(codecs.BOM_UTF8 + ",".join(COLUMNS).encode() + b"\r\n")
    options = arrow_csv.WriteOptions(include_header=False, eol="\r\n", quoting_style="needed")
    for batch in entries:
        columns = zip(*((each.code, each.field, each.before, each.after, each.kind) for each in batch), strict=True)
        cells = [add_guard(pa.array([value or "" for value in column], pa.string())) for column in columns]
        arrow_csv.write_csv(pa.table(cells, names=COLUMNS), file, options)


def _entry(row: tuple[str | None, ...], *, reveal: bool) -> Entry:
    code, field, before, after, kind = row
    return Entry(code, field, shown(field, before, reveal=reveal), shown(field, after, reveal=reveal), Kind(str(kind)))
