"""What a run needs around its steps: its means and its job, and a sentence for what stopped it."""

from __future__ import annotations

import json
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import dagster as dg

from client_import.clients.store import ClientsStore
from client_import.errors import Cancelled, ClientImportError, JobStateError
from client_import.inbox.folder import DropFolder
from client_import.inbox.ingest import finalise
from client_import.jobs.record import Job, Status
from client_import.jobs.store import JobStore
from client_import.paths import Home, checked_code
from client_import.recovery.recover import describe_error
from client_import.settings import Settings
from resources.clients_database import ClientsDatabaseResource
from resources.inbox import InboxResource

_RETRY_NUMBER, _MAX_RETRIES = "dagster/retry_number", "dagster/max_retries"

JOB_TAG, FILE_TAG, STARTED_BY_TAG = "client_import/job", "client_import/file", "client_import/started_by"
QUEUE_TAG = "client_import/queue"
"""Runs that wait for each other in Dagster's queue (dagster.yaml)."""

LOCATION = "client_import"
REPOSITORY_TAG, REPOSITORY = ".dagster/repository", f"__repository__@{LOCATION}"
"""What Dagster tags the runs of this code location with; its UI lists the runs of a job by that."""

NOT_REPEATED = {_MAX_RETRIES: "0"}
"""The tag of runs whose process the daemon has not launched: it knows none to repeat them in."""


RunContext = dg.AssetExecutionContext | dg.OpExecutionContext
"""The context of a step, of an asset or not."""


class NothingToImport(BaseException):
    """The file of this run is not there any more; its run ends as one that was not needed."""


@dataclass(frozen=True, slots=True)
class Means:
    """What a run imports with: the open job store, and where all else is."""

    store: JobStore
    settings: Settings
    home: Home
    clients_database: ClientsDatabaseResource
    inbox: InboxResource

    @property
    def database(self) -> ClientsStore:
        """The clients database, not yet opened."""
        return self.clients_database.database

    @property
    def drop(self) -> DropFolder:
        """The drop folder."""
        return self.inbox.folder


def show_under_job(context: dg.AssetExecutionContext) -> None:
    """Have a run that its own process began belong to the job of the code location, as those of the daemon do.

    Otherwise the UI shows it neither in the timeline nor where it can be executed again.
    """
    if context.run.remote_job_origin is not None or REPOSITORY_TAG not in context.run.tags:
        return
    run = context.instance.get_run_by_id(context.run_id)
    if run is not None:
        # The form in which Dagster has kept the origin of runs since its first versions, and so goes on reading.
        location = {"__class__": "RegisteredRepositoryLocationOrigin", "location_name": LOCATION}
        origin = {
            "__class__": "ExternalPipelineOrigin",
            "external_repository_origin": {
                "__class__": "ExternalRepositoryOrigin",
                "repository_location_origin": location,
                "repository_name": "__repository__",
            },
            "pipeline_name": context.run.job_name,
        }
        context.instance.run_storage.replace_job_origin(run, dg.deserialize_value(json.dumps(origin)))


def finalised(context: dg.AssetExecutionContext, means: Means, code: str) -> None:
    """Follow up the job if it has ended and was a dropped file's; what hinders that is only logged."""
    home = means.home
    if not home.note(code).exists():
        return
    try:
        finalise(home, means.store, means.drop, code)
    except (ClientImportError, OSError) as error:
        context.log.warning(describe_error(error))


def code_of_job(context: dg.AssetExecutionContext, store: JobStore) -> str | None:
    """Return the code of the job this run imports: its own, or that of the run it is the repetition of.

    Raises JobNotFoundError when the tag of a repetition has no job code.
    """
    code = store.code_of_run(context.run_id)
    if code is None and context.run.parent_run_id:
        tag = context.run.tags.get(JOB_TAG)
        code = store.code_of_run(context.run.parent_run_id) or (checked_code(tag) if tag else None)
    return code


def started_by(context: dg.AssetExecutionContext) -> str:
    """Return what has started this run."""
    return context.run.tags.get(STARTED_BY_TAG, "launchpad")


def start(context: dg.AssetExecutionContext, store: JobStore, code: str) -> Job:
    """Start the job, or go on with it where a run that died left it; from then on it is this run's.

    Raises JobStateError when it has ended, or another run imports it.
    """
    tags, instance = context.run.tags, context.instance
    most_retries = int(tags.get(_MAX_RETRIES, instance.run_retries_max_retries))
    is_retried = instance.run_retries_enabled and int(tags.get(_RETRY_NUMBER, 0)) < most_retries
    try:
        return store.start(code, is_retried=is_retried, run_id=context.run_id)
    except JobStateError:
        if store.job(code).status is Status.CANCELLED and not context.run.parent_run_id:
            raise Cancelled from None
        raise


@contextmanager
def translated_errors(context: RunContext) -> Iterator[None]:
    """Raise an error of the file or the system as a Failure with its sentence, and a cancel as an interruption.

    Of an error of the program Dagster keeps where it was, but not its own words, which may quote a client.
    """
    try:
        yield
    except ClientImportError as error:
        context.log.error(str(error))  # which the page of the run shows without a click
        raise dg.Failure(str(error), allow_retries=False) from None
    except dg.Failure:
        raise
    except Exception as error:
        where = dg.MetadataValue.text("".join(traceback.format_tb(error.__traceback__)))
        raise dg.Failure(describe_error(error), metadata={"where": where}, allow_retries=False) from None
    except Cancelled:
        _mark_cancelled(context)
        raise dg.DagsterExecutionInterruptedError("It was stopped; its job says what became of it.") from None
    except NothingToImport as nothing:
        context.log.info(str(nothing))
        _mark_cancelled(context, str(nothing))
        raise dg.DagsterExecutionInterruptedError(str(nothing)) from None


def _mark_cancelled(context: RunContext, why: str = "It was asked to stop.") -> None:
    """Have the run end as Canceled, as when it is terminated in the Dagster UI, and not as a failure to be retried."""
    run = context.instance.get_run_by_id(context.run_id)
    if run is not None and run.status is dg.DagsterRunStatus.STARTED:
        context.instance.report_run_canceling(run, why)
