"""Check who may use the Dagster UI, and which addresses of Dagster's web server can be reached."""

from __future__ import annotations

import re
from http import HTTPStatus
from urllib.parse import urlencode, urlsplit

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from service.api.problems import ProblemError, problem
from service.names import refused_host
from service.origin import is_from_elsewhere
from service.page.sign_in import demand_session
from service.place import Place

GRAPHQL = "/graphql"

_TO_SIGN_IN = re.compile(r"/(?:healthz|sign-in|sign-out|static/.*)", re.DOTALL)
"""Our own addresses, which need no session: they begin and end one."""

_CLOSED = re.compile(
    r"/(?:(?:dagit/)?notebook|dagit_info|logs/.*|report_asset_(?:materialization|check|observation)/.*)", re.DOTALL
)
"""Addresses that are not needed: files of the machine by path, and asset events reported from outside."""

_DOTS = re.compile(r"(?:.*/)?\.{1,2}(?:/.*)?", re.DOTALL)

_FOREIGN_NAME = (
    "The Dagster UI is called {host} by nobody it knows. Call it localhost or 127.0.0.1, or set "
    "CLIENT_IMPORT_DAGSTER_UI to its address."
)
_FOREIGN = "This call comes from another website. The Dagster UI answers only to its own pages, and to programs."
_NOTHING = "There is nothing at this address of the Dagster UI."
_NO_GET = "GraphQL is not asked with GET here. Send a POST with the content type application/json."
_NO_METHOD = "This address takes GET only."
_NO_TYPE = "GraphQL is asked with the content type application/json here, and no other."


class DagsterGuard:
    """ASGI middleware in front of Dagster's web server and the sign-in page; it reads no body.

    Every request, also of a WebSocket, must use a known host name and come from no other website. If API keys are set,
    it needs one as ``x-api-key``, or a session of the page. GraphQL is accepted only as a POST of JSON or by WebSocket:
    a browser sends neither for another website without a preflight or an Origin.
    """

    def __init__(self, app: ASGIApp, place: Place) -> None:
        self._app = app
        self._place = place
        urls = (place.settings.dagster_ui, place.settings.dagster_url)
        own = [name for url in urls if (name := urlsplit(url).hostname)]
        self._settings = place.settings.model_copy(update={"allowed_hosts": ",".join([*place.settings.hosts, *own])})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket"):
            try:
                await self._check(HTTPConnection(scope))
            except ProblemError as error:
                await self._refusal(scope, error)(scope, receive, send)
                return
        await self._app(scope, receive, send)

    async def _check(self, call: HTTPConnection) -> None:
        method, path = call.scope.get("method", "GET"), call.scope["path"]
        host = call.headers.get("host", "")
        if refused_host(call.headers, self._settings) is not None:
            raise ProblemError(HTTPStatus.FORBIDDEN, _FOREIGN_NAME.format(host=host or "nothing"))
        if is_from_elsewhere(call.headers, method):
            raise ProblemError(HTTPStatus.FORBIDDEN, _FOREIGN)
        if call.scope["type"] == "http" and _TO_SIGN_IN.fullmatch(path):
            return
        await demand_session(call.headers, self._place)
        _check_what(call.scope["type"], method, path, call.headers)

    def _refusal(self, scope: Scope, error: ProblemError) -> Response:
        """Return a redirect to the sign-in page for a person, or an error for a program."""
        is_person = scope["type"] == "http" and "text/html" in Headers(scope=scope).get("accept", "")
        if error.status_code == HTTPStatus.UNAUTHORIZED and is_person and scope["method"] == "GET":
            query = scope["query_string"].decode("latin-1")
            onwards = scope["path"] + (f"?{query}" if query else "")
            return RedirectResponse(f"/sign-in?{urlencode({'next': onwards})}", HTTPStatus.SEE_OTHER)
        headers = dict(error.headers or {})
        if scope["path"] == GRAPHQL:
            return JSONResponse({"errors": [{"message": str(error.detail)}]}, error.status_code, headers)
        return problem(error.status_code, str(error.detail), headers=headers)


def _check_what(kind: str, method: str, path: str, headers: Headers) -> None:
    if _CLOSED.fullmatch(path) or _DOTS.fullmatch(path) or (kind == "websocket" and path != GRAPHQL):
        raise ProblemError(HTTPStatus.NOT_FOUND, _NOTHING)
    if kind == "websocket":
        return
    if path.rstrip("/") != GRAPHQL:
        if method not in ("GET", "HEAD"):
            raise ProblemError(HTTPStatus.METHOD_NOT_ALLOWED, _NO_METHOD, {"Allow": "GET, HEAD"})
    elif method != "POST":
        raise ProblemError(HTTPStatus.METHOD_NOT_ALLOWED, _NO_GET, {"Allow": "POST"})
    elif headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise ProblemError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, _NO_TYPE)
