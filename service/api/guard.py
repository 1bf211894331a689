"""Who may call: the key of a call, and the website a browser sends it from."""

from __future__ import annotations

import re
from http import HTTPStatus
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from service.api.keys import HEADER, demand_key, is_loopback
from service.api.problems import ProblemError, problem

_CALLS = re.compile(r"/(?:clients|csv-mappings|metrics)(?:/|$)")
_DOWNLOAD = re.compile(r"/clients/import/csv/[^/]+/not-imported\.csv")

_HOST = re.compile(r"(?:(?P<name>[^:\[\]]+)|\[(?P<address>[^\[\]]+)\])(?::\d+)?")

_FOREIGN = (
    "This call comes from another website, {origin}. If that is yours, name it in CLIENT_IMPORT_CORS_ORIGINS; "
    "if not, do nothing."
)


_FOREIGN_NAME = (
    "This server is called {host} by nobody it knows. Call it localhost or 127.0.0.1, set CLIENT_IMPORT_PUBLIC_URL to "
    "its address, or set CLIENT_IMPORT_API_KEYS."
)


class Guard:
    """ASGI middleware: calls of the API need a key, and no other website may change anything through a browser.

    A signed download link needs no key. The page has its own way to ask for one (:mod:`service.page`). Without keys
    the server answers to names of this machine only, and to that of ``public_url``: a website can have its own name
    lead here, and would then be none of the others.
    """

    def __init__(self, app: ASGIApp, keys: tuple[str, ...], origins: tuple[str, ...], public_url: str) -> None:
        self._app = app
        self._keys = keys
        self._origins = origins
        self._public_name = urlsplit(public_url).hostname

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            try:
                self._check(scope)
            except ProblemError as error:
                answer = problem(error.status_code, str(error.detail), headers=dict(error.headers or {}))
                await answer(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _check(self, scope: Scope) -> None:
        headers, path = Headers(scope=scope), scope["path"]
        if not self._keys:
            self._refuse_foreign_name(headers.get("host", ""))
        if scope["method"] not in ("GET", "HEAD", "OPTIONS"):
            self._refuse_foreign(headers)
        if scope["method"] == "OPTIONS" or not _CALLS.match(path):
            return
        if _DOWNLOAD.fullmatch(path) and b"signature=" in scope["query_string"]:
            return
        demand_key(headers.get(HEADER), self._keys)

    def _refuse_foreign_name(self, host: str) -> None:
        match = _HOST.fullmatch(host.lower())
        name = match["name"] or match["address"] if match else None
        if not name or not (is_loopback(name) or name == self._public_name):
            raise ProblemError(HTTPStatus.FORBIDDEN, _FOREIGN_NAME.format(host=host or "nothing"))

    def _refuse_foreign(self, headers: Headers) -> None:
        origin = headers.get("origin")
        if origin is None or origin in self._origins:
            return
        if origin.partition("://")[2] != headers.get("host"):
            raise ProblemError(HTTPStatus.FORBIDDEN, _FOREIGN.format(origin=origin))
