"""Runs of Dagster that a process of its own began and did not live to end: to Dagster they go on for ever."""

from __future__ import annotations

from contextlib import suppress

import dagster as dg

from client_import.errors import JobNotFoundError
from client_import.jobs.record import Job
from client_import.jobs.store import JobStore
from pipelines.dropped_files import codes_of_files

_AT_ONCE = 100

_UNDER_WAY = (dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING)


def end_lost_runs(instance: dg.DagsterInstance, store: JobStore) -> None:
    """End the runs of jobs that have ended and whose process is gone: Dagster has nobody who tells it.

    It would count them as running for ever, and launch no more than a few runs beside them.
    """
    for run in instance.get_runs(dg.RunsFilter(statuses=list(_UNDER_WAY)), limit=_AT_ONCE):
        job = _last_job(store, run)
        if job is None or not job.status.is_final:
            continue
        heartbeat = store.heartbeat(job.code)
        if heartbeat is not None and heartbeat.is_dead:
            instance.report_run_failed(run, f"The process of this run is gone. Its job has ended as {job.status}.")


def _last_job(store: JobStore, run: dg.DagsterRun) -> Job | None:
    """Return the job that ``run`` has begun, of several the last; None when it has begun none."""
    code = store.code_of_run(run.run_id)
    for each in [code] if code else reversed(codes_of_files(run)):
        with suppress(JobNotFoundError):
            return store.job(each)
    return None
