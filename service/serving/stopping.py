"""SIGINT, SIGTERM and the end of the terminal: noted, and heeded where it suits."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Stopping:
    """How many signals to stop have come."""

    def __init__(self) -> None:
        self.count = 0

    def note(self, _number: int, _frame: FrameType | None) -> None:
        """Take a signal; Python calls this in the main thread."""
        self.count += 1


@contextmanager
def stopping() -> Iterator[Stopping]:
    """Note the signals that come while the context lasts. A hang-up that is ignored (``nohup``) stays ignored."""
    noted = Stopping()
    numbers = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        numbers.append(signal.SIGHUP)
    before = {number: signal.signal(number, noted.note) for number in numbers}
    try:
        yield noted
    finally:
        for number, old in before.items():
            signal.signal(number, old)
