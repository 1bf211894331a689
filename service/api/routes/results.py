"""The routes about results: row errors, and the files of rows not imported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import FileResponse
from starlette.concurrency import run_in_threadpool

from service.api.access import SIGNED
from service.api.context import TheImports
from service.api.models import RowError, RowErrorSummary
from service.api.paging import Limit, next_page
from service.api.problems import answers
from service.api.threads import in_preview_thread

router = APIRouter(prefix="/clients/import/csv/{code}", tags=["results"])


@router.get("/errors", response_model=list[RowErrorSummary] | list[RowError], responses=answers(400, 404, 410, 503))
async def errors(
    code: str,
    request: Request,
    response: Response,
    imports: TheImports,
    summary: Annotated[
        bool, Query(description="per column and reason: how many, the first rows, and samples of the values")
    ] = False,
    limit: Limit = 100,
    cursor: Annotated[int, Query(ge=0, le=1 << 40, description="from the Link header of the page before")] = 0,
) -> Sequence[RowErrorSummary | RowError]:
    """List the row errors in the order of the file. The header `Link` has the address of the next page."""
    if summary:
        groups = await run_in_threadpool(imports.error_groups, code)
        return [RowErrorSummary(**group.to_json()) for group in groups]
    row_errors = await in_preview_thread(request, imports.row_errors, code, cursor, limit + 1)
    if len(row_errors) > limit:
        next_page(request, response, cursor=str(cursor + limit))
    return [RowError(**asdict(row_error)) for row_error in row_errors[:limit]]


@router.get(
    "/not-imported.csv",
    dependencies=[SIGNED],
    response_class=FileResponse,
    responses={200: {"content": {"text/csv": {}}}, **answers(401, 403, 404, 410, 503)},
)
def not_imported(
    code: str,
    imports: TheImports,
    signature: Annotated[str | None, Query(description="as in the job's notImportedDownloadUrl")] = None,
) -> FileResponse:
    """Download the rows that were not imported, each with its reason. Correct them and upload that file as it is."""
    file = imports.not_imported(code)
    return FileResponse(file, media_type="text/csv; charset=utf-8", filename=f"not_imported_{code}.csv")


@router.get(
    "/rejected.csv",
    dependencies=[SIGNED],
    response_class=FileResponse,
    responses={200: {"content": {"text/csv": {}}}, **answers(401, 403, 404, 410, 503)},
)
def rejected(
    code: str,
    imports: TheImports,
    signature: Annotated[str | None, Query(description="that of the job's notImportedDownloadUrl")] = None,
) -> FileResponse:
    """Download only the rejected rows, each with its reasons. Correct them and upload that file as it is."""
    file = imports.rejected(code)
    return FileResponse(file, media_type="text/csv; charset=utf-8", filename=f"rejected_{code}.csv")
