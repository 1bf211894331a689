"""End all services on a signal, in the right order: let running imports finish, and leave no process."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from time import monotonic, sleep
from types import FrameType

from client_import.system.printable import printable
from service.serving import groups
from service.serving.service_process import ServiceProcess, Timeouts


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


def print_status(sentence: str) -> None:
    """Print a sentence for the user on stderr, if there still is a terminal."""
    with suppress(OSError):
        print(printable(sentence), file=sys.stderr, flush=True)


def end_all(
    services: Sequence[ServiceProcess],
    orphaned: set[int],
    imports_in: Callable[[set[int]], int],
    stopping: Stopping,
    timeouts: Timeouts,
) -> None:
    """End the services, and the process groups ``orphaned`` by services that died before.

    A service ends before the services it needs. ``imports_in`` returns how many imports are running in process groups;
    these get ``timeouts.running_imports`` seconds to finish, or until another signal.
    """
    ending = _Ending(imports_in, stopping, timeouts)
    running = [service for service in services if service.process is not None]
    count = imports_in({*orphaned, *(service.process.pid for service in running if service.process is not None)})
    if count:
        seconds = f"{timeouts.running_imports:g} s"
        imports = "An import is running and has" if count == 1 else f"{count} imports are running and have"
        print_status(f"{imports} up to {seconds} to finish; Ctrl-C again ends at once.")
    for stage in _stages(running):
        ending.end(stage, set())
    ending.end([], orphaned)


def _stages(services: Sequence[ServiceProcess]) -> Iterator[list[ServiceProcess]]:
    left = list(services)
    while left:
        needed = {name for service in left for name in service.spec.needs}
        stage = [service for service in left if service.spec.name not in needed] or left
        yield stage
        left = [service for service in left if service not in stage]


class _Ending:
    def __init__(self, imports_in: Callable[[set[int]], int], stopping: Stopping, timeouts: Timeouts) -> None:
        self._imports_in = imports_in
        self._stopping = stopping
        self._timeouts = timeouts
        self._signals = stopping.count
        self._imports_deadline = monotonic() + timeouts.running_imports

    def end(self, stage: Sequence[ServiceProcess], orphaned: set[int]) -> None:
        """End the services of a stage, and wait until nothing is left of their process groups."""
        left = {*orphaned}
        for service in stage:
            assert service.process is not None
            left.add(service.process.pid)
            if service.is_ready:
                service.process.terminate()
            else:
                groups.send(service.process.pid, signal.SIGKILL)  # it cannot end cleanly before it is ready
        services_deadline = monotonic() + self._timeouts.stop_service
        while left := {group for group in left if groups.exists(group)}:
            is_ending = monotonic() < services_deadline and any(_is_running(service) for service in stage)
            is_importing = monotonic() < self._imports_deadline and self._imports_in(left) > 0
            if self._stopping.count > self._signals or not (is_ending or is_importing):
                self._end_now(left)
                break
            sleep(groups.TICK_SECONDS)
        for service in stage:
            assert service.process is not None
            service.process.wait()

    def _end_now(self, left: set[int]) -> None:
        if self._imports_in(left):
            print_status("Imports that are still running are cancelled.")
        groups.end(left, self._timeouts.stop_now)


def _is_running(service: ServiceProcess) -> bool:
    return service.process is not None and service.process.poll() is None
