"""The history of one client: what jobs did to it, in their order, and whether somebody else has written since."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from client_import.clients.store import Reader
from client_import.fields.catalogue import BY_NAME
from client_import.history.clients import Client, found_client, no_client
from client_import.history.entries import FIELD_PLACE, DatedEntry, Entry, Kind, is_text, shown

_CHANGES = f"""
SELECT h.client, h.field, h.before, h.after, h.kind, h.job, j.file_name, coalesce(h.removed_at, j.completed_date),
    j.number, h.job_after
FROM (
    SELECT client, field, value_before AS before, value_after AS after, 'updated' AS kind, job,
        CAST(NULL AS timestamp) AS removed_at, updated_by_job_after AS job_after
    FROM client_history WHERE upper(client) = upper($1)
    UNION ALL
    SELECT client, NULL, NULL, NULL, 'created', job, NULL, job
    FROM client_creations WHERE upper(client) = upper($1)
    UNION ALL
    SELECT client, NULL, NULL, NULL, 'removed', job, removed_at, CAST(content AS json) ->> 'updated_by_job'
    FROM removed_clients WHERE upper(client) = upper($1)
) h LEFT JOIN import_jobs j ON j.code = h.job
ORDER BY j.number, h.kind DESC, {FIELD_PLACE}, h.field
"""
"""The view ``client_changes`` for one client, and what updated_by_job was after each change, or when it was removed.

Of one job, a client is updated before it is removed, and removed before one is created with its Code.
"""

_BY_AN_IMPORT = "SELECT 1 FROM import_jobs WHERE code = $1"

_BEFORE_HISTORY = "It was imported before there was a history, and no job has changed it since."
_NO_JOB = "Another program has written it: no job has."
_CHANGED_SINCE = "Another program has changed it since: {what}."
_REMOVED_SINCE = "Another program has removed it, or changed its Code, since."
_CREATED_SINCE = "It was removed, and another program has created a client with its Code since."


@dataclass(frozen=True, slots=True)
class ClientHistory:
    """The changes of a client, oldest first; those of another program, which have no job, are the last.

    ``notice`` says in a sentence that another program has written since, or that the entries do not go back to the
    beginning; None where there is nothing to say.
    """

    entries: Sequence[DatedEntry]
    notice: str | None


@dataclass(frozen=True, slots=True)
class _Event:
    """An entry of the history with its values as they are, and the place of its job in the order of the jobs.

    ``number`` is None for a client that another program had removed. ``job_after`` is what updated_by_job was then.
    """

    entry: DatedEntry
    number: int | None
    job_after: str | None


def history_of(reader: Reader, code: str, *, reveal: bool = False) -> ClientHistory:
    """Return the history of the client with that Code, in any letter case, which is all that imports change of it.

    Values of sensitive fields are masked unless ``reveal``. Raises ClientNotFoundError for a Code that no client has or
    had.
    """
    client = found_client(reader, code, reveal=True)
    events = list[_Event]()
    if reader.has_history and is_text(code):
        events = _in_order([_event(row) for row in reader.rows(_CHANGES, [code])])
    if client is None and not events:
        raise no_client(code)
    since, notice = _since(reader, client, events)
    entries = [*(event.entry for event in events), *(DatedEntry(entry, None, None, None) for entry in since)]
    return ClientHistory([_shown(entry, reveal=reveal) for entry in entries], notice)


def _event(row: tuple[Any, ...]) -> _Event:
    code, field, before, after, kind, job, file_name, at, number, job_after = row
    moment = None if at is None else at.replace(tzinfo=UTC)
    entry = Entry(code, field, before, after, Kind(kind))
    return _Event(DatedEntry(entry, job, file_name, moment), number, job_after)


def _in_order(events: list[_Event]) -> list[_Event]:
    """Return the events in the order of their jobs, and what other programs did before the next job after its time."""
    ordered = [event for event in events if event.number is not None]
    for event in events:
        if event.number is None:
            place = next((place for place, other in enumerate(ordered) if _is_before(event, other)), len(ordered))
            ordered.insert(place, event)
    return ordered


def _is_before(event: _Event, other: _Event) -> bool:
    return event.entry.at is not None and other.entry.at is not None and event.entry.at < other.entry.at


def _since(reader: Reader, client: Client | None, events: Sequence[_Event]) -> tuple[list[Entry], str | None]:
    """Return what another program has done to the client after the last of its ``events``, and the notice of that."""
    last = events[-1].entry.entry if events else None
    if client is None:
        assert last is not None
        is_ours = last.kind is Kind.REMOVED
        return ([], None) if is_ours else ([Entry(last.code, None, None, None, Kind.REMOVED)], _REMOVED_SINCE)
    job = client.trace[3]
    if last is None:
        is_ours = job is not None and bool(reader.rows(_BY_AN_IMPORT, [job]))
        return ([], _BEFORE_HISTORY) if is_ours else ([_whole(client, Kind.UPDATED)], _NO_JOB)
    if last.kind is Kind.REMOVED:
        return [_whole(client, Kind.CREATED)], _CREATED_SINCE
    changed = [
        Entry(client.code, name, after, client.values[name], Kind.UPDATED)
        for name, after in _last_values(events).items()
        if name in client.values and client.values[name] != after
    ]
    if changed:
        return changed, _CHANGED_SINCE.format(what=", ".join(str(entry.field) for entry in changed))
    if job not in _expected_jobs(events):
        return [_whole(client, Kind.UPDATED)], _CHANGED_SINCE.format(what="the history does not say what")
    return [], None


def _whole(client: Client, kind: Kind) -> Entry:
    return Entry(client.code, None, None, None, kind)


def _last_values(events: Sequence[_Event]) -> dict[str, str | None]:
    """Return what the history says of each field that was updated since the client was last created."""
    values = dict[str, str | None]()
    for event in events:
        entry = event.entry.entry
        if entry.kind is not Kind.UPDATED:
            values.clear()
        elif entry.field is not None:
            values[entry.field] = entry.after
    return {name: values[name] for name in BY_NAME if name in values}


def _expected_jobs(events: Sequence[_Event]) -> set[str | None]:
    """Return what updated_by_job can be if nobody has written after the last of the ``events``.

    A client that an undo has brought back has the one that it had when it was removed.
    """
    last = events[-1]
    is_back = last.entry.entry.kind is Kind.CREATED
    return {last.job_after, *(each.job_after for each in events if is_back and each.entry.entry.kind is Kind.REMOVED)}


def _shown(dated: DatedEntry, *, reveal: bool) -> DatedEntry:
    entry = dated.entry
    before, after = (shown(entry.field, value, reveal=reveal) for value in (entry.before, entry.after))
    return DatedEntry(Entry(entry.code, entry.field, before, after, entry.kind), dated.job, dated.file_name, dated.at)
