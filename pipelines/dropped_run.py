"""The run that imports a dropped file: its config and tags, whatever starts it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dagster as dg

from assets.step import QUEUE_TAG
from client_import.inbox.folder import Waiting
from client_import.paths import new_code
from pipelines.job_run import QUIET, job_tags

DROP_QUEUE = "drop folder"
"""Runs of this queue go one at a time: of two files about one client the newer is imported last."""

_RUN_KEY_TAG = "dagster/run_key"


def run_config(file: Waiting, code: str) -> dict[str, Any]:
    """Return the config of the run in which ``file`` is taken and imported as the job ``code``."""
    config = {"path": file.name, "dropped": file.name, "version": file.version, "job_code": code}
    return {"ops": {"source_file": {"config": config}}, "loggers": QUIET}


def tags(file: Waiting, code: str, started_by: str) -> dict[str, str]:
    """Return the tags of that run."""
    return job_tags(code, file.name, started_by)


def request(file: Waiting, run_key: str, started_by: str) -> dg.RunRequest:
    """Return the request of that run, in its queue."""
    code = new_code()
    return dg.RunRequest(
        run_key=run_key,
        run_config=run_config(file, code),
        tags={**tags(file, code, started_by), QUEUE_TAG: DROP_QUEUE},
    )


def used_keys(instance: dg.DagsterInstance, keys: Sequence[str]) -> set[str]:
    """Return those of ``keys`` that a run was made for; Dagster drops a request with one of them, and says nothing."""
    if not keys:
        return set()
    runs = instance.get_runs(dg.RunsFilter(tags={_RUN_KEY_TAG: list(keys)}))
    return {run.tags[_RUN_KEY_TAG] for run in runs}
