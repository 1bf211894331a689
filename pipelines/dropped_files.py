"""The Dagster job ``import_dropped``: several dropped files, one after the other, each in a run of its own.

To start a process for a run takes longer than to import a small file. Files that are whole at the same time share one:
it runs ``client_import`` for each of them, with a job, tags and events as if it were alone.
"""

from collections.abc import Sequence
from typing import Any

import dagster as dg

from assets.config import refuse_overrides
from assets.step import FILE_TAG, NOT_REPEATED, QUEUE_TAG, STARTED_BY_TAG, translated_errors
from client_import.errors import ClientImportError, JobNotFoundError
from client_import.inbox.folder import Waiting
from client_import.jobs.store import JobStore
from client_import.paths import checked_code, new_code
from client_import.recovery.recover import describe_error
from pipelines.job import seconds_of
from pipelines.job_run import DROP_QUEUE, IMPORT_DROPPED, QUIET, code_of_dropped
from resources.clients_database import ClientsDatabaseResource
from resources.inbox import InboxResource
from resources.job_store import JobStoreResource

_OP = "dropped_files"


class DroppedFile(dg.Config):
    """A file as it was seen in the drop folder, and the code that its job gets."""

    name: str
    size: int
    time: int
    job_code: str


class DroppedFiles(dg.Config):
    """The files, in the order in which they are imported."""

    files: list[DroppedFile]


@dg.op(name=_OP)
def dropped_files(
    context: dg.OpExecutionContext,
    config: DroppedFiles,
    job_store: JobStoreResource,
    clients_database: ClientsDatabaseResource,
    inbox: InboxResource,
) -> None:
    """Import the files; one that is gone or has changed is passed over, as is one whose job has begun before.

    A file whose import fails does not keep the others from theirs. Raises Failure when files could not be claimed: they
    are still in the drop folder, and asked for again.
    """
    from pipelines.launch import launch_dropped  # it runs jobs of the definitions, of which this is one

    with translated_errors(context):
        refuse_overrides(context.run.run_config)
    hindrances = []
    with job_store.open() as store:
        for dropped in config.files:
            if _is_begun(store, checked_code(dropped.job_code)):
                continue
            file = Waiting(dropped.name, dropped.size, dropped.time)
            try:
                home, database = job_store.folder, clients_database.database
                started_by = context.run.tags.get(STARTED_BY_TAG, "launchpad")
                job = launch_dropped(context.instance, home, store, database, file, dropped.job_code, started_by)
                if file in inbox.folder.look().waiting:
                    reason = job.failure_reason if job else "its run could not claim it, and says why."
                    hindrances.append(f"{file.name}: {reason}")
            except (ClientImportError, OSError, dg.DagsterError) as error:
                hindrances.append(f"{file.name}: {describe_error(error)}")
            _heed_termination(context)
    if hindrances:
        raise dg.Failure(" ".join(hindrances), allow_retries=False)


@dg.job(
    name=IMPORT_DROPPED,
    description="Imports files of the drop folder that were whole at the same time, each in its own run of "
    "client_import; the sensor drop_folder asks for it.",
    executor_def=dg.in_process_executor,
)
def import_dropped_job() -> None:
    """Import the dropped files of the config."""
    dropped_files()


def request_of_several(files: Sequence[Waiting], run_key: str, started_by: str) -> dg.RunRequest:
    """Return the request of the run that imports ``files`` in this order, each as a new job.

    Its process runs each import under the time limit of one. When it dies, Dagster does not repeat the run: the files
    that it has not claimed are asked for again.
    """
    config = [{"name": file.name, "size": file.size, "time": file.time, "job_code": new_code()} for file in files]
    return dg.RunRequest(
        run_key=run_key,
        job_name=IMPORT_DROPPED,
        run_config={"ops": {_OP: {"config": {"files": config}}}, "loggers": QUIET},
        tags={
            STARTED_BY_TAG: started_by,
            QUEUE_TAG: DROP_QUEUE,
            "dagster/max_runtime": str(seconds_of(len(files))),
            **NOT_REPEATED,
        },
    )


def names_of_files(run: dg.DagsterRun) -> list[str]:
    """Return the names of the files that ``run``, which is of the queue of the drop folder, imports."""
    if run.job_name == IMPORT_DROPPED:
        return [file["name"] for file in _files_of(run)]
    return [run.tags[FILE_TAG]] if FILE_TAG in run.tags else []


def codes_of_files(run: dg.DagsterRun) -> list[str]:
    """Return the codes that the jobs of ``run`` get, in the order of its dropped files; none of another kind of run."""
    if run.job_name == IMPORT_DROPPED:
        return [file["job_code"] for file in _files_of(run)]
    code = code_of_dropped(run.run_config)
    return [code] if code else []


def _files_of(run: dg.DagsterRun) -> list[dict[str, Any]]:
    config: Any = run.run_config
    return list(config["ops"][_OP]["config"]["files"])


def _is_begun(store: JobStore, code: str) -> bool:
    try:
        store.job(code)
    except JobNotFoundError:
        return False
    return True


def _heed_termination(context: dg.OpExecutionContext) -> None:
    """Stop before the next file when this run was terminated, which has only cancelled the import under way."""
    run = context.instance.get_run_by_id(context.run_id)
    if run is not None and run.status in (dg.DagsterRunStatus.CANCELING, dg.DagsterRunStatus.CANCELED):
        raise dg.DagsterExecutionInterruptedError("It was terminated; the other files wait in the drop folder.")
