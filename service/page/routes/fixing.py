"""Fix the rejected rows of an import in the page: a grid, which calls :mod:`service.api.routes.fixes`."""

from __future__ import annotations

from collections.abc import Iterable

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from client_import.jobs.record import Job, Status
from client_import.reports.reason_groups import ReasonGroup
from client_import.reports.reason_labels import error_label
from service.api.context import TheImports
from service.fixes import Fixes
from service.imports import Imports
from service.page.answers import html
from service.page.sign_in import SIGNED_IN
from service.page.titles import title_of

router = APIRouter(prefix="/jobs/{code}", include_in_schema=False, dependencies=[SIGNED_IN])

_SHOWN_AT_ONCE = 50


@router.get("/fixes")
async def fixes(code: str, request: Request, imports: TheImports) -> Response:
    """Show the grid; its script fetches the rows."""
    return html(request, "fixes.html", await run_in_threadpool(_context, imports, code))


def _context(imports: Imports, code: str) -> dict[str, object]:
    imported = Fixes(imports).imported_as(code)
    job: Job = imports.job(code)
    groups = imports.error_groups(code)
    return {
        "job": job,
        "title": title_of(imports.store, job),
        "imported": imported,
        "is_stopped": job.status is Status.FAILED,
        "shown_at_once": _SHOWN_AT_ONCE,
        "columns": sorted({group.column for group in groups if group.column}),
        "reasons": _reasons(groups),
    }


def _reasons(groups: Iterable[ReasonGroup]) -> list[tuple[str, str]]:
    """Return the codes of the reasons, each with its words, the commonest first."""
    return [
        (reason, error_label(reason, None, None, has_column=True)) for reason in {each.reason: 0 for each in groups}
    ]
