"""Run an import in this process, as a run of the Dagster job in the instance everybody looks at."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from dagster._core.errors import DagsterExecutionInterruptedError

from assets.step import FILE_TAG, JOB_TAG, STARTED_BY_TAG
from client_import.database import ClientsDatabase
from client_import.drop_folder import Waiting
from client_import.errors import JobNotFoundError
from client_import.folders import Home
from client_import.job_store import JobStore
from client_import.jobs import Job
from client_import.settle import settle
from pipelines.definitions import defs
from pipelines.dropped_run import run_config
from pipelines.dropped_run import tags as dropped_tags
from pipelines.instance import open_instance

_QUIET = {"console": {"config": {"log_level": "CRITICAL"}}}


def launch_here(home: Home, store: JobStore, database: ClientsDatabase, code: str, started_by: str) -> Job:
    """Run the job ``code`` to its end and return its record; whatever happens, it has ended then.

    A job that has ended before is returned as it is, and nothing is run.
    """
    job = store.job(code)
    if job.status.is_final:
        return job
    tags = {JOB_TAG: code, FILE_TAG: job.file_name, STARTED_BY_TAG: started_by}
    try:
        _run(home, {"ops": {"source_file": {"config": {"job_code": code}}}}, tags)
    finally:
        job = settle(store, database, home.job(code), code, is_over=True)
    return job


def launch_dropped(
    home: Home, store: JobStore, database: ClientsDatabase, file: Waiting, code: str, started_by: str
) -> Job | None:
    """Take ``file`` out of the drop folder and import it as the new job ``code``; return its record, ended.

    Returns None, and there is no job, when the file is gone or has changed.
    """
    try:
        _run(home, run_config(file, code), dropped_tags(file, code, started_by))
    finally:
        job = _settled(home, store, database, code)
    return job


def _settled(home: Home, store: JobStore, database: ClientsDatabase, code: str) -> Job | None:
    try:
        return settle(store, database, home.job(code), code, is_over=True)
    except JobNotFoundError:
        return None


def _run(home: Home, config: dict[str, Any], tags: dict[str, str]) -> None:
    with open_instance(home) as instance, suppress(DagsterExecutionInterruptedError):
        defs.resolve_job_def("client_import").execute_in_process(
            run_config={**config, "loggers": _QUIET}, instance=instance, tags=tags, raise_on_error=False
        )
