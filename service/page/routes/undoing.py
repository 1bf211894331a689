"""The undo of a job: what it would do, and its start. It is a job of its own, with a progress and a result."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from client_import.errors import JobStateError
from client_import.undo_job import LISTED
from service.api.context import TheImports
from service.api.threads import waits_for_previews
from service.page.answers import go_to, html
from service.page.sign_in import SIGNED_IN
from service.page.titles import title_of

router = APIRouter(prefix="/jobs/{code}", include_in_schema=False, dependencies=[SIGNED_IN])

_A_PAGE = 50


@router.get("/undo")
@waits_for_previews
def preview(
    code: str, request: Request, imports: TheImports, after: Annotated[int, Query(ge=0, le=LISTED)] = 0
) -> Response:
    """Show what the undo of the job would do, with a page of what would stay as it is."""
    job = imports.job(code)
    seen, problem = None, None
    try:
        seen = imports.plan_undo(code)
    except JobStateError as error:
        problem = str(error)
    left = seen.left if seen else ()
    context = {
        "job": job,
        "title": title_of(imports.store, job),
        "seen": seen,
        "problem": problem,
        "left": left[after : after + _A_PAGE],
        "count": len(left),
        "is_cut": len(left) >= LISTED,
        "after": after,
        "previous": max(after - _A_PAGE, 0) if after else None,
        "next": after + _A_PAGE if after + _A_PAGE < len(left) else None,
    }
    return html(request, "undo.html", context)


@router.post("/undo")
@waits_for_previews
def undo(code: str, request: Request, imports: TheImports) -> Response:
    """Start the undo of the job, and go to it."""
    try:
        return go_to(request, f"/jobs/{imports.undo(code, 'page').code}")
    except JobStateError:
        return go_to(request, f"/jobs/{code}/undo")  # it was undone elsewhere, which that page says
