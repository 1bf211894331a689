"""The schedule ``nightly_batch``: everything in the drop folder, the oldest first, at a set hour; off by default.

With it on, the sensor ``drop_folder`` is to be switched off, or there is nothing left to import at night.
"""

import dagster as dg

from client_import.errors import ClientImportError
from client_import.inbox.watch import watch
from pipelines.job import client_import_job
from pipelines.job_run import dropped_request
from resources.environment import settings_at_load
from resources.inbox import InboxResource

_settings = settings_at_load()


@dg.schedule(
    job=client_import_job,
    cron_schedule=f"0 {_settings.nightly_hour} * * *",
    execution_timezone=_settings.time_zone,
    default_status=dg.DefaultScheduleStatus.STOPPED,
    description="Imports everything that waits in the drop folder (docs/drop-folder.md).",
)
def nightly_batch(context: dg.ScheduleEvaluationContext, inbox: InboxResource) -> list[dg.RunRequest] | dg.SkipReason:
    """Ask for a run for each file that waits and has stopped growing, the oldest first."""
    try:
        drop = inbox.folder
        ready, _ = watch(drop)
    except ClientImportError as error:
        return dg.SkipReason(str(error))
    night = f"/{context.scheduled_execution_time:%Y-%m-%d}"
    if not ready:
        return dg.SkipReason(f"Nothing waits in {drop.shown}.")
    return [dropped_request(file, file.key + night, "nightly batch") for file in ready]
