"""Start services, restart those that end, and end all of them together."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import sleep

from client_import.system.socket_folder import socket_folder
from service.serving import groups
from service.serving.ending import Stopping, end_all, print_status, stopping
from service.serving.guard import OrphanGuard
from service.serving.service_process import ServiceProcess, ServiceSpec, Timeouts


@contextmanager
def guarded_folder() -> Iterator[tuple[Path, OrphanGuard]]:
    """Create a folder for sockets that only this user can read, and the guard that removes it, whatever happens."""
    folder = Path(tempfile.mkdtemp(prefix="client-import-", dir=socket_folder()))
    guard = OrphanGuard(folder)
    try:
        yield folder, guard
    finally:
        guard.close()


def supervise(
    specs: Sequence[ServiceSpec],
    guard: OrphanGuard,
    imports_in: Callable[[set[int]], int] = lambda _: 0,
    timeouts: Timeouts | None = None,
) -> None:
    """Run all services until a signal to stop, then end them; return when none of their processes is left.

    ``imports_in`` returns how many imports are running in process groups; these are allowed to finish. Raises
    StoreError when a service cannot be started, and SystemExit(2) when its arguments or settings are wrong.
    """
    timeouts = timeouts or Timeouts()
    supervisor = _Supervisor([ServiceProcess(spec, timeouts) for spec in specs], guard)
    with stopping() as signals:
        try:
            supervisor.run(signals)
        finally:
            end_all(supervisor.services, supervisor.orphaned, imports_in, signals, timeouts)


class _Supervisor:
    def __init__(self, services: Sequence[ServiceProcess], guard: OrphanGuard) -> None:
        self.services = services
        self.orphaned: set[int] = set()
        self._guard = guard
        self._shown: set[str] = set()

    def run(self, signals: Stopping) -> None:
        """Start and restart services until a signal arrives."""
        while not signals.count:
            for service in self.services:
                self._update(service)
            self._guard.restart_if_ended()
            self._forget_ended()
            sleep(groups.TICK_SECONDS)

    def _update(self, service: ServiceProcess) -> None:
        group = service.process.pid if service.process is not None else None
        if sentence := service.poll():
            print_status(sentence)
            if group is not None:
                self.orphaned.add(group)
        if service.is_ready and service.spec.name not in self._shown:
            self._shown.add(service.spec.name)
            for line in service.spec.shown:
                print_status(line)
        if service.may_start and self._has_what_it_needs(service.spec):
            if sentence := service.start():
                print_status(sentence)
            elif service.process is not None:
                self._guard.watch(service.process.pid)

    def _has_what_it_needs(self, spec: ServiceSpec) -> bool:
        return {*spec.needs} <= {service.spec.name for service in self.services if service.is_ready}

    def _forget_ended(self) -> None:
        """Forget orphaned groups that have ended: the runs of a killed code server go on without it for a while."""
        for group in [group for group in self.orphaned if not groups.exists(group)]:
            self.orphaned.discard(group)
            self._guard.forget(group)
