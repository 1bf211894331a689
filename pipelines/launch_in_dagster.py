"""The launcher that sends imports to Dagster's queue, for a deployment: the daemon launches them as it does all runs.

A job that was asked to start is submitted at once; when Dagster is away, as soon as it is back: a thread looks every
few seconds at the jobs that no process has begun. It also ends those whose run has ended before it began the job,
because then nobody else would.
"""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from itertools import count
from urllib.parse import urlsplit

import dagster as dg
from dagster_graphql import DagsterGraphQLClient, DagsterGraphQLClientError
from gql.transport.exceptions import TransportQueryError

from client_import.errors import ClientImportError, JobNotFoundError, JobStateError, StoreError
from client_import.jobs.log import logger
from client_import.jobs.store import JobStore
from client_import.paths import Home
from client_import.recovery.recover import RETRIED_WITHIN, recover
from client_import.settings import Settings
from pipelines.job_run import CLIENT_IMPORT, run_of
from pipelines.launcher import STARTED_BY

_LOCATION, _REPOSITORY = "client_import", "__repository__"

_LOOK_SECONDS = 3.0
_TIMEOUT_SECONDS = 20
_ABLE_TIMEOUT_SECONDS = 3

_ENDED = (dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.SUCCESS)


class DagsterQueue:
    """The :class:`pipelines.launcher.Launcher` that submits runs to the Dagster webserver of ``settings.dagster_url``.

    ``ends_after_seconds`` is how long a run that ended without beginning its job is left to Dagster, which may repeat
    it.
    """

    def __init__(
        self,
        settings: Settings,
        home: Home,
        store: JobStore,
        ends_after_seconds: float = RETRIED_WITHIN.total_seconds(),
    ) -> None:
        self._settings, self._home, self._store = settings, home, store
        self._ends_after_seconds = ends_after_seconds
        self._ended_since: dict[str, float] = {}
        self._turns = count()
        self._guard = threading.Lock()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._look_until_closed, name="dagster-queue", daemon=True)
        self._thread.start()

    def start(self, code: str) -> None:
        """Submit the run of the job ``code``; raises StoreError when Dagster does not take it now."""
        with self._guard:
            self._submit(code)

    def close(self, wait_seconds: float = 30.0) -> None:
        """Submit no more; the runs are Dagster's."""
        self._closed.set()
        self._thread.join(wait_seconds)

    def is_able(self) -> bool:
        """Return whether the Dagster webserver answers, and knows the job."""
        try:
            return bool(_locations(self._client(_ABLE_TIMEOUT_SECONDS)))
        except DagsterGraphQLClientError:
            return False

    def _submit(self, code: str, lost_run: str | None = None) -> None:
        """Submit the run of a job that has none, or only one that Dagster does not know any more."""
        if self._store.run_of(code) != lost_run or code not in self._store.waiting.start_requested():
            return
        job = self._store.job(code)
        run = run_of(job, STARTED_BY)
        try:
            client = self._client(_TIMEOUT_SECONDS)
            run_id = client.submit_job_execution(
                run.name, self._next_location(client), _REPOSITORY, run_config=run.config, tags=run.tags
            )
        except DagsterGraphQLClientError as error:
            raise StoreError(
                f"Dagster at {self._settings.dagster_url} does not take the {job.kind} now ({_kind(error)}). It is "
                "started as soon as Dagster does; see that its webserver runs and that CLIENT_IMPORT_DAGSTER_URL is "
                "right."
            ) from None
        self._store.link(code, run_id)

    def _next_location(self, client: DagsterGraphQLClient) -> str:
        """Return the code location that is to import the next job: each has its turn."""
        names = _locations(client) or [_LOCATION]
        return names[next(self._turns) % len(names)]

    def _client(self, timeout_seconds: int) -> DagsterGraphQLClient:
        url, keys = urlsplit(self._settings.dagster_url), self._settings.keys
        return DagsterGraphQLClient(
            url.hostname or "",
            url.port,
            use_https=url.scheme == "https",
            timeout=timeout_seconds,
            headers={"x-api-key": keys[0]} if keys else None,
            path_prefix=url.path.rstrip("/"),
        )

    def _look_until_closed(self) -> None:
        told = ""
        while not self._closed.is_set():
            try:
                self._look()
                told = ""
            except ClientImportError as error:
                if str(error) != told:
                    logger.warning("%s", error)
                told = str(error)
            self._closed.wait(_LOOK_SECONDS)

    def _look(self) -> None:
        waiting = self._store.waiting.start_requested()
        for code in waiting:
            if self._closed.is_set():
                return
            run_id = self._store.run_of(code)
            status = self._status(run_id) if run_id else None
            if status is None:
                with self._guard:
                    self._submit(code, run_id)
            else:
                self._see(code, status)
        self._ended_since = {code: since for code, since in self._ended_since.items() if code in waiting}

    def _status(self, run_id: str) -> dg.DagsterRunStatus | None:
        """Return the status of the run; None when there is none any more. Raises StoreError when Dagster is away."""
        try:
            return self._client(_TIMEOUT_SECONDS).get_run_status(run_id)
        except DagsterGraphQLClientError as error:
            if "NotFound" in str(error.args[0]):
                return None
            raise StoreError(f"Dagster at {self._settings.dagster_url} does not answer ({_kind(error)}).") from None

    def _see(self, code: str, status: dg.DagsterRunStatus) -> None:
        """Take note of what the run of a job is at that has not begun the job."""
        if status is dg.DagsterRunStatus.CANCELED:
            with suppress(JobStateError, JobNotFoundError):
                self._store.request_cancel(code)
        elif status in _ENDED:
            since = self._ended_since.setdefault(code, time.monotonic())
            if time.monotonic() - since >= self._ends_after_seconds:
                with suppress(JobNotFoundError):
                    job = self._store.job(code)
                    reason = f"Dagster could not start the {job.kind}; {job.nothing_done}. The Dagster UI says why."
                    recover(self._store, None, self._home.job(code), code, is_over=True, reason=reason)
        else:
            self._ended_since.pop(code, None)


def _locations(client: DagsterGraphQLClient) -> list[str]:
    """Return the code locations that are there now and run jobs, by name: one for each code server of a cluster."""
    found = {
        each.repository_location_name for each in client._get_repo_locations_and_names_with_pipeline(CLIENT_IMPORT)
    }
    return sorted(name for name in found if name.startswith(_LOCATION))


def _kind(error: DagsterGraphQLClientError) -> str:
    """Return what a user may want to know of the error, without the query that it quotes."""
    if isinstance(error.__cause__, TransportQueryError):  # it is answered, and rejected: by its guard, or by Dagster
        return str((error.__cause__.errors or [{}])[0].get("message", "")).partition("\n")[0].rstrip(".")
    return "it does not answer" if error.__cause__ else str(error.args[0]).partition("\n")[0]
