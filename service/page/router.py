"""The page on the application: its calls, its files, and how it speaks of faults."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from service.page import sign_in
from service.page.answers import HEADERS, STATIC
from service.page.faults_page import tell_faults
from service.page.routes import checking, history, running, uploading

_FOR_GOOD = "public, max-age=31536000, immutable"


class _Files(StaticFiles):
    """Files that browsers keep for good when their address has the version, and ask for again when it has not."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        answer = await super().get_response(path, scope)
        answer.headers["X-Content-Type-Options"] = HEADERS["X-Content-Type-Options"]
        answer.headers["Cache-Control"] = _FOR_GOOD if scope["query_string"] else "no-cache"
        return answer


def add_page(app: FastAPI) -> None:
    """Have ``app`` serve the page beside the API: after its routes and the handlers of its errors are there."""
    for module in (uploading, checking, running, history, sign_in):
        app.include_router(module.router)
    app.mount("/static", _Files(directory=Path(STATIC)), name="static")
    tell_faults(app)
