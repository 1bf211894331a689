"""The run that imports a job: its config and tags, whatever starts it."""

from __future__ import annotations

from typing import Any

from assets.step import FILE_TAG, JOB_TAG, STARTED_BY_TAG

QUIET = {"console": {"config": {"log_level": "CRITICAL"}}}
"""The run config of the loggers: what a run says is in its events; a terminal it was not started from is ignored."""


def job_config(code: str, file_name: str) -> dict[str, Any]:
    """Return the config of the run that imports the job ``code``, which is there already with its file."""
    return {"ops": {"source_file": {"config": {"path": file_name, "job_code": code}}}}


def job_tags(code: str, file_name: str, started_by: str) -> dict[str, str]:
    """Return the tags of the run that imports the job ``code``."""
    return {JOB_TAG: code, FILE_TAG: file_name, STARTED_BY_TAG: started_by}
