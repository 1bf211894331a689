"""The OpenAPI document, and the page on which it is read and tried out."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from service.page.answers import html
from service.page.sign_in import SIGNED_IN

router = APIRouter(include_in_schema=False, dependencies=[SIGNED_IN])


@router.get("/openapi.json")
def document(request: Request) -> Response:
    """Give the document to programs."""
    return JSONResponse(request.app.openapi())


@router.get("/docs")
def documentation(request: Request) -> Response:
    """Show the document, with forms to make the calls."""
    return html(request, "docs.html", {})
