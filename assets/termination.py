"""Hear that a run was terminated, where Dagster tells the process of the run nothing, or cannot reach it.

A run of the command line has no process that Dagster knows of, and one whose code server is gone has nobody who passes
the word on; a run that took too long is only written down as over. All can be seen in Dagster's own records.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import dagster as dg

from client_import.errors import JobNotFoundError, JobStateError, StoreError
from client_import.job_store import JobStore

_LOOK_SECONDS = 1.0

_OVER = (dg.DagsterRunStatus.CANCELING, dg.DagsterRunStatus.CANCELED, dg.DagsterRunStatus.FAILURE)


@contextmanager
def heeding_termination(context: dg.AssetExecutionContext, store: JobStore, code: str) -> Iterator[None]:
    """Cancel the job ``code`` when the run is over as Dagster sees it, although it goes on here."""
    ended = threading.Event()

    def look() -> None:
        while not ended.wait(_LOOK_SECONDS):
            run = context.instance.get_run_by_id(context.run_id)
            if run is not None and run.status in _OVER:
                with suppress(JobNotFoundError, JobStateError, StoreError):
                    store.request_cancel(code)

    thread = threading.Thread(target=look, name=f"termination-{code}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
