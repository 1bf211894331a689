"""The clients: a search, and one client with its fields and its history.

The addresses below ``/clients`` are those of the API.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from client_import.errors import ClientNotFoundError
from service.api.context import TheImports
from service.api.threads import waits_for_previews
from service.page.answers import html
from service.page.labels import filled_groups
from service.page.sign_in import SIGNED_IN
from service.page.timeline import moments_of

router = APIRouter(include_in_schema=False, dependencies=[SIGNED_IN])

_A_PAGE = 25


@router.get("/client-list")
@waits_for_previews
def client_list(
    request: Request,
    imports: TheImports,
    search: Annotated[str, Query(description="part of a name, code, number, email or telephone")] = "",
    after: Annotated[int, Query(ge=0, le=1 << 40)] = 0,
) -> Response:
    """Show a page of the clients, or of those that the search finds."""
    search = search.strip()
    page = imports.clients(search, offset=after, limit=_A_PAGE, reveal=False)
    context = {
        "clients": page.clients,
        "search": search,
        "after": after,
        "next": after + len(page.clients) if page.has_more else None,
        "is_first_hit": len(page.clients) < _A_PAGE,
    }
    return html(request, "client_list.html", context)


@router.get("/client")
@waits_for_previews
def client(request: Request, imports: TheImports, code: str) -> Response:
    """Show one client, or what is known of one that was removed."""
    history = imports.client_history(code, reveal=False)
    found = None
    with suppress(ClientNotFoundError):  # it was removed, or has another Code now, which its history says
        found = imports.client(code, reveal=False)
    context = {
        "code": found.code if found else code,
        "client": found,
        "groups": filled_groups(found.values) if found else {},
        "moments": moments_of(history.entries, imports.store),
        "notice": history.notice,
    }
    return html(request, "client.html", context)
