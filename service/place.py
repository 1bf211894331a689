"""The settings, home folder and job store that the commands, the API and the page work on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from client_import.jobs.log import write_log
from client_import.jobs.opening import open_job_store, what_is_lost
from client_import.jobs.record import Job
from client_import.jobs.store import JobStore
from client_import.notify.services import check_receivers
from client_import.paths import Home
from client_import.retention import clean_up
from client_import.settings import Settings, read_settings
from client_import.system.disk import state_of
from service.output import print_error


@dataclass(frozen=True, slots=True)
class Place:
    """An open home folder."""

    settings: Settings
    home: Home
    store: JobStore

    def recovered(self, job: Job) -> Job:
        """Return the job with the URL of its rows not imported; if its process is gone, recover it first."""
        if not job.status.is_final:
            heartbeat = self.store.heartbeat(job.code)
            if heartbeat is None or heartbeat.is_dead:
                job = self._recover(job)
        return self.with_url(job)

    def with_url(self, job: Job) -> Job:
        """Return the job with the URL of its rows not imported."""
        return job.with_url(self.home.job(job.code).not_imported.as_uri())

    def clean_up(self) -> None:
        """Recover all jobs whose process is gone, :meth:`agree` and :meth:`clear_away`."""
        for job in self.store.unfinished():
            self.recovered(job)
        self.agree()
        self.clear_away()

    @property
    def agrees(self) -> bool:
        """Whether neither the file of the clients nor that of the jobs was replaced since the two were compared.

        With PostgreSQL, clients and jobs are in one database.
        """
        file = self.home.clients_database
        return bool(self.settings.database_url) or state_of(file) in ("", self.store.agreement.seen())

    def agree(self) -> None:
        """Correct the job records if they may not agree with the ledger; one that is in use now is left for later."""
        if not self.agrees:
            # Imported here because DuckDB is slow to import, and rarely needed.
            from client_import.clients.store import open_clients
            from client_import.recovery.agree import agree_if_possible

            agree_if_possible(self.store, open_clients(self.settings, self.home, max_wait_seconds=0), self.home)

    def clear_away(self) -> None:
        """Delete what dead processes have left, and files whose retention is over."""
        clean_up(self.home, self.store, self.settings)

    def _recover(self, job: Job) -> Job:
        # Imported here because DuckDB is slow to import, and rarely needed.
        from client_import.clients.store import open_for_recovery
        from client_import.recovery.recover import recover

        return recover(self.store, open_for_recovery(self.settings, self.home), self.home.job(job.code), job.code)


@contextmanager
def open_place(*, tells: bool = False) -> Iterator[Place]:
    """Open the home folder of the settings; create it if it is missing.

    With ``tells``, whoever is to be told of a job that ends here is told at the end. Raises OptionsError, before
    anything is done, when one of their addresses is wrong.
    """
    settings = read_settings()
    write_log(settings.log)
    if tells:
        check_receivers(settings.receivers)
    home = Home(settings.home).create()
    with open_job_store(settings, home) as store:
        if sentence := what_is_lost(store, home):
            print_error(sentence)
        try:
            yield Place(settings, home, store)
        finally:
            if tells:
                _tell(settings, store)


def _tell(settings: Settings, store: JobStore) -> None:
    if settings.receivers:
        # Imported here because they are slow to import, and nobody is told by default.
        from client_import.notify.deliverer import tell_quickly
        from service.foreground import stop_signals

        with stop_signals() as signals:
            signals.defer()  # the exit status is that of the import
            tell_quickly(settings, store)
