"""One entry of the history: a client that was created or removed, or a field of one that was updated."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from client_import.fields.catalogue import BY_NAME, FIELDS
from client_import.jobs.record import iso
from client_import.validation.validate import MASK

FIELD_PLACE = f"strpos('|{'|'.join(BY_NAME)}|', '|' || coalesce(field, '') || '|')"
"""The SQL expression, in that of both databases, that sorts by ``field`` in the order of the catalogue."""


class Kind(StrEnum):
    """What became of a client."""

    CREATED = "created"
    UPDATED = "updated"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Entry:
    """One change by a job.

    ``code`` is the Code of the client after the job, None for a client of another program that has none. ``field`` is
    None where the client was created or removed; ``before`` or ``after`` is None where the field was empty.
    """

    code: str | None
    field: str | None
    before: str | None
    after: str | None
    kind: Kind

    def to_json(self) -> dict[str, str | None]:
        """Return the entry as JSON for the command line and the API."""
        return {"code": self.code, "field": self.field, "from": self.before, "to": self.after, "kind": str(self.kind)}


@dataclass(frozen=True, slots=True)
class DatedEntry:
    """One change of a client, with the job that made it, its file, and when it was applied (aware, in UTC).

    All three are None for a change by another program; but for a client that it has removed, ``at`` is when the client
    was first missed.
    """

    entry: Entry
    job: str | None
    file_name: str | None
    at: datetime | None

    def to_json(self) -> dict[str, str | None]:
        """Return the entry as JSON for the command line and the API."""
        return {**self.entry.to_json(), "job": self.job, "fileName": self.file_name, "at": iso(self.at)}


_SENSITIVE = frozenset(field.name for field in FIELDS if field.sensitive)


def shown(field: str | None, value: str | None, *, reveal: bool) -> str | None:
    """Return the ``value`` of a field as it is shown: masked where the field is sensitive, unless ``reveal``."""
    return MASK if value and field in _SENSITIVE and not reveal else value


def is_text(text: str) -> bool:
    """Return whether a database can be asked for ``text``: it has no NUL and no lone surrogate."""
    return "\0" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)
