"""What a job changed, field by field: filtered, and page by page."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response

from client_import.errors import StoreError
from client_import.fields.catalogue import BY_NAME
from client_import.history.entries import Entry, Kind
from client_import.history.of_job import ChangesFilter
from service.api.context import TheImports
from service.api.threads import waits_for_previews
from service.page.answers import html, is_htmx
from service.page.labels import field_groups
from service.page.sign_in import SIGNED_IN
from service.page.titles import title_of
from service.preview_pool import PreviewCutOffError

router = APIRouter(prefix="/jobs/{code}", include_in_schema=False, dependencies=[SIGNED_IN])

_A_PAGE = 50


@router.get("/changes")
@waits_for_previews
def changes(
    code: str,
    request: Request,
    imports: TheImports,
    field: Annotated[str, Query(description="only this field")] = "",
    kind: Annotated[str, Query(description="only created, updated or removed clients")] = "",
    client: Annotated[str, Query(description="only clients whose Code contains this")] = "",
    after: Annotated[int, Query(ge=0, le=1 << 40)] = 0,
) -> Response:
    """Show a page of the changes, by client and field; an unknown field or kind means all of them."""
    job = imports.job(code)
    filters = {
        "field": field if field in BY_NAME else "",
        "kind": kind if kind in list(Kind) else "",
        "client": client.strip(),
    }
    wanted = ChangesFilter(filters["field"] or None, Kind(filters["kind"]) if filters["kind"] else None, client.strip())
    found, count, problem = list[Entry](), 0, None
    try:
        found, count = imports.changes(code, wanted, offset=after, limit=_A_PAGE, reveal=False)
    except PreviewCutOffError:
        raise
    except StoreError as error:
        problem = str(error)
    context = {
        "job": job,
        "title": title_of(imports.store, job),
        "changes": found,
        "count": count,
        "after": after,
        "previous": max(after - _A_PAGE, 0) if after else None,
        "next": after + _A_PAGE if after + len(found) < count else None,
        "filters": filters,
        "query": urlencode({key: value for key, value in filters.items() if value}),
        "groups": field_groups(),
        "kinds": list(Kind),
        "problem": problem,
    }
    return html(request, "parts/job_changes.html" if is_htmx(request) else "job_changes.html", context)
