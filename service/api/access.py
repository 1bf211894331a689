"""What a route demands of a request: a key, unless it says otherwise.

A route says so by a dependency, its router's or its own: ``dependencies=[OPEN]``. :mod:`service.api.guard` asks before
anything of the body is read, and FastAPI asks again when it calls the route.
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
    """What a request must have; ``check`` raises ProblemError, or SignInNeededError, for one that has not.

    It may look at everything but the body. ``path_params`` of the request are those of the route.
    """

    check: Callable[[Request], Awaitable[None]]

    async def __call__(self, request: Request) -> None:
        await self.check(request)


def settings_of(request: Request) -> Settings:
    """Return the settings of the server that has the request."""
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
"""One of CLIENT_IMPORT_API_KEYS as ``x-api-key``, when there are any. A route that says nothing demands this."""

OPEN = Depends(Demand(_anybody))
"""Nothing: for what everybody may see."""

SIGNED = Depends(Demand(_signature_or_key))
"""The signature of a download link in the query or, when there are keys, one of them."""
