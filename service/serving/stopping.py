"""Count SIGINT, SIGTERM and SIGHUP, so that the main loop can act on them."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Stopping:
    """The number of signals to stop so far."""

    def __init__(self) -> None:
        self.count = 0

    def handle(self, _number: int, _frame: FrameType | None) -> None:
        """Count a signal; Python calls this in the main thread."""
        self.count += 1


@contextmanager
def stopping() -> Iterator[Stopping]:
    """Count the signals that arrive within the context. A hang-up that is ignored (``nohup``) stays ignored."""
    counted = Stopping()
    numbers = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        numbers.append(signal.SIGHUP)
    before = {number: signal.signal(number, counted.handle) for number in numbers}
    try:
        yield counted
    finally:
        for number, old in before.items():
            signal.signal(number, old)
