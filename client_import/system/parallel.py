"""Work done in threads, whose results come in the order of what they are of."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def in_order(
    pool: ThreadPoolExecutor, work: Callable[[Item], Result], items: Iterator[Item], ahead: int
) -> Iterator[Result]:
    """Yield ``work(item)`` for each of ``items`` in their order, with at most ``ahead`` of them under way."""
    waiting: deque[Future[Result]] = deque()
    try:
        for item in items:
            waiting.append(pool.submit(work, item))
            if len(waiting) >= ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for future in waiting:
            future.cancel()
