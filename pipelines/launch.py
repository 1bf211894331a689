"""Run an import in this process, as a run of the Dagster job in the instance everybody looks at."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from uuid import uuid4

import dagster as dg
from dagster._core.errors import DagsterExecutionInterruptedError

from assets.step import FILE_TAG, JOB_TAG, STARTED_BY_TAG
from client_import.database import ClientsDatabase
from client_import.errors import JobStateError, StoreError
from client_import.folders import Home
from client_import.job_store import JobStore
from client_import.jobs import Job
from client_import.settle import explain, settle
from pipelines.definitions import defs
from pipelines.instance import open_instance

_QUIET = {"console": {"config": {"log_level": "CRITICAL"}}}

_LOOK_SECONDS = 1.0

_AT_ONCE = 100

_UNDER_WAY = (dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING)

_NOT_REPEATED = {"dagster/max_retries": "0"}
"""The daemon knows no process to repeat a run in that it has not launched."""

_ENDED_EARLY = "The run of the import ended before the import did; nothing was imported. The Dagster UI says why."


def launch_here(home: Home, store: JobStore, database: ClientsDatabase, code: str, started_by: str) -> Job:
    """Run the job ``code`` to its end and return its record; whatever happens, it has ended then.

    A job that has ended before is returned as it is, and nothing is run. Only where the disk is full or the clients
    database in use at the very end is it returned unfinished, to be finished by the next look.
    """
    job = store.job(code)
    if job.status.is_final:
        return job
    reason = _ENDED_EARLY
    try:
        with open_instance(home) as instance, suppress(DagsterExecutionInterruptedError):
            end_lost_runs(instance, store)
            run_id = str(uuid4())
            with _heeding_termination(instance, run_id, store, code):
                defs.resolve_job_def("client_import").execute_in_process(
                    run_config={"ops": {"source_file": {"config": {"job_code": code}}}, "loggers": _QUIET},
                    instance=instance,
                    tags={JOB_TAG: code, FILE_TAG: job.file_name, STARTED_BY_TAG: started_by, **_NOT_REPEATED},
                    raise_on_error=False,
                    run_id=run_id,
                )
    except Exception as error:
        reason = explain(error)
        raise
    finally:
        job = settle(store, database, home.job(code), code, is_over=True, reason=reason)
    return job


def end_lost_runs(instance: dg.DagsterInstance, store: JobStore) -> None:
    """End the runs of imports that have ended and whose process is gone: Dagster has nobody who tells it.

    It would count them as running for ever, and launch no more than a few runs beside them.
    """
    for run in instance.get_runs(dg.RunsFilter(statuses=list(_UNDER_WAY)), limit=_AT_ONCE):
        code = store.code_of_run(run.run_id)
        if code is None or not store.job(code).status.is_final:
            continue
        heartbeat = store.heartbeat(code)
        if heartbeat is not None and heartbeat.is_dead:
            status = store.job(code).status
            instance.report_run_failed(run, f"The process of this run is gone. Its import has ended as {status}.")


@contextmanager
def _heeding_termination(instance: dg.DagsterInstance, run_id: str, store: JobStore, code: str) -> Iterator[None]:
    """Cancel the job when its run is terminated in the Dagster UI, which knows no process to tell."""
    is_over = threading.Event()

    def look() -> None:
        while not is_over.wait(_LOOK_SECONDS):
            run = instance.get_run_by_id(run_id)
            if run is not None and run.status in (dg.DagsterRunStatus.CANCELING, dg.DagsterRunStatus.CANCELED):
                with suppress(JobStateError, StoreError):
                    store.request_cancel(code)
                return

    thread = threading.Thread(target=look, name=f"termination-{code}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()
