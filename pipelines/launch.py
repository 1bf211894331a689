"""Run an import in this process, as a run of the Dagster job in the instance everybody looks at."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, suppress
from typing import Any
from uuid import uuid4

import dagster as dg
from dagster._core.errors import DagsterExecutionInterruptedError

from client_import.database import ClientsDatabase
from client_import.drop_folder import Waiting
from client_import.errors import ClientImportError, JobNotFoundError, StoreError
from client_import.folders import Home
from client_import.job_store import JobStore
from client_import.jobs import Job
from client_import.settle import explain, is_disk_full, settle
from pipelines.definitions import defs
from pipelines.dropped_run import run_config
from pipelines.dropped_run import tags as dropped_tags
from pipelines.instance import open_instance
from pipelines.job_run import QUIET, job_config, job_tags
from pipelines.lost_runs import end_lost_runs

_NOT_REPEATED = {"dagster/max_retries": "0"}
"""The daemon knows no process to repeat a run in that it has not launched."""

_ENDED_EARLY = "The run of the import ended before the import did; nothing was imported. The Dagster UI says why."

Opened = Callable[[str], AbstractContextManager[dg.DagsterInstance]]
"""Opens the instance for the run with that id."""


def launch_here(
    home: Home,
    store: JobStore,
    database: ClientsDatabase,
    code: str,
    started_by: str,
    opened: Opened | None = None,
) -> Job:
    """Run the job ``code`` to its end and return its record; whatever happens, it has ended then.

    ``opened`` is for a process with an instance that stays open (:mod:`pipelines.warm_instance`).

    A job that has ended before is returned as it is, and nothing is run. Only where the disk is full or the clients
    database in use at the very end is it returned unfinished, to be finished by the next look.
    """
    job = store.job(code)
    if job.status.is_final:
        return job
    tags = job_tags(code, job.file_name, started_by)
    reason = _ENDED_EARLY
    try:
        _run(opened or (lambda _: open_instance(home)), store, job_config(code), tags)
    except Exception as error:
        reason = explain(error)
        raise
    finally:
        job = settle(store, database, home.job(code), code, is_over=True, reason=reason)
    return job


def launch_dropped(
    opened: Opened,
    home: Home,
    store: JobStore,
    database: ClientsDatabase,
    file: Waiting,
    code: str,
    started_by: str,
) -> Job | None:
    """Take ``file`` out of the drop folder and import it as the new job ``code``; return its record, ended.

    Returns None, and there is no job, when the file is gone or has changed. ``opened`` opens the instance of ``home``.
    """
    try:
        _run(opened, store, run_config(file, code), dropped_tags(file, code, started_by))
    finally:
        job = _settled(home, store, database, code)
    return job


def _settled(home: Home, store: JobStore, database: ClientsDatabase, code: str) -> Job | None:
    try:
        return settle(store, database, home.job(code), code, is_over=True)
    except JobNotFoundError:
        return None


def _run(opened: Opened, store: JobStore, config: dict[str, Any], tags: dict[str, str]) -> None:
    run_id = str(uuid4())
    with ExitStack() as opening, suppress(DagsterExecutionInterruptedError):
        instance = _opened(opening, opened(run_id))
        end_lost_runs(instance, store)
        defs.resolve_job_def("client_import").execute_in_process(
            run_config={**config, "loggers": QUIET},
            instance=instance,
            tags={**tags, **_NOT_REPEATED},
            raise_on_error=False,
            run_id=run_id,
        )


def _opened(opening: ExitStack, instance: AbstractContextManager[dg.DagsterInstance]) -> dg.DagsterInstance:
    """Enter the instance; raises StoreError when Dagster's folder is not as Dagster needs it."""
    try:
        return opening.enter_context(instance)
    except ClientImportError:
        raise
    except Exception as error:
        if is_disk_full(error):
            raise
        first_line = (str(error).splitlines() or [type(error).__name__])[0]
        raise StoreError(
            f"The records of Dagster's runs cannot be used ({first_line}); nothing was imported. Put a backup of the "
            "dagster folder in its place, or move it away: then a new one is made, and only the list of runs is lost."
        ) from None
