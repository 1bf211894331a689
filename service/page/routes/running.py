"""One import: waiting to be checked, running, or ended."""

from __future__ import annotations

from contextlib import suppress
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool

from client_import.errors import JobNotFoundError, JobStateError
from client_import.jobs.record import Job, Status, now
from client_import.reports.summary import NO_PLAN, Plan
from service.api.context import TheImports, TheLinks
from service.api.threads import in_preview_thread, waits_for_previews
from service.imports import Imports
from service.page.answers import HEADERS, go_to, html, is_htmx, root_of
from service.page.bars import outcomes
from service.page.labels import headline, is_empty
from service.page.progress import progress_of
from service.page.routes.checking import query_of, show_set_up
from service.page.sign_in import SIGNED_IN
from service.page.titles import title_of

router = APIRouter(prefix="/jobs/{code}", include_in_schema=False, dependencies=[SIGNED_IN])

_ERRORS_A_PAGE = 50

Then = Annotated[str, Query(description="fixes: when the import has ended, its rejected rows are to be fixed")]


@router.get("")
async def show(code: str, request: Request, imports: TheImports, then: Then = "") -> Response:
    """Show the import: the check, the progress or the result, by its state.

    With ``then`` being ``fixes`` its rejected rows, if there are any, are shown instead of the result.
    """
    job = await run_in_threadpool(imports.job, code)
    if job.status.is_final:
        if then == "fixes" and job.counts.errors and job.has_not_imported:
            return go_to(request, f"/jobs/{code}/fixes")
        return await in_preview_thread(request, _result, request, imports, job)
    if await run_in_threadpool(imports.store.waiting.has, code):
        with suppress(JobStateError):  # it has just been started
            return await in_preview_thread(request, show_set_up, request, imports, code)
    return html(request, "progress.html", {**await run_in_threadpool(_progress, imports, job), "then": query_of(then)})


@router.get("/progress")
def progress(code: str, request: Request, imports: TheImports, then: Then = "") -> Response:
    """Show the progress of the import; when it has ended, the page is reloaded."""
    job = imports.job(code)
    if job.status.is_final or not is_htmx(request):
        return go_to(request, f"/jobs/{code}{query_of(then)}")
    return html(request, "parts/progress.html", _progress(imports, job))


@router.post("/cancel")
def cancel(code: str, request: Request, imports: TheImports) -> Response:
    """Cancel the import, unless it has ended."""
    with suppress(JobStateError):
        imports.cancel(code)
    return go_to(request, f"/jobs/{code}")


@router.get("/errors")
@waits_for_previews
def row_errors(
    code: str, request: Request, imports: TheImports, after: Annotated[int, Query(ge=0, le=1 << 40)] = 0
) -> Response:
    """Show a page of the row errors, in the order of the file."""
    found = imports.row_errors(code, after, _ERRORS_A_PAGE + 1)
    context = {
        "job": imports.job(code),
        "row_errors": found[:_ERRORS_A_PAGE],
        "after": after,
        "before": max(after - _ERRORS_A_PAGE, 0) if after else None,
        "next": after + _ERRORS_A_PAGE if len(found) > _ERRORS_A_PAGE else None,
    }
    return html(request, "parts/row_errors.html" if is_htmx(request) else "row_errors.html", context)


@router.get("/not-imported.csv")
@router.get("/not-imported.xlsx")
@router.get("/rejected.csv")
@router.get("/rejected.xlsx")
def download(code: str, request: Request, imports: TheImports, links: TheLinks) -> Response:
    """Redirect to a freshly signed link to the rows not imported, or to the rejected ones, as CSV or as a workbook."""
    file = request.url.path.rpartition("/")[2]
    rows = imports.rejected if file.startswith("rejected") else imports.not_imported
    rows(code)
    address = links.with_link(imports.job(code), root_of(request), file).not_imported_download_url or f"/jobs/{code}"
    return RedirectResponse(address, HTTPStatus.SEE_OTHER, HEADERS)


def _progress(imports: Imports, job: Job) -> dict[str, object]:
    progress = progress_of(job, imports.store.job_progress(job.code), now())
    return {"job": job, "title": title_of(imports.store, job), "progress": progress}


def _result(request: Request, imports: Imports, job: Job) -> Response:
    path = imports.place.home.job(job.code).plan
    has_plan = job.status is not Status.CANCELLED and not job.are_files_removed and path.exists()
    plan = Plan.load(path) if has_plan else NO_PLAN
    context = {
        "job": job,
        "headline": headline(job),
        "is_empty": is_empty(job),
        "bars": outcomes(job.counts),
        "reasons": plan.groups,
        "has_row_errors": bool(plan.row_errors),
        "seconds": job.seconds,
        "run_address": _run_address(imports, job.code),
        "retention_days": imports.place.settings.retention_days,
        "most_mb": imports.place.settings.max_upload_mb,
        "has_source": not job.are_files_removed and imports.place.home.job(job.code).source.exists(),
    }
    if not job.undoes:
        return html(request, "result.html", context)
    undone = {"title": title_of(imports.store, job), "undone_title": _title_of_code(imports, job.undoes)}
    return html(request, "undone.html", {**context, **undone})


def _title_of_code(imports: Imports, code: str) -> str:
    with suppress(JobNotFoundError):
        return title_of(imports.store, imports.store.job(code))
    return code


def _run_address(imports: Imports, code: str) -> str | None:
    """Return the address of the import's run in the Dagster UI, or None without the setting."""
    base, run_id = imports.place.settings.dagster_ui.rstrip("/"), imports.store.run_of(code)
    return f"{base}/runs/{run_id}" if base and run_id else None
