"""The clients as they are now: a search, a page of them, and one with all its fields."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from client_import.clients.store import Reader
from client_import.clients.tables import TRACE_COLUMNS
from client_import.errors import ClientNotFoundError
from client_import.fields.catalogue import BY_NAME, FIELDS, Field
from client_import.history.entries import is_text, shown
from client_import.jobs.record import iso

SEARCHED = (
    *("Name", "Code", "CompanyNumber", "InternalReference", "NiNumber", "Utr", "SelfAssessmentUtr", "CompanyUtr"),
    *("Email", "Telephone"),
)
"""The fields that a search looks into."""

LISTED = ("Code", "Name", "Type", "Status", *(name for name in SEARCHED if name not in ("Code", "Name")))
"""The fields that a list of clients shows."""

_LISTED = ", ".join(BY_NAME[name].column for name in LISTED)
_SEARCHED = tuple(BY_NAME[name].column for name in SEARCHED)

_AS_WRITTEN = """code COLLATE "C" IN ({text}, upper({text}), lower({text}))"""
"""Finds a Code in the three ways it is mostly written, for which both databases are quick."""

_IN_ORDER = """ORDER BY code COLLATE "C", name"""

_LONGEST_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Client:
    """One client: the text of each field, by name, in the order of the catalogue; None where it is empty.

    ``trace`` are created_at, updated_at, created_by_job and updated_by_job, None where another program wrote the client
    (docs/rules.md, section 5). A list has the fields :data:`LISTED` alone, and no ``trace``.
    """

    code: str | None
    values: dict[str, str | None]
    trace: tuple[datetime | None, datetime | None, str | None, str | None] = (None, None, None, None)

    def to_json(self) -> dict[str, object]:
        """Return the client as JSON for the command line and the API, with all its fields."""
        created_at, updated_at, created_by_job, updated_by_job = self.trace
        return {
            "code": self.code,
            "fields": self.values,
            "createdDate": iso(created_at),
            "updatedDate": iso(updated_at),
            "createdByJob": created_by_job,
            "updatedByJob": updated_by_job,
        }

    def to_line(self) -> dict[str, str | None]:
        """Return the client as JSON for a list."""
        return {name[0].lower() + name[1:]: self.values[name] for name in LISTED}


@dataclass(frozen=True, slots=True)
class ClientsPage:
    """Some of the clients, and whether there may be more after them."""

    clients: Sequence[Client]
    has_more: bool


def find_clients(
    reader: Reader, search: str = "", *, offset: int = 0, limit: int = 100, reveal: bool = False
) -> ClientsPage:
    """Return up to ``limit`` clients in the order of their codes, then names, from the ``offset``-th on.

    With ``search`` they are those of which a field of :data:`SEARCHED` contains that text, in any letter case. The
    client whose Code it is comes first, and is a page by itself: it is found at once, while all clients may have to be
    read for the others.
    """
    if not _may_be_found(search):
        return ClientsPage((), has_more=False)
    if not search:
        return _page(reader, "true", [], offset, limit, reveal=reveal)
    its_own = reader.rows(f"SELECT {_LISTED} FROM clients WHERE {_AS_WRITTEN.format(text='$1')} {_IN_ORDER}", [search])
    if offset < len(its_own):
        rows = its_own[offset : offset + limit]
        return ClientsPage([_line(row, reveal=reveal) for row in rows], has_more=True)
    contains, value = reader.search(_SEARCHED, search)
    condition, values = f"({contains})", [value]
    if its_own:
        condition += f" AND NOT coalesce({_AS_WRITTEN.format(text='$2')}, false)"
        values.append(search)
    return _page(reader, condition, values, offset - len(its_own), limit, reveal=reveal)


def first_clients(reader: Reader, search: str, limit: int, *, reveal: bool = False) -> ClientsPage:
    """Return the first ``limit`` clients that :func:`find_clients` finds, from as many of its pages as that takes."""
    clients = list[Client]()
    while True:
        page = find_clients(reader, search, offset=len(clients), limit=limit - len(clients), reveal=reveal)
        clients += page.clients
        if len(clients) == limit or not page.has_more:
            return ClientsPage(clients, page.has_more)


def count_clients(reader: Reader, search: str = "") -> int:
    """Return how many clients :func:`find_clients` finds; with ``search`` it reads the searched fields of all."""
    if not _may_be_found(search):
        return 0
    contains, value = reader.search(_SEARCHED, search) if search else ("true", "")
    rows = reader.rows(f"SELECT count(*) FROM clients WHERE {contains}", [value] if search else [])
    return int(rows[0][0]) if rows else 0


def client_of(reader: Reader, code: str, *, reveal: bool = False) -> Client:
    """Return the client with that Code, in any letter case; raises ClientNotFoundError when there is none."""
    client = found_client(reader, code, reveal=reveal)
    if client is None:
        raise no_client(code)
    return client


def found_client(reader: Reader, code: str, *, reveal: bool = False) -> Client | None:
    """Return the client with that Code, in any letter case; None when there is none."""
    if not is_text(code):
        return None
    fields = [field for field in FIELDS if field.column in reader.columns]
    columns = ", ".join([*(field.column for field in fields), *TRACE_COLUMNS])
    for condition in (_AS_WRITTEN.format(text="$1"), "upper(code) = upper($1)"):
        rows = reader.rows(f"SELECT {columns} FROM clients WHERE {condition} {_IN_ORDER} LIMIT 1", [code])
        if rows:
            return _client(fields, rows[0], reveal=reveal)
    return None


def no_client(code: str) -> ClientNotFoundError:
    """Return the error for a Code that no client has."""
    short = code[:_LONGEST_SHOWN] + "…" * (len(code) > _LONGEST_SHOWN)
    return ClientNotFoundError(f"There is no client {short}. `client-import clients --search TEXT` finds clients.")


def _may_be_found(search: str) -> bool:
    """Return whether a field can contain the text; U+001F is what PostgreSQL has between fields."""
    return is_text(search) and "\x1f" not in search


def _page(reader: Reader, condition: str, values: list[str], offset: int, limit: int, *, reveal: bool) -> ClientsPage:
    query = f"SELECT {_LISTED} FROM clients WHERE {condition} {_IN_ORDER} LIMIT {limit + 1:d} OFFSET {offset:d}"
    rows = reader.rows(query, values)
    return ClientsPage([_line(row, reveal=reveal) for row in rows[:limit]], has_more=len(rows) > limit)


def _line(row: tuple[Any, ...], *, reveal: bool) -> Client:
    return _client([BY_NAME[name] for name in LISTED], (*row, None, None, None, None), reveal=reveal)


def _client(fields: Sequence[Field], row: tuple[Any, ...], *, reveal: bool) -> Client:
    *cells, created_at, updated_at, created_by_job, updated_by_job = row
    texts = {field.name: _text(cell) for field, cell in zip(fields, cells, strict=True)}
    values = {name: shown(name, text, reveal=reveal) for name, text in texts.items()}
    return Client(texts["Code"], values, (_aware(created_at), _aware(updated_at), created_by_job, updated_by_job))


def _text(cell: str | bool | date | None) -> str | None:
    """Return the cell as the history writes it."""
    if isinstance(cell, bool):
        return str(cell).lower()
    return cell.isoformat() if isinstance(cell, date) else cell


def _aware(time: datetime | None) -> datetime | None:
    return None if time is None else time.replace(tzinfo=UTC)
