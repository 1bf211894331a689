"""The texts of the page: fields, statuses, numbers and times as a practice manager writes them."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from client_import.fields.catalogue import FIELDS, Field
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
