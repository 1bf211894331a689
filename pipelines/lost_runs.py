"""Runs of Dagster that a process of its own began and did not live to end: to Dagster they go on for ever."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

import dagster as dg

from client_import.errors import JobNotFoundError
from client_import.jobs.record import Job, now
from client_import.jobs.store import JobStore
from pipelines.dropped_files import codes_of_files

_AT_ONCE = 100

_BEGIN_SECONDS = 180.0
"""As long as Dagster gives a run to start (dagster.yaml). The job of a dropped file is there a moment after that."""

_UNDER_WAY = (dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING)


def end_lost_runs(instance: dg.DagsterInstance, store: JobStore, begin_seconds: float = _BEGIN_SECONDS) -> None:
    """End the runs of jobs that have ended and whose process is gone: Dagster has nobody who tells it.

    It would count them as running for ever, and launch no more than a few runs beside them. A run of dropped files that
    has begun no job ``begin_seconds`` after its start has died before it could, and the files wait for another one.
    """
    without_job = []
    for run in instance.get_runs(dg.RunsFilter(statuses=list(_UNDER_WAY)), limit=_AT_ONCE):
        codes = _codes_of_jobs(store, run)
        job = _last_job(store, codes)
        if job is None:
            without_job += [run.run_id] if codes else []
        elif job.status.is_final and (heartbeat := store.heartbeat(job.code)) and heartbeat.is_dead:
            instance.report_run_failed(run, f"The process of this run is gone. Its job has ended as {job.status}.")
    if without_job:
        _end_those_that_never_began(instance, without_job, begin_seconds)


def _end_those_that_never_began(instance: dg.DagsterInstance, run_ids: list[str], seconds: float) -> None:
    since = now() - timedelta(seconds=seconds)
    started = dg.RunsFilter(run_ids=run_ids, statuses=[dg.DagsterRunStatus.STARTED], updated_before=since)
    for run in instance.get_runs(started):
        instance.report_run_failed(run, "The process of this run is gone. It had not begun to import.")


def _codes_of_jobs(store: JobStore, run: dg.DagsterRun) -> list[str]:
    """Return the codes of the jobs that ``run`` is to have, in their order; of a repetition only one it has begun."""
    code = store.code_of_run(run.run_id)
    if code is not None:
        return [code]
    return [] if run.parent_run_id else codes_of_files(run)


def _last_job(store: JobStore, codes: list[str]) -> Job | None:
    """Return the job of the last of the ``codes`` that has one."""
    for code in reversed(codes):
        with suppress(JobNotFoundError):
            return store.job(code)
    return None
