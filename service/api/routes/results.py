"""The routes about results: row errors, and the files of rows not imported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from service.api.access import SIGNED
from service.api.context import Limit, TheImports, next_page
from service.api.models import RowError, RowErrorSummary
from service.api.problems import answers
from service.api.routes.downloads import XLSX, FileDownload, as_download, in_blocks
from service.api.threads import in_preview_thread, waits_for_previews
from service.imports import Imports

router = APIRouter(prefix="/clients/import/csv/{code}", tags=["results"])

_DOWNLOAD: dict[str, Any] = {
    "dependencies": [SIGNED],
    "response_class": FileDownload,
    "responses": {200: {"content": {"text/csv": {}}}, **answers(401, 403, 404, 410, 416, 503)},
}

_WORKBOOK: dict[str, Any] = {
    "dependencies": [SIGNED],
    "response_class": StreamingResponse,
    "responses": {200: {"content": {XLSX: {}}}, **answers(401, 403, 404, 409, 410, 503)},
}

Signature = Annotated[str | None, Query(description="as in the job's notImportedDownloadUrl")]


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


@router.get("/not-imported.csv", **_DOWNLOAD)
def not_imported(code: str, imports: TheImports, signature: Signature = None) -> FileDownload:
    """Download the rows that were not imported, each with its reason. Correct them and upload that file as it is."""
    return _csv(imports.not_imported(code), f"not_imported_{code}.csv")


@router.get("/rejected.csv", **_DOWNLOAD)
def rejected(code: str, imports: TheImports, signature: Signature = None) -> FileDownload:
    """Download only the rejected rows, each with its reasons. Correct them and upload that file as it is."""
    return _csv(imports.rejected(code), f"rejected_{code}.csv")


@router.get("/not-imported.xlsx", **_WORKBOOK)
@waits_for_previews
def not_imported_workbook(
    code: str, request: Request, imports: TheImports, signature: Signature = None
) -> StreamingResponse:
    """Download the rows that were not imported as a workbook, with the wrong cells marked."""
    return _xlsx(imports, code, imports.not_imported(code), f"not_imported_{code}.xlsx")


@router.get("/rejected.xlsx", **_WORKBOOK)
@waits_for_previews
def rejected_workbook(
    code: str, request: Request, imports: TheImports, signature: Signature = None
) -> StreamingResponse:
    """Download only the rejected rows as a workbook, with the wrong cells marked, each with its sentences."""
    return _xlsx(imports, code, imports.rejected(code), f"rejected_{code}.xlsx")


def _xlsx(imports: Imports, code: str, rows: Path, name: str) -> StreamingResponse:
    with imports.as_workbook(code, rows) as file:
        blocks = in_blocks(file)  # it stays readable after its folder is deleted
    return StreamingResponse(blocks, media_type=XLSX, headers=as_download(name))


def _csv(file: Path, name: str) -> FileDownload:
    return FileDownload(file, media_type="text/csv; charset=utf-8", filename=name)
