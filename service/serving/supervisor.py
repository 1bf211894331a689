"""Starts parts, restarts those that die, and ends all of them together."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import sleep

from service.serving import groups
from service.serving.ending import end_all, say
from service.serving.guard import OrphanGuard
from service.serving.part import Life, Part, Patience
from service.serving.stopping import Stopping, stopping


@contextmanager
def guarded_folder() -> Iterator[tuple[Path, OrphanGuard]]:
    """Make a scratch folder that only this user can look into, and the guard that removes it, whatever happens."""
    folder = Path(tempfile.mkdtemp(prefix="client-import-"))
    guard = OrphanGuard(folder)
    try:
        yield folder, guard
    finally:
        guard.close()


def supervise(
    parts: Sequence[Part],
    guard: OrphanGuard,
    imports_in: Callable[[set[int]], int] = lambda _: 0,
    patience: Patience | None = None,
) -> None:
    """Run all parts until a signal to stop comes, and end them; returns when no process of theirs is left.

    ``imports_in`` counts the imports under way in process groups, for which the end waits. Raises StoreError when a
    part cannot be brought up, SystemExit(2) when a part says that what it was given does not fit.
    """
    patience = patience or Patience()
    supervisor = _Supervisor([Life(part, patience) for part in parts], guard)
    with stopping() as signals:
        try:
            supervisor.run(signals)
        finally:
            end_all(supervisor.lives, supervisor.orphaned, imports_in, signals, patience)


class _Supervisor:
    def __init__(self, lives: Sequence[Life], guard: OrphanGuard) -> None:
        self.lives = lives
        self.orphaned: set[int] = set()
        self._guard = guard
        self._shown: set[str] = set()

    def run(self, signals: Stopping) -> None:
        """Start and restart until a signal comes."""
        while not signals.count:
            for life in self.lives:
                self._see_to(life)
            self._guard.look()
            self._forget_ended()
            sleep(groups.TICK_SECONDS)

    def _see_to(self, life: Life) -> None:
        group = life.process.pid if life.process is not None else None
        if sentence := life.look():
            say(sentence)
            if group is not None:
                self.orphaned.add(group)
        if life.is_ready and life.part.name not in self._shown:
            self._shown.add(life.part.name)
            for line in life.part.shown:
                say(line)
        if life.may_start and self._has_what_it_needs(life.part):
            self._guard.watch(life.start())

    def _has_what_it_needs(self, part: Part) -> bool:
        return {*part.needs} <= {life.part.name for life in self.lives if life.is_ready}

    def _forget_ended(self) -> None:
        """A run of a code server that was killed goes on without it; its group is there until it ends."""
        for group in [group for group in self.orphaned if not groups.exists(group)]:
            self.orphaned.discard(group)
            self._guard.forget(group)
