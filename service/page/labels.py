"""The texts of the page: fields, statuses, numbers and times as a practice manager writes them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from client_import.fields.catalogue import BY_NAME, FIELDS, Field
from client_import.jobs.record import Job, Status
from client_import.mapping.suggest import USED_FROM

_ACRONYMS = {word.lower(): word for word in ("VAT", "NI", "UTR", "PAYE", "PCL", "SMS")}
_TAX_TYPES = frozenset({"company_number", "auth_code", "vat", "utr", "nino", "paye_ref", "accounts_office_ref"})
_IN_CHARGE = frozenset({"Manager", "Partner", "Associate", "Team"})
_GROUP_OF_PREFIX = {
    "RegisteredAddress": "Registered address",
    "PostalAddress": "Postal address",
    "InvoiceAddress": "Invoice address",
    "CanContact": "How the client may be contacted",
    "Contact": "Main contact",
    "Vat": "Company and tax",
    "Incorporation": "Company and tax",
}

STATUSES = {
    Status.QUEUED: "Not started",
    Status.IN_PROGRESS: "Importing",
    Status.COMPLETED: "Imported",
    Status.FAILED: "Failed",
    Status.CANCELLED: "Cancelled",
}

_OF_UNDOS = {Status.IN_PROGRESS: "Undoing", Status.COMPLETED: "Done"}

_ORIGINS = {
    "page": "This page",
    "api": "A program (API)",
    "command line": "The command line",
    "drop folder": "The drop folder",
    "launchpad": "Dagster",
}


def status_label(status: Status, *, is_undo: bool = False) -> str:
    """Return the status of an import, or of an undo, in a word or two."""
    return (_OF_UNDOS.get(status) if is_undo else None) or STATUSES[status]


def origin_label(origin: str) -> str:
    """Return who started a job, in words."""
    return _ORIGINS.get(origin, origin)


def label_of(name: str) -> str:
    """Return a name such as ``CompanyNumber`` as people write it: Company number."""
    parts = re.findall(r"[A-Z][a-z]+|[A-Z]+(?![a-z])|\d+|[a-z]+", name)
    words = [_ACRONYMS.get(part.lower(), part.lower()) for part in parts]
    if words and words[0] not in _ACRONYMS.values():
        words[0] = words[0].capitalize()
    return " ".join(words).replace("ompanies house", "ompanies House")


def _group(field: Field) -> str:
    if field.name in _IN_CHARGE:
        return "People in charge"
    if field.type in _TAX_TYPES:
        return "Company and tax"
    return next((group for prefix, group in _GROUP_OF_PREFIX.items() if field.name.startswith(prefix)), "Client")


def field_groups() -> dict[str, list[tuple[str, str]]]:
    """Return the fields of the catalogue, as pairs of name and label, by the heading they are shown under."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for field in FIELDS:
        groups.setdefault(_group(field), []).append((field.name, label_of(field.name)))
    return groups


def filled_groups(values: Mapping[str, str | None]) -> dict[str, list[tuple[str, str, str]]]:
    """Return the fields of a client that have a value, as name, label and value, by the heading of their group."""
    filled: dict[str, list[tuple[str, str, str]]] = {}
    for group, fields in field_groups().items():
        for name, label in fields:
            if value := values.get(name):
                filled.setdefault(group, []).append((name, label, as_read(value, name)))
    return filled


def as_read(value: str, name: str) -> str:
    """Return the ``value`` of the field ``name`` as people read it: Yes for true, Sole trader for SoleTrader."""
    if name not in BY_NAME:
        return value
    if BY_NAME[name].type == "yes_no":
        return {"true": "Yes", "false": "No"}.get(value, value)
    return label_of(value) if value in BY_NAME[name].members else value


def score_label(score: float) -> str:
    """Return in words how certain a suggestion with this score is."""
    if score >= 1:
        return "certain"
    return "likely" if score >= USED_FROM else "only a guess"


def number(value: int | float) -> str:
    """Return a number with commas between the thousands."""
    return f"{value:,.0f}"


def rows_label(count: int, what: str = "row") -> str:
    """Return ``count`` of something: 1 row, 2 rows."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def row_list(first_rows: tuple[int, ...], count: int) -> str:
    """Return the first row numbers of ``count``, and how many more there are."""
    more = count - len(first_rows)
    return ", ".join(map(str, first_rows)) + (f" and {more:,} more" if more > 0 else "")


def duration(seconds: float) -> str:
    """Return a length of time in words, rounded to a useful precision."""
    whole = round(seconds)
    if whole < 1:
        return "less than a second"
    if whole < 60:
        return rows_label(whole, "second")
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if minutes < 10 else f"{minutes} minutes"
    return f"{minutes // 60} h {minutes % 60} min"


def date_label(time: datetime | None) -> str:
    """Return a time in UTC, for browsers without JavaScript to show it in their own zone."""
    return "" if time is None else f"{time.astimezone(UTC):%d %b %Y, %H:%M} UTC"


def is_empty(job: Job) -> bool:
    """Return whether the job is Completed but its file has no data rows, which users should notice."""
    return job.status is Status.COMPLETED and not job.processed_items


def headline(job: Job) -> str:
    """Return the headline of a result: how the job ended."""
    counts = job.counts
    if job.undoes:
        return _headline_of_undo(job)
    if job.status is Status.CANCELLED:
        return "Cancelled: nothing was imported"
    if job.status is Status.FAILED:
        return "The import stopped: nothing was changed"
    if is_empty(job):
        return "There was nothing to import: the file has no rows below its header"
    done = [
        f"{rows_label(count, 'client')} {what}"
        for count, what in ((counts.created, "created"), (counts.updated, "updated"))
        if count
    ]
    if not done and not counts.errors:
        return "Nothing to do: your clients are already as the file says"
    first = " and ".join(done) if done else "No client was changed"
    if not counts.errors:
        return first
    return f"{first}; {rows_label(counts.errors)} need{'s' if counts.errors == 1 else ''} your attention"


def _headline_of_undo(job: Job) -> str:
    if job.status is Status.CANCELLED:
        return "Cancelled: nothing was undone"
    if job.status is Status.FAILED:
        return "The undo stopped: nothing was changed"
    counts = job.counts
    done = [
        f"{count:,} {what}"
        for count, what in ((counts.removed, "removed"), (counts.updated, "put back"), (counts.created, "brought back"))
        if count
    ]
    if not done:
        return "Nothing was undone: all of it was changed since"
    left = f"; {counts.skipped:,} left alone" if counts.skipped else ""
    return f"Undone: {', '.join(done)}{left}"
