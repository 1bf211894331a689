"""Read JSON bodies in a thread, and refuse bodies that cannot be read with a sentence."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool

from client_import.system.json_text import read_plain_json
from service.api.problems import ProblemError


class _PlainRequest(Request):
    async def json(self) -> Any:
        try:
            return await run_in_threadpool(read_plain_json, await self.body())
        except json.JSONDecodeError:
            raise  # FastAPI says where
        except ValueError as error:
            sentence = f"body: This is no JSON that can be read: {str(error).rstrip('.')}."
            raise ProblemError(HTTPStatus.BAD_REQUEST, sentence) from None


class PlainRoute(APIRoute):
    """A route that refuses a JSON body with strings that are not valid text, or nested too deeply."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return FastAPI's handler, given a request that reads its body with these checks."""
        handle = super().get_route_handler()

        async def handle_plain(request: Request) -> Response:
            return await handle(_PlainRequest(request.scope, request.receive))

        return handle_plain
