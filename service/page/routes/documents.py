"""Files to take away, the OpenAPI document, and the page that shows it."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from service.api.context import TheImports
from service.api.routes.reference import Mapping, export_of, template_of
from service.api.threads import waits_for_previews
from service.page.answers import HEADERS, html
from service.page.sign_in import SIGNED_IN

router = APIRouter(include_in_schema=False, dependencies=[SIGNED_IN])


@router.get("/template.csv")
def template(imports: TheImports, mapping: Mapping = None) -> Response:
    """Download an empty CSV file with a column for every field, or with those of a saved mapping."""
    return _as_page(template_of(imports, mapping))


@router.get("/export.csv")
@waits_for_previews
def export(request: Request, imports: TheImports, mapping: Mapping = None) -> Response:
    """Download all clients as CSV, in the columns of a saved mapping or of every field."""
    return _as_page(export_of(imports, mapping))


@router.get("/openapi.json")
def document(request: Request) -> Response:
    """Return the document as JSON."""
    return JSONResponse(request.app.openapi())


@router.get("/docs")
def documentation(request: Request) -> Response:
    """Show the document, with forms to try the calls."""
    return html(request, "docs.html", {})


def _as_page(answer: Response) -> Response:
    answer.headers.update(HEADERS)
    return answer
