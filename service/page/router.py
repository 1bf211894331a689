"""The routes of the page and its static files."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter, Request
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from service.api.access import OPEN
from service.page import sign_in
from service.page.answers import HEADERS, STATIC
from service.page.routes import (
    changes,
    checking,
    clients,
    documents,
    fixing,
    history,
    mappings,
    running,
    undoing,
    uploading,
)

_FOR_GOOD = "public, max-age=31536000, immutable"
_FILES = StaticFiles(directory=Path(STATIC))

_static = APIRouter(include_in_schema=False)


@_static.api_route("/static/{path:path}", methods=["GET", "HEAD"], dependencies=[OPEN])
async def static_file(path: str, request: Request) -> Response:
    """Return a static file; browsers keep it forever if its address has a version, and revalidate it otherwise."""
    answer = await _FILES.get_response(path, request.scope)
    answer.headers["X-Content-Type-Options"] = HEADERS["X-Content-Type-Options"]
    answer.headers["Cache-Control"] = _FOR_GOOD if request.scope["query_string"] else "no-cache"
    return answer


_MODULES = (uploading, checking, running, fixing, changes, undoing, history, clients, mappings, documents, sign_in)

ROUTERS = (*(module.router for module in _MODULES), _static)
"""All routes of the page."""
