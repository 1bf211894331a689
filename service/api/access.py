"""What a route requires of a request: a key, unless the route declares something else.

A route or its router declares it as a dependency, such as ``dependencies=[OPEN]``. :mod:`service.api.guard` checks it
before any of the body is read, and FastAPI checks it again when it calls the route.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import cast

from fastapi import Depends, Request

from client_import.settings import Settings
from service.api.context import links_of
from service.api.keys import HEADER, demand_key
from service.api.problems import ProblemError
from service.place import Place

_UNSIGNED = "This address needs a signature. Ask for the job: its notImportedDownloadUrl has a fresh one."


@dataclass(frozen=True, slots=True)
class Demand:
    """A requirement: ``check`` raises ProblemError or SignInNeededError for a request that does not meet it.

    It may read everything except the body. The request has the ``path_params`` of the route.
    """

    check: Callable[[Request], Awaitable[None]]

    async def __call__(self, request: Request) -> None:
        await self.check(request)


def settings_of(request: Request) -> Settings:
    """Return the settings of the server that handles the request."""
    return place_of(request).settings


def place_of(request: Request) -> Place:
    """Return the home folder that the server works on, with its settings and its job store."""
    return cast(Place, request.app.state.place)


async def _anybody(_request: Request) -> None:
    return


async def _key(request: Request) -> None:
    demand_key(request.headers.get(HEADER), settings_of(request).keys)


async def _signature_or_key(request: Request) -> None:
    signatures = request.query_params.getlist("signature")
    if signatures:
        for signature in signatures:
            links_of(request).check(request.path_params["code"], signature)
    elif settings_of(request).keys:
        await _key(request)
    else:
        raise ProblemError(HTTPStatus.FORBIDDEN, _UNSIGNED)


KEY = Demand(_key)
"""One of CLIENT_IMPORT_API_KEYS as ``x-api-key``, if there are any. This is the default."""

OPEN = Depends(Demand(_anybody))
"""Nothing: anybody may see the response."""

SIGNED = Depends(Demand(_signature_or_key))
"""The signature of a download link in the query, or an API key if there are any."""
