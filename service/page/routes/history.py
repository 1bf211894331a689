"""The history: all imports, newest first."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from client_import.errors import OptionsError
from client_import.jobs.record import Status
from service.api.context import TheImports
from service.page.answers import html
from service.page.sign_in import SIGNED_IN

router = APIRouter(include_in_schema=False, dependencies=[SIGNED_IN])

_A_PAGE = 25


@router.get("/jobs")
def history(
    request: Request,
    imports: TheImports,
    status: Annotated[str, Query(description="only imports with this status")] = "",
    before: Annotated[str | None, Query(description="only imports older than this one")] = None,
) -> Response:
    """Show a page of the list of imports."""
    wanted = None
    with suppress(OptionsError):  # an unknown status means every status
        wanted = Status.parse(status) if status else None
    jobs = imports.jobs(wanted, _A_PAGE + 1, before)
    context = {
        "jobs": jobs[:_A_PAGE],
        "older": jobs[_A_PAGE - 1].code if len(jobs) > _A_PAGE else None,
        "is_first": before is None,
        "wanted": wanted or "",
    }
    return html(request, "history.html", context)
