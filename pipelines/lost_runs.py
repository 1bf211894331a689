"""Runs of Dagster that a command line began and did not live to end: to Dagster they go on for ever.

Each would keep a place in the queue's ``max_concurrent_runs``, until nothing dropped is imported any more.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import dagster as dg

from assets.step import JOB_TAG
from client_import.database import ClientsDatabase
from client_import.errors import JobNotFoundError
from client_import.folders import Home
from client_import.job_store import JobStore
from client_import.jobs import now
from client_import.settle import settle

_LOST_AFTER = timedelta(seconds=60)
"""After its import a run needs a moment to end itself."""

_NEVER_BEGAN_AFTER = timedelta(minutes=10)


def end_lost_runs(instance: dg.DagsterInstance, store: JobStore, database: ClientsDatabase, home: Home) -> None:
    """End the runs in progress that no daemon launched and whose import has ended a minute ago, settled if need be."""
    for record in instance.get_run_records(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED])):
        run = record.dagster_run
        if JOB_TAG not in run.tags or run.remote_job_origin is not None:
            continue
        try:
            code = run.tags[JOB_TAG]
            ended, patience = settle(store, database, home.job(code), code).completed_date, _LOST_AFTER
        except JobNotFoundError:  # a dropped file that was to be taken
            ended, patience = datetime.fromtimestamp(record.start_time or 0, UTC), _NEVER_BEGAN_AFTER
        if ended is not None and now() - ended > patience:
            instance.report_run_failed(run, "The process of this run is gone. Its import has ended as its record says.")
