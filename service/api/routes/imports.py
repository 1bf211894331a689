"""The routes about imports: upload, start, follow, plan, cancel."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from http import HTTPStatus
from time import monotonic
from typing import Annotated, Any

from fastapi import APIRouter, Depends, File, Form, Query, Request, Response, UploadFile
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from client_import.errors import ClientImportError, JobNotFoundError, OptionsError, SourceError, StoreError
from client_import.jobs.record import Job, Status
from client_import.jobs.wanted import JobsFilter
from client_import.options import NO_OPTIONS, ImportOptions
from client_import.preview import Preview, plan_json
from service.api.bodies import PlainRoute
from service.api.context import Limit, TheImports, next_page, record
from service.api.forms import one_file, options_in
from service.api.models import JobRecord, PlanRecord, PreviewRecord, UndoOptions, UndoPlanRecord
from service.api.problems import ProblemError, answers, names_of_options
from service.api.threads import in_preview_thread, waits_for_previews
from service.api.uploads import refuse_large
from service.imports import Imports
from service.preview_pool import PreviewCutOffError

router = APIRouter(prefix="/clients/import/csv", tags=["imports"], route_class=PlainRoute)

MAX_WAIT_SECONDS = 10.0
"""How long a call that starts an import waits for it to end."""

_NO_CURSOR = "cursor: this is no cursor of a page; take it from the header Link of the page before."

_STARTED: dict[str, Any] = {"model": JobRecord, "description": "Started, and not finished yet"}

_SHORTEST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.02, 0.25
_PART_OF_WAIT = 16
"""Between two looks at a job, this part of the wait so far goes by: nobody waits much longer than the import takes."""


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    dependencies=[Depends(one_file)],
    response_model=PreviewRecord | JobRecord,
    responses={202: _STARTED, **answers(400, 413, 429, 503)},
)
async def upload(
    request: Request,
    imports: TheImports,
    file: Annotated[UploadFile, File(description="the CSV file, which may be packed with gzip, or a workbook")],
    options: Annotated[ImportOptions, Depends(options_in("body", "file", "showPreview"))],
    show_preview: Annotated[
        bool,
        Form(alias="showPreview", description="answer with the preview and wait to be started; else start at once"),
    ] = True,
) -> Response:
    """Upload a file. It becomes a job that is Queued; nothing is imported before it is started."""
    answer = await in_preview_thread(request, _uploaded, imports, file, options, show_preview=show_preview)
    return await _finished(request, imports, answer) if isinstance(answer, str) else answer


def _uploaded(imports: Imports, file: UploadFile, options: ImportOptions, *, show_preview: bool) -> Response | str:
    """Receive the file; return the response with its preview, or the code of the job that was started."""
    refuse_large(file, imports.place.settings)
    job = imports.receive(file.file, file.filename or "", options)
    try:
        if show_preview:
            return JSONResponse(_preview(imports, job), HTTPStatus.CREATED)
        imports.start(job.code, NO_OPTIONS)
    except ClientImportError:
        imports.discard(job.code)  # who uploads does not learn its code
        raise
    return job.code


def _preview(imports: Imports, job: Job) -> dict[str, Any]:
    try:
        seen = imports.look(job.code, NO_OPTIONS)
    except (SourceError, PreviewCutOffError) as error:
        return PreviewRecord.unreadable(job.code, job.file_name, str(error))
    try:
        seen = imports.plan(job.code, NO_OPTIONS, seen, is_quick=True)
    except StoreError as error:
        seen = replace(seen, trouble=f"There is no plan. {error}")
    except SourceError as error:
        return PreviewRecord.unreadable(job.code, job.file_name, str(error))
    return {"code": job.code, "fileName": job.file_name, **seen.to_json(), "objection": _objection(seen)}


def _objection(seen: Preview) -> str | None:
    return seen.options_error.message_for(names_of_options("PUT")) if seen.options_error else None


@router.put(
    "/{code}",
    status_code=HTTPStatus.CREATED,
    response_model=JobRecord,
    responses={202: _STARTED, **answers(400, 404, 409, 503)},
)
async def start(code: str, request: Request, imports: TheImports, options: ImportOptions | None = None) -> Response:
    """Start the import of an uploaded file, and wait up to ten seconds for it to end. Options left out do not change.

    Returns 202 with `Location` if it takes longer; then poll the job.
    """
    await in_preview_thread(request, imports.start, code, options or NO_OPTIONS)
    return await _finished(request, imports, code)


@router.get("", response_model=list[JobRecord], response_model_exclude_unset=True, responses=answers(400, 503))
def list_jobs(
    request: Request,
    response: Response,
    imports: TheImports,
    status: Annotated[Status | None, Query(description="only jobs with this status")] = None,
    limit: Limit = 50,
    cursor: Annotated[str | None, Query(description="from the Link header of the page before")] = None,
) -> list[dict[str, object]]:
    """List the jobs, newest first. When there are more, the header `Link` has the address of the next page."""
    try:
        jobs = imports.jobs(JobsFilter(status), limit + 1, cursor)
    except JobNotFoundError:
        raise ProblemError(HTTPStatus.BAD_REQUEST, _NO_CURSOR) from None
    if len(jobs) > limit:
        next_page(request, response, cursor=jobs[limit - 1].code)
    return [record(request, job) for job in jobs[:limit]]


@router.get("/{code}", response_model=JobRecord, response_model_exclude_unset=True, responses=answers(404, 503))
def show_job(code: str, request: Request, imports: TheImports) -> dict[str, object]:
    """Show one job, with a fresh download link."""
    return record(request, imports.job(code))


@router.get("/{code}/plan", response_model=PlanRecord, responses=answers(400, 404, 409, 503))
@waits_for_previews
def plan(
    code: str,
    request: Request,
    imports: TheImports,
    options: Annotated[ImportOptions, Depends(options_in("query"))],
) -> dict[str, Any]:
    """Return what the import of an uploaded file would do with these options. Changes nothing."""
    seen = imports.plan(code, options, imports.look(code, options, rows=0))
    if seen.run is None:
        raise seen.options_error or OptionsError("The options do not fit the file.")
    return plan_json(seen.run)


@router.post(
    "/{code}/cancel", response_model=JobRecord, response_model_exclude_unset=True, responses=answers(404, 409, 503)
)
def cancel(code: str, request: Request, imports: TheImports) -> dict[str, object]:
    """Cancel a job that has not ended; none of its rows are imported."""
    return record(request, imports.cancel(code))


@router.post(
    "/{code}/undo",
    status_code=HTTPStatus.CREATED,
    response_model=JobRecord,
    responses={
        200: {"model": UndoPlanRecord, "description": "What the undo would do"},
        202: _STARTED,
        **answers(400, 404, 409, 503),
    },
)
async def undo(
    code: str,
    request: Request,
    imports: TheImports,
    dry_run: Annotated[
        bool, Query(alias="dryRun", description="say what would happen, and change nothing; also in the body")
    ] = False,
    options: UndoOptions | None = None,
) -> Response:
    """Undo a job, by a job of its own, and wait up to ten seconds for it to end. What was changed since stays.

    Returns 202 with `Location` if it takes longer; then poll that job.
    """
    if dry_run or (options and options.dry_run):
        seen = await in_preview_thread(request, imports.plan_undo, code)
        return JSONResponse(seen.to_json())
    job = await in_preview_thread(request, imports.undo, code)
    return await _finished(request, imports, job.code)


async def _finished(request: Request, imports: Imports, code: str) -> JSONResponse:
    """Wait up to MAX_WAIT_SECONDS for the job to end, without blocking other calls."""
    began = monotonic()
    while True:
        job = await run_in_threadpool(imports.job, code)
        if job.status.is_final:
            return JSONResponse(record(request, job), HTTPStatus.CREATED)
        waited = monotonic() - began
        if waited >= MAX_WAIT_SECONDS:
            location = f"{request.scope.get('root_path', '')}{router.prefix}/{code}"
            return JSONResponse(record(request, job), HTTPStatus.ACCEPTED, {"Location": location})
        await asyncio.sleep(min(max(waited / _PART_OF_WAIT, _SHORTEST_PAUSE_SECONDS), _LONGEST_PAUSE_SECONDS))
