"""The history: all imports and undos, newest first."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response

from client_import.errors import OptionsError
from client_import.jobs.record import Status
from client_import.jobs.wanted import JobsFilter
from service.api.context import TheImports
from service.page.answers import html
from service.page.labels import origin_label
from service.page.sign_in import SIGNED_IN
from service.page.titles import titles_of

router = APIRouter(include_in_schema=False, dependencies=[SIGNED_IN])

_A_PAGE = 25


@router.get("/jobs")
def history(
    request: Request,
    imports: TheImports,
    status: Annotated[str, Query(description="only imports with this status")] = "",
    name: Annotated[str, Query(description="only those of files whose name contains this")] = "",
    origin: Annotated[str, Query(description="only those started by this")] = "",
    unstarted: Annotated[str, Query(description="files that were never started, too, if this says anything")] = "",
    before: Annotated[str | None, Query(description="only imports older than this one")] = None,
) -> Response:
    """Show a page of the list of imports; those that wait to be started are among them if they are asked for."""
    wanted = None
    with suppress(OptionsError):  # an unknown status means every status
        wanted = Status.parse(status) if status else None
    name = name.strip()
    is_started = not unstarted and wanted is not Status.QUEUED
    jobs = imports.jobs(JobsFilter(wanted, name, origin, is_started), _A_PAGE + 1, before)
    origins = imports.store.figures.origins()
    filters = {
        "status": wanted.value if wanted else "",
        "name": name,
        "origin": origin,
        "unstarted": unstarted and "yes",
    }
    filters["unstarted"] = "yes" if unstarted else ""
    context = {
        "jobs": jobs[:_A_PAGE],
        "titles": titles_of(imports.store, jobs),
        "older": jobs[_A_PAGE - 1].code if len(jobs) > _A_PAGE else None,
        "is_first": before is None,
        "filters": filters,
        "query": urlencode({key: value for key, value in filters.items() if value}),
        "origins": [(each, origin_label(each)) for each in dict.fromkeys([*origins, *([origin] if origin else [])])],
    }
    return html(request, "history.html", context)
