"""End a run that takes too long, and hear that one was terminated, where Dagster tells its process nothing.

A run of the command line has no process that Dagster knows of, and one whose code server is gone has nobody who passes
the word on; a run that took too long is only written down as over. All can be seen in Dagster's own records.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

import dagster as dg

from client_import.errors import Cancelled, JobNotFoundError, StoreError
from client_import.jobs.record import Status
from client_import.jobs.store import JobStore
from client_import.settings import read_settings
from client_import.system.process import this_process

_LOOK_SECONDS = 1.0

_OVER = (dg.DagsterRunStatus.CANCELING, dg.DagsterRunStatus.CANCELED, dg.DagsterRunStatus.FAILURE)


@contextmanager
def heeding_termination(
    context: dg.AssetExecutionContext, store: JobStore, code: str, look_seconds: float = _LOOK_SECONDS
) -> Iterator[None]:
    """Cancel the job ``code`` when the run is over as Dagster sees it, although it goes on here.

    That is looked at every ``look_seconds``. A run that takes longer than CLIENT_IMPORT_RUN_SECONDS has its job ended
    as Failed, unless that is committing.
    """
    ended, limit = threading.Event(), read_settings().run_seconds
    record = context.instance.get_run_record_by_id(context.run_id)
    began = (record.start_time if record else None) or time.time()

    def look() -> None:
        while not ended.wait(look_seconds):
            if time.time() - began > limit:
                with suppress(JobNotFoundError, StoreError):
                    _end_late(store, code, limit)
            with suppress(Exception):  # whatever keeps Dagster's records from being read, the next look may read them
                run = context.instance.get_run_by_id(context.run_id)
                if run is not None and run.status in _OVER:
                    store.request_cancel(code)

    thread = threading.Thread(target=look, name=f"termination-{code}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


@contextmanager
def ending_in_time(context: dg.AssetExecutionContext, store: JobStore, code: str) -> Iterator[None]:
    """Do as :func:`heeding_termination`; raises Failure when the job was ended because it took too long."""
    try:
        with heeding_termination(context, store, code):
            yield
    except Cancelled:
        job = store.job(code)
        if job.status is Status.FAILED:
            raise dg.Failure(job.failure_reason, allow_retries=False) from None
        raise


def _end_late(store: JobStore, code: str, limit: int) -> None:
    job = store.job(code)
    reason = (
        f"The {job.kind} took longer than the {limit:,} seconds that CLIENT_IMPORT_RUN_SECONDS allows, so "
        f"{job.nothing_done}. Allow more{'' if job.undoes else ', or import the file in parts'}."
    )
    late = replace(job, status=Status.FAILED, completed_date=job.end_now(), failure_reason=reason)
    store.finish(late, of=this_process())
