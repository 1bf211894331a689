"""The OpenAPI document, and the page that shows it."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from service.page.answers import html
from service.page.sign_in import SIGNED_IN

router = APIRouter(include_in_schema=False, dependencies=[SIGNED_IN])


@router.get("/openapi.json")
def document(request: Request) -> Response:
    """Return the document as JSON."""
    return JSONResponse(request.app.openapi())


@router.get("/docs")
def documentation(request: Request) -> Response:
    """Show the document, with forms to try the calls."""
    return html(request, "docs.html", {})
