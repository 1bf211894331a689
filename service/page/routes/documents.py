"""What there is to read and to take away: help, an empty file, all clients, the OpenAPI document and its page."""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import JSONResponse

from service.api.context import TheImports
from service.api.routes.reference import Mapping, export_of, template_of
from service.api.threads import waits_for_previews
from service.page.answers import HEADERS, go_to, html
from service.page.sign_in import SIGNED_IN

router = APIRouter(include_in_schema=False, dependencies=[SIGNED_IN])

_HELP = {"preparing-your-file": "Preparing your file", "reasons": "Why a row was not imported"}
_HELP_FILES = Path(__file__).parents[1] / "help"
"""Pages of docs/ as HTML, which ``make docs`` writes."""


@router.get("/template.csv")
def template(imports: TheImports, mapping: Mapping = None) -> Response:
    """Download an empty CSV file with a column for every field, or with those of a saved mapping."""
    return _as_page(template_of(imports, mapping))


@router.get("/export.csv")
@waits_for_previews
def export(request: Request, imports: TheImports, mapping: Mapping = None) -> Response:
    """Download all clients as CSV, in the columns of a saved mapping or of every field."""
    return _as_page(export_of(imports, mapping))


@router.get("/help")
def help_start(request: Request) -> Response:
    """Go to the first page of the help."""
    return go_to(request, f"/help/{next(iter(_HELP))}")


@router.get("/help/{page}")
def help_page(page: str, request: Request) -> Response:
    """Show a page of the help."""
    if page not in _HELP:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    article = (_HELP_FILES / f"{page}.html").read_text("utf-8")
    return html(request, "help.html", {"page": page, "pages": _HELP, "title": _HELP[page], "article": article})


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
