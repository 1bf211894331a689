"""Check every request before its body is read: its host name, the website it comes from, and its key."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus

from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Receive, Scope, Send

from client_import.errors import ClientImportError
from client_import.settings import Settings
from client_import.system.printable import printable
from service.api.access import KEY, Demand
from service.api.problems import ProblemError
from service.names import refused_host
from service.origin import is_from_elsewhere, known_origins

_READS = ("GET", "HEAD", "OPTIONS")
"""Methods that change nothing; CORS decides which other websites may see their responses."""

_FOREIGN = (
    "This call comes from another website, {origin}. If that is yours, name it in CLIENT_IMPORT_CORS_ORIGINS; "
    "if not, do nothing."
)


class AccessGuard:
    """ASGI middleware that refuses requests before any of their body is read.

    ``routes`` are all routes, in the order in which they are matched. A request that matches none of them needs a key.
    """

    def __init__(self, app: ASGIApp, settings: Settings, routes: Sequence[BaseRoute]) -> None:
        self._app = app
        self._settings = settings
        self._origins = known_origins(settings)
        self._routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] == "http":
            try:
                await self._check(scope)
            except (ClientImportError, HTTPException) as error:
                answer = await _answer(Request(scope), error)
                await answer(scope, _nothing, send)
                return
        await self._app(scope, receive, send)

    async def _check(self, scope: Scope) -> None:
        headers = Request(scope).headers
        if refusal := refused_host(headers, self._settings):
            raise ProblemError(HTTPStatus.FORBIDDEN, refusal)
        if scope["method"] not in _READS and is_from_elsewhere(headers, scope["method"], self._origins):
            origin = printable(headers.get("origin", "which the browser does not name"))[:300]
            raise ProblemError(HTTPStatus.FORBIDDEN, _FOREIGN.format(origin=origin))
        route, found = self._route_of(scope)
        for demand in demands_of(route):
            await demand(Request({**scope, **found}))

    def _route_of(self, scope: Scope) -> tuple[BaseRoute | None, Scope]:
        for route in self._routes:
            match, found = route.matches(scope)
            if match is Match.FULL:
                return route, found
        return None, {}


def demands_of(route: BaseRoute | None) -> list[Demand]:
    """Return the requirements of ``route``; a key if it declares none, or is None."""
    declared = route.dependencies if isinstance(route, APIRoute) else ()
    return [each.dependency for each in declared if isinstance(each.dependency, Demand)] or [KEY]


async def _answer(request: Request, error: Exception) -> Response:
    """Return the response to ``error`` from the application's exception handlers."""
    handlers = request.app.exception_handlers
    handler = next(handlers[kind] for kind in type(error).__mro__ if kind in handlers)
    answer: Response = await handler(request, error)
    return answer


async def _nothing() -> dict[str, str]:
    return {"type": "http.disconnect"}
