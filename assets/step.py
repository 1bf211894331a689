"""What all assets do the same way: find their job, do their step, and say in a sentence what stopped it."""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import dagster as dg
from dagster._core.errors import DagsterExecutionInterruptedError

from assets.termination import heeding_termination
from client_import.errors import Cancelled, ClientImportError, JobStateError
from client_import.inbox.ingest import finalise
from client_import.jobs.record import Job, Status
from client_import.jobs.store import JobStore
from client_import.mapping.file_spec import FileSpec
from client_import.options import ImportOptions
from client_import.paths import JobFolder, checked_code
from client_import.recovery.recover import describe_error, failure_boundary
from resources.workplace import Workplace

_QUOTED = re.compile(r'"[^"]*"')
_RETRY_NUMBER = "dagster/retry_number"

JOB_TAG, FILE_TAG, STARTED_BY_TAG = "client_import/job", "client_import/file", "client_import/started_by"
QUEUE_TAG = "client_import/queue"
"""Runs that wait for each other in Dagster's queue (dagster.yaml)."""


@dataclass(frozen=True, slots=True)
class Step:
    """The job that a run imports, and where its files and records are."""

    job: Job
    options: ImportOptions
    folder: JobFolder
    store: JobStore

    @property
    def file_spec(self) -> FileSpec:
        """What the asset ``source_file`` detected in the file."""
        return FileSpec.load(self.folder.layout)


@contextmanager
def step_of(context: dg.AssetExecutionContext, workplace: Workplace) -> Iterator[Step]:
    """Find the job of this run. What stops the step is raised as Dagster understands it, with a sentence."""
    with workplace.job_store() as store, translated_errors(context):
        code = code_of_job(context, store)
        if code is None:
            raise JobStateError(
                "This run has no import job: launch the whole job client_import, not single assets of it."
            )
        folder = workplace.home.job(code)
        try:
            with failure_boundary(store, folder, code):  # a cancel may have come between two steps
                job = start(context, store, code)
            with heeding_termination(context, store, code):
                yield Step(job, store.options(code), folder, store)
        except Cancelled:
            job = store.job(code)
            if job.status is Status.FAILED:  # it took too long
                raise dg.Failure(job.failure_reason, allow_retries=False) from None
            raise
        finally:
            finalised(context, workplace, store, code)


def finalised(context: dg.AssetExecutionContext, workplace: Workplace, store: JobStore, code: str) -> None:
    """Follow up the job if it has ended and was a dropped file's; what hinders that is only logged."""
    home = workplace.home
    if not home.note(code).exists():
        return
    try:
        finalise(home, store, workplace.drop, code)
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


def start(context: dg.AssetExecutionContext, store: JobStore, code: str) -> Job:
    """Start the job, or go on with it where a run that died left it; from then on it is this run's.

    Raises JobStateError when it has ended, or another run imports it.
    """
    may_die_again = int(context.run.tags.get(_RETRY_NUMBER, 0)) < context.instance.run_retries_max_retries
    is_launched_by_daemon = context.run.remote_job_origin is not None
    is_retried = context.instance.run_retries_enabled and is_launched_by_daemon and may_die_again
    try:
        job = store.start(code, is_retried=is_retried)
        store.link(code, context.run_id)
        return job
    except JobStateError:
        if store.job(code).status is Status.CANCELLED and not context.run.parent_run_id:
            raise Cancelled from None
        raise


def unquoted(note: str) -> str:
    """Return the note without what it quotes of the file: Dagster keeps it for ever."""
    return _QUOTED.sub('"…"', note)


@contextmanager
def translated_errors(context: dg.AssetExecutionContext) -> Iterator[None]:
    """Raise an error of the file or the system as a Failure with its sentence, and a cancel as an interruption.

    Of an error of the program Dagster keeps where it was, but not its own words, which may quote a client.
    """
    try:
        yield
    except ClientImportError as error:
        raise dg.Failure(str(error), allow_retries=False) from None
    except dg.Failure:
        raise
    except Exception as error:
        where = dg.MetadataValue.text("".join(traceback.format_tb(error.__traceback__)))
        raise dg.Failure(describe_error(error), metadata={"where": where}, allow_retries=False) from None
    except Cancelled:
        _mark_cancelled(context)
        raise DagsterExecutionInterruptedError("The import was stopped; its job says what became of it.") from None


def _mark_cancelled(context: dg.AssetExecutionContext) -> None:
    """Have the run end as Canceled, as when it is terminated in the Dagster UI, and not as a failure to be retried."""
    run = context.instance.get_run_by_id(context.run_id)
    if run is not None and run.status is dg.DagsterRunStatus.STARTED:
        context.instance.report_run_canceling(run, "The import was asked to stop.")
