"""The history of a client as moments, newest first: what one job did to it at one time."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from client_import.errors import JobNotFoundError
from client_import.history.entries import DatedEntry, Entry, Kind
from client_import.jobs.store import JobStore
from service.page.titles import title_of

_WORDS = {Kind.CREATED: "Created", Kind.UPDATED: "Changed", Kind.REMOVED: "Removed"}


@dataclass(frozen=True, slots=True)
class Moment:
    """What happened at one time: ``what`` in a word, and the fields that were changed, if it is known which.

    ``job`` is None for another program, ``title`` that of the job; ``is_listed`` says whether the job has a page.
    """

    what: str
    kind: Kind
    job: str | None
    title: str | None
    is_listed: bool
    at: datetime | None
    fields: tuple[Entry, ...]


def moments_of(entries: Iterable[DatedEntry], store: JobStore) -> list[Moment]:
    """Return the moments of the ``entries``, which are those of one client, oldest first."""
    groups = groupby(entries, key=lambda each: (each.job, each.at, each.entry.kind))
    return [_moment(list(group), store) for _, group in groups][::-1]


def _moment(entries: list[DatedEntry], store: JobStore) -> Moment:
    first = entries[0]
    kind, title, is_listed = first.entry.kind, first.file_name, False
    if first.job:
        with suppress(JobNotFoundError):
            title, is_listed = title_of(store, store.job(first.job)), True
    fields = tuple(each.entry for each in entries if each.entry.field)
    return Moment(_WORDS[kind], kind, first.job, title, is_listed, first.at, fields)
