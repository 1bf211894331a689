"""The run that imports a job or a dropped file: its config and tags, whatever starts it."""

from __future__ import annotations

from typing import Any

import dagster as dg

from assets.step import FILE_TAG, JOB_TAG, QUEUE_TAG, STARTED_BY_TAG
from client_import.inbox.folder import Waiting
from client_import.paths import new_code

DROP_QUEUE = "drop folder"
"""Runs of this queue go one at a time: of two files about one client the newer is imported last."""

QUIET = {"console": {"config": {"log_level": "CRITICAL"}}}
"""The run config of the loggers: what a run says is in its events; a terminal it was not started from is ignored."""


def job_config(code: str, file_name: str) -> dict[str, Any]:
    """Return the config of the run that imports the job ``code``, which is there already with its file."""
    return {"ops": {"source_file": {"config": {"path": file_name, "job_code": code}}}}


def dropped_config(file: Waiting, code: str) -> dict[str, Any]:
    """Return the config of the run in which ``file`` is claimed and imported as the job ``code``."""
    config = {"path": file.name, "dropped": file.name, "version": file.version, "job_code": code}
    return {"ops": {"source_file": {"config": config}}}


def job_tags(code: str, file_name: str, started_by: str) -> dict[str, str]:
    """Return the tags of the run that imports the job ``code``."""
    return {JOB_TAG: code, FILE_TAG: file_name, STARTED_BY_TAG: started_by}


def dropped_request(file: Waiting, run_key: str, started_by: str) -> dg.RunRequest:
    """Return the request of the run that imports ``file`` as a new job, in its queue."""
    code = new_code()
    return dg.RunRequest(
        run_key=run_key,
        run_config={**dropped_config(file, code), "loggers": QUIET},
        tags={**job_tags(code, file.name, started_by), QUEUE_TAG: DROP_QUEUE},
    )
