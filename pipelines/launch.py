"""Run an import in this process, as a run of the Dagster job in the instance everybody looks at."""

from __future__ import annotations

from contextlib import suppress

from dagster._core.errors import DagsterExecutionInterruptedError

from assets.step import FILE_TAG, JOB_TAG, STARTED_BY_TAG
from client_import.database import ClientsDatabase
from client_import.folders import Home
from client_import.job_store import JobStore
from client_import.jobs import Job
from client_import.settle import settle
from pipelines.definitions import defs
from pipelines.instance import open_instance

_QUIET = {"console": {"config": {"log_level": "CRITICAL"}}}


def launch_here(home: Home, store: JobStore, database: ClientsDatabase, code: str, started_by: str) -> Job:
    """Run the job ``code`` to its end and return its record; whatever happens, it has ended then.

    A job that has ended before is returned as it is, and nothing is run.
    """
    job = store.job(code)
    if job.status.is_final:
        return job
    try:
        with open_instance(home) as instance, suppress(DagsterExecutionInterruptedError):
            defs.resolve_job_def("client_import").execute_in_process(
                run_config={"ops": {"source_file": {"config": {"job_code": code}}}, "loggers": _QUIET},
                instance=instance,
                tags={JOB_TAG: code, FILE_TAG: job.file_name, STARTED_BY_TAG: started_by},
                raise_on_error=False,
            )
    finally:
        job = settle(store, database, home.job(code), code, is_over=True)
    return job
