"""The memory that this process takes for something: the kernel's own maximum has in it what its parent had."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from client_import.system.limited import memory_of

_SECONDS = 0.01


@dataclass
class Peak:
    """``megabytes`` is what was taken at most, beyond what the process had before, in MiB."""

    megabytes: int = 0


@contextmanager
def peak() -> Iterator[Peak]:
    """Look at the memory of this process, a hundred times a second, until the end of the context."""
    found, before, is_over = Peak(), memory_of(os.getpid()), threading.Event()

    def look() -> None:
        while not is_over.wait(_SECONDS):
            found.megabytes = max(found.megabytes, (memory_of(os.getpid()) - before) >> 20)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield found
    finally:
        is_over.set()
        thread.join()
