"""The routes about fixing rejected rows where they are. The page calls them, too, so a session will do for a key."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from client_import.fixing.grid import GridPage, GridRow, WantedRows
from client_import.fixing.typed import Cell
from client_import.jobs.record import Job
from client_import.validation.validate import MASK
from service.api.bodies import PlainRoute
from service.api.context import TheImports, next_page, record
from service.api.fix_models import CellsGiven, FixedRows, FixPage, FixRow, Replacement, ReplacementGiven
from service.api.models import JobRecord
from service.api.problems import answers
from service.api.threads import in_preview_thread
from service.fixes import Fixes
from service.page.sign_in import SIGNED_IN

router = APIRouter(
    prefix="/clients/import/csv/{code}/fixes",
    tags=["rejected rows"],
    route_class=PlainRoute,
    dependencies=[SIGNED_IN],
)

Reveal = Annotated[bool, Query(description="show the values of sensitive fields, which are masked otherwise")]

_PAGE_HEADER = "x-client-import-page"
"""What the page sends with its calls, so that its jobs are told from those of other programs."""


@router.get("", response_model=FixPage, responses=answers(400, 404, 410, 503))
async def rejected_rows(
    code: str,
    request: Request,
    response: Response,
    imports: TheImports,
    column: Annotated[str | None, Query(description="only rows that had an error in this column")] = None,
    reason: Annotated[str | None, Query(description="only rows with this reason", examples=["bad_format"])] = None,
    typed: Annotated[bool, Query(description="only rows with a typed cell")] = False,
    reveal: Reveal = False,
    limit: Annotated[int, Query(ge=1, le=500, description="how many at most")] = 100,
    cursor: Annotated[int, Query(ge=0, le=1 << 40, description="from the Link header, or any offset")] = 0,
) -> FixPage:
    """List the rejected rows of an ended job as they are now: their cells, what is typed, and what is wrong.

    The header `Link` has the address of the next page.
    """
    fixes, wanted = Fixes(imports), WantedRows(column, reason, typed)
    page = await in_preview_thread(request, fixes.page, code, wanted, offset=cursor, limit=limit, reveal=reveal)
    job = await run_in_threadpool(fixes.imported_as, code)
    if cursor + len(page.rows) < page.wanted:
        next_page(request, response, cursor=str(cursor + limit))
    return _page(page, job, reveal=reveal)


@router.put("", response_model=FixedRows, responses=answers(400, 404, 409, 410, 503))
async def type_cells(
    code: str, request: Request, imports: TheImports, given: CellsGiven, reveal: Reveal = False
) -> FixedRows:
    """Keep what is typed into cells, all or none, and return their rows with what is wrong with them now.

    The last one that types into a cell wins. What depends on other rows and on the clients is found by the import.
    """
    cells = [Cell(cell.row, cell.column, cell.text) for cell in given.cells]
    return FixedRows(rows=_rows(await in_preview_thread(request, Fixes(imports).type, code, cells, reveal=reveal)))


@router.post(
    "/replacements",
    status_code=HTTPStatus.CREATED,
    response_model=Replacement,
    responses=answers(400, 404, 409, 410, 503),
)
async def replace_value(code: str, request: Request, imports: TheImports, given: ReplacementGiven) -> Replacement:
    """Replace a value in a whole column, in all rejected rows. What is typed later stays."""
    found = await in_preview_thread(request, Fixes(imports).replace, code, given.column, given.old, given.new)
    return Replacement.model_validate(found)


@router.delete("/replacements/{step}", status_code=HTTPStatus.NO_CONTENT, responses=answers(400, 404, 409, 410, 503))
def take_replacement_back(
    code: str, step: Annotated[int, Path(ge=0, le=1 << 40, description="of the replacement")], imports: TheImports
) -> None:
    """Take a replacement back. Nothing happens when it was taken back before."""
    Fixes(imports).take_back(code, step)


@router.post(
    "/import", status_code=HTTPStatus.ACCEPTED, response_model=JobRecord, responses=answers(404, 410, 429, 503)
)
async def import_fixed_rows(code: str, request: Request, imports: TheImports) -> Response:
    """Import the rejected rows with what is typed, as a new job with the choices of the first; poll that job.

    Of an import that was stopped these are all rows of its file. Rows that are still wrong are rejected again. A second
    call returns the same job, unless that failed.
    """
    started_by = ("page",) if _PAGE_HEADER in request.headers else ()
    job = await in_preview_thread(request, Fixes(imports).import_rows, code, *started_by)
    location = f"{request.scope.get('root_path', '')}/clients/import/csv/{job.code}"
    return JSONResponse(record(request, job), HTTPStatus.ACCEPTED, {"Location": location})


def _rows(rows: tuple[GridRow, ...]) -> list[FixRow]:
    return [FixRow.model_validate(row) for row in rows]


def _page(page: GridPage, job: Job | None, *, reveal: bool) -> FixPage:
    hidden = set() if reveal else {column.header for column in page.columns if column.is_sensitive}
    shown = FixPage.model_validate({**_fields(page), "imported_as": job.code if job else None})
    for each in shown.replacements:
        if each.column in hidden:
            each.old = each.new = MASK
    return shown


def _fields(page: GridPage) -> dict[str, object]:
    return {name: getattr(page, name) for name in ("columns", "rows", "wanted", "total", "touched", "replacements")}
