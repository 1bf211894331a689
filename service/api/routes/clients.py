"""The routes about clients and their history: what a job changed, a search, one client, and what became of it.

Of a Code with a slash the whole path is the Code. One that reads like another address, such as ``export.csv``, is found
by the search alone.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from starlette.convertors import StringConvertor, register_url_convertor

from client_import.history.entries import Kind
from client_import.history.of_job import ChangesFilter
from service.api.context import Limit, TheImports, next_page
from service.api.models import ClientChange, ClientLine, ClientRecord, DatedClientChange
from service.api.problems import answers
from service.api.threads import in_preview_thread


class _ClientCode(StringConvertor):
    regex = r"(?!import/(?:csv(?:/|$)|fields$|template\.csv$)|export\.csv$).+"


register_url_convertor("client_code", _ClientCode())

router = APIRouter(prefix="/clients", tags=["clients and their history"])

Cursor = Annotated[int, Query(ge=0, le=1 << 40, description="from the Link header of the page before")]
Reveal = Annotated[bool, Query(description="show the values of sensitive fields, which are masked otherwise")]

_TOTAL = "X-Total-Count"
_COUNTED: dict[str, Any] = {_TOTAL: {"description": "how many there are", "schema": {"type": "integer"}}}


@router.get(
    "/import/csv/{code}/changes",
    response_model=list[ClientChange],
    responses={200: {"headers": _COUNTED}, **answers(400, 404, 409, 503)},
)
async def changes(
    code: str,
    request: Request,
    response: Response,
    imports: TheImports,
    field: Annotated[str | None, Query(description="only this field", examples=["Email"])] = None,
    kind: Annotated[Kind | None, Query(description="only these")] = None,
    client: Annotated[str, Query(description="only clients whose Code contains this, in any letter case")] = "",
    reveal: Reveal = False,
    limit: Limit = 100,
    cursor: Cursor = 0,
) -> list[dict[str, str | None]]:
    """List what a job changed, by client and field. The header `Link` has the address of the next page."""
    wanted = ChangesFilter(field, kind, client)
    found, total = await in_preview_thread(
        request, imports.changes, code, wanted, offset=cursor, limit=limit, reveal=reveal
    )
    response.headers[_TOTAL] = str(total)
    if cursor + len(found) < total:
        next_page(request, response, cursor=str(cursor + limit))
    return [entry.to_json() for entry in found]


@router.get("", response_model=list[ClientLine], responses=answers(400, 503))
async def clients(
    request: Request,
    response: Response,
    imports: TheImports,
    search: Annotated[
        str, Query(description="only those whose name, Code, number, email or telephone contains this")
    ] = "",
    reveal: Reveal = False,
    limit: Limit = 50,
    cursor: Cursor = 0,
) -> list[dict[str, str | None]]:
    """List the clients by Code. One whose Code is the text searched for comes first, as a page by itself.

    The header `Link` has the address of the next page.
    """
    page = await in_preview_thread(request, imports.clients, search, offset=cursor, limit=limit, reveal=reveal)
    if page.has_more:
        next_page(request, response, cursor=str(cursor + len(page.clients)))
    return [client.to_line() for client in page.clients]


@router.get("/{code:client_code}/history", response_model=list[DatedClientChange], responses=answers(400, 404, 503))
async def client_history(
    code: str,
    request: Request,
    response: Response,
    imports: TheImports,
    reveal: Reveal = False,
    limit: Limit = 100,
    cursor: Cursor = 0,
) -> list[dict[str, str | None]]:
    """List what was changed of a client, oldest first. What another program has done since has no job, and is last."""
    entries = (await in_preview_thread(request, imports.client_history, code, reveal=reveal)).entries
    if cursor + limit < len(entries):
        next_page(request, response, cursor=str(cursor + limit))
    return [entry.to_json() for entry in entries[cursor : cursor + limit]]


@router.get("/{code:client_code}", response_model=ClientRecord, responses=answers(400, 404, 503))
async def show_client(code: str, request: Request, imports: TheImports, reveal: Reveal = False) -> dict[str, object]:
    """Show one client with all its fields."""
    return (await in_preview_thread(request, imports.client, code, reveal=reveal)).to_json()
