"""The guarded Dagster UI as one ASGI application: the sign-in page, and the proxy behind the guard."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.staticfiles import StaticFiles

from service.api.attempts import Attempts
from service.dagster_ui.bodies import WholeBodies
from service.dagster_ui.guard import DagsterGuard
from service.dagster_ui.proxy import Proxy
from service.page import sign_in
from service.page.answers import STATIC
from service.page.sign_in import SignInNeededError
from service.place import Place


def create_app(place: Place, port: int, root: str) -> FastAPI:
    """Return the application in front of Dagster's web server, at ``port`` of loopback below the path ``root``."""
    proxy = Proxy(port, root)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        await proxy.close()

    app = FastAPI(openapi_url=None, lifespan=lifespan, redirect_slashes=False)
    app.state.place, app.state.attempts = place, Attempts()
    app.add_middleware(WholeBodies)
    app.add_middleware(DagsterGuard, place=place)
    app.add_exception_handler(SignInNeededError, _to_sign_in)
    app.add_route("/healthz", _health)
    app.include_router(sign_in.router)
    app.mount("/static", StaticFiles(directory=STATIC))
    app.mount("/", proxy)
    return app


async def _to_sign_in(request: Request, _error: Exception) -> Response:
    return sign_in.to_sign_in(request) or RedirectResponse("/sign-in", 303)


async def _health(_request: Request) -> Response:
    """Return ok: if Dagster's web server had ended, this server would have ended too."""
    return JSONResponse({"status": "ok"}, headers={"Cache-Control": "no-store"})
