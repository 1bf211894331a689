"""Ends all parts, in the right order: nothing new comes in, imports finish, and no process is left."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from time import monotonic, sleep

from client_import.system.printable import printable
from service.serving import groups
from service.serving.part import Life, Patience
from service.serving.stopping import Stopping


def say(sentence: str) -> None:
    """Tell the user; the terminal may be gone."""
    with suppress(OSError):
        print(printable(sentence), file=sys.stderr, flush=True)


def end_all(
    lives: Sequence[Life],
    orphaned: set[int],
    imports_in: Callable[[set[int]], int],
    stopping: Stopping,
    patience: Patience,
) -> None:
    """End the parts, and what is left of those that died before (``orphaned``, process groups).

    ``imports_in`` counts the imports under way in process groups. They are waited for with a bound; another signal
    ends the waiting. What a part needs is ended after it.
    """
    ending = _Ending(imports_in, stopping, patience)
    running = [life for life in lives if life.process is not None]
    count = imports_in({*orphaned, *(life.process.pid for life in running if life.process is not None)})
    if count:
        are = "An import is" if count == 1 else f"{count} imports are"
        say(f"{are} under way, and waited for up to {patience.for_imports:g} s; Ctrl-C again ends at once.")
    for stage in _stages(running):
        ending.end(stage, set())
    ending.end([], orphaned)


def _stages(lives: Sequence[Life]) -> Iterator[list[Life]]:
    left = list(lives)
    while left:
        needed = {name for life in left for name in life.part.needs}
        stage = [life for life in left if life.part.name not in needed] or left
        yield stage
        left = [life for life in left if life not in stage]


class _Ending:
    def __init__(self, imports_in: Callable[[set[int]], int], stopping: Stopping, patience: Patience) -> None:
        self._imports_in = imports_in
        self._stopping = stopping
        self._patience = patience
        self._signals = stopping.count
        self._give_up = monotonic() + patience.for_imports

    def end(self, stage: Sequence[Life], orphaned: set[int]) -> None:
        """End the parts of a stage, and wait until nothing is left of their process groups."""
        left = {*orphaned}
        for life in stage:
            assert life.process is not None
            left.add(life.process.pid)
            if life.is_ready:
                life.process.terminate()
            else:
                groups.send(life.process.pid, signal.SIGKILL)  # one that is starting knows no clean end
        part_ends = monotonic() + self._patience.for_a_part
        while left := {group for group in left if groups.exists(group)}:
            is_ending = monotonic() < part_ends and any(_runs(life) for life in stage)
            is_waited_for = is_ending or (monotonic() < self._give_up and self._imports_in(left) > 0)
            if self._stopping.count > self._signals or not is_waited_for:
                self._end_now(left)
                break
            sleep(groups.TICK_SECONDS)
        for life in stage:
            assert life.process is not None
            life.process.wait()

    def _end_now(self, left: set[int]) -> None:
        if self._imports_in(left):
            say("What is still under way is cancelled.")
        groups.end(left, self._patience.at_once)


def _runs(life: Life) -> bool:
    return life.process is not None and life.process.poll() is None
