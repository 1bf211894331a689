"""Threads in which calls wait for previews, separate from those that answer all other calls."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import partial, wraps
from typing import Any, ParamSpec, TypeVar, cast

from anyio import CapacityLimiter, to_thread
from fastapi import Request

from client_import.errors import StoreError
from client_import.settings import Settings

Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")


class TooManyPreviewsError(StoreError):
    """Too many previews are waiting already."""


class PreviewThreads:
    """As many threads as previews may run and wait; a call that finds none free is refused."""

    def __init__(self, settings: Settings) -> None:
        self._waiting = settings.previews_waiting
        self._most = settings.previews + settings.previews_waiting
        self._limiter = CapacityLimiter(self._most)
        self._taken = 0  # counted here, because the limiter counts a thread only once it is handed out

    async def run(
        self, function: Callable[Arguments, Answer], *arguments: Arguments.args, **named: Arguments.kwargs
    ) -> Answer:
        """Call ``function`` in one of the threads; raises TooManyPreviewsError at once when none is free."""
        if self._taken >= self._most:
            raise TooManyPreviewsError(
                f"{self._waiting:,} previews wait for their turn already, the most CLIENT_IMPORT_PREVIEWS_WAITING "
                "allows. Try again in a moment."
            )
        self._taken += 1
        try:
            return await to_thread.run_sync(partial(function, *arguments, **named), limiter=self._limiter)
        finally:
            self._taken -= 1


async def in_preview_thread(
    request: Request, function: Callable[Arguments, Answer], *arguments: Arguments.args, **named: Arguments.kwargs
) -> Answer:
    """Call ``function``, which waits for previews, in a thread where it does not block other calls."""
    return await _threads_of(request).run(function, *arguments, **named)


def waits_for_previews(route: Callable[Arguments, Answer]) -> Callable[Arguments, Coroutine[Any, Any, Answer]]:
    """Have a route, one of whose parameters is ``request``, run in such a thread."""

    @wraps(route)
    async def run(*arguments: Arguments.args, **named: Arguments.kwargs) -> Answer:
        return await _threads_of(cast(Request, named["request"])).run(route, *arguments, **named)

    return run


def _threads_of(request: Request) -> PreviewThreads:
    return cast(PreviewThreads, request.app.state.preview_threads)
