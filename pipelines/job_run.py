"""The run of a job, or the one that imports a dropped file: its Dagster job, config and tags, whatever starts it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import dagster as dg

from assets.step import FILE_TAG, JOB_TAG, QUEUE_TAG, STARTED_BY_TAG
from client_import.inbox.folder import Waiting
from client_import.jobs.record import Job
from client_import.paths import new_code

CLIENT_IMPORT, UNDO_IMPORT, IMPORT_DROPPED = "client_import", "undo_import", "import_dropped"
"""The Dagster jobs."""

DROP_QUEUE = "drop folder"
"""Runs of this queue go one at a time: of two files about one client the newer is imported last."""

QUIET = {"console": {"config": {"log_level": "CRITICAL"}}}
"""The run config of the loggers: what a run says is in its events; a terminal it was not started from is ignored."""


@dataclass(frozen=True, slots=True)
class JobRun:
    """A run of the Dagster job ``name``, with its ``config`` and ``tags``."""

    name: str
    config: dict[str, Any]
    tags: dict[str, str]


def run_of(job: Job, started_by: str) -> JobRun:
    """Return the run of the ``job``, which is there already: with its file, or as the undo of another."""
    tags = _tags(job.code, job.file_name, started_by)
    if job.undoes:
        config = {"undoes": job.undoes, "job_code": job.code}
        return JobRun(UNDO_IMPORT, {"ops": {"undo": {"config": config}}}, tags)
    config = {"path": job.file_name, "job_code": job.code}
    return JobRun(CLIENT_IMPORT, {"ops": {"source_file": {"config": config}}}, tags)


def dropped_run(file: Waiting, code: str, started_by: str) -> JobRun:
    """Return the run in which ``file`` is claimed and imported as the job ``code``."""
    config = {"path": file.name, "dropped": file.name, "version": file.version, "job_code": code}
    tags = _tags(code, file.name, started_by)
    return JobRun(CLIENT_IMPORT, {"ops": {"source_file": {"config": config}}}, tags)


def code_of_dropped(config: Mapping[str, Any]) -> str | None:
    """Return the code that the job gets in a run with this ``config``, if it is one of :func:`dropped_run`."""
    op = config.get("ops", {}).get("source_file", {}).get("config", {})
    return op.get("job_code") if op.get("dropped") else None


def _tags(code: str, file_name: str, started_by: str) -> dict[str, str]:
    return {JOB_TAG: code, FILE_TAG: file_name, STARTED_BY_TAG: started_by}


def dropped_request(file: Waiting, run_key: str, started_by: str) -> dg.RunRequest:
    """Return the request of the run that imports ``file`` as a new job, in its queue."""
    run = dropped_run(file, new_code(), started_by)
    return dg.RunRequest(
        run_key=run_key,
        job_name=run.name,
        run_config={**run.config, "loggers": QUIET},
        tags={**run.tags, QUEUE_TAG: DROP_QUEUE},
    )
