"""The sensor ``drop_folder``: a file that appears in the drop folder and has stopped growing is imported once.

It only asks for runs. The run takes the file out, so a file that two runs are asked for is imported by one.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache

import dagster as dg

from assets.step import QUEUE_TAG
from client_import.errors import ClientImportError
from client_import.inbox.folder import DropFolder, IgnoredFile, Waiting
from client_import.inbox.ingest import finalise_all
from client_import.inbox.watch import watch
from client_import.jobs.record import now
from client_import.notify.deliverer import Deliverer
from client_import.recovery.recoverer import Recoverer
from client_import.settings import Settings
from client_import.system.printable import printable
from pipelines.drop_cursor import DropCursor, mark, mark_of_all
from pipelines.dropped_files import import_dropped_job, names_of_files, request_of_several
from pipelines.job import client_import_job
from pipelines.job_run import DROP_QUEUE, dropped_request
from pipelines.lost_runs import end_lost_runs
from resources.environment import settings_at_load
from resources.inbox import InboxResource
from resources.job_store import JobStoreResource

FILES_A_TICK = 50
MOST_FILES_ASKED_FOR = 100
"""With runs for so many files in Dagster's queue, no more are asked for: the files wait in the folder just as well."""

WATCH_SECONDS = 5.0
"""How long a tick watches the folder. Dagster begins one every five seconds, or at once when the one before has taken
as long, so no time is left unwatched while nothing is new."""

_EARLY_SECONDS = 1
"""So much less is the interval that Dagster is told: it begins no tick that a millisecond is missing to, but lets the
next one go by, five seconds later."""

_RUN_KEY_TAG = "dagster/run_key"
_STARTED_BY = "drop folder"
_MOST_TRIES = 3
_WATCHED = 2 * FILES_A_TICK
_SHOWN = 5

_UNFINISHED = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]


@dg.sensor(
    jobs=[client_import_job, import_dropped_job],
    minimum_interval_seconds=max(settings_at_load().drop_seconds - _EARLY_SECONDS, 1),
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Imports the files that appear in the drop folder (docs/drop-folder.md).",
)
def drop_folder(
    context: dg.SensorEvaluationContext, job_store: JobStoreResource, inbox: InboxResource
) -> dg.SensorResult:
    """Ask for a run for the files that are whole, the oldest first, some a tick."""
    before, ticked = DropCursor.load(context.cursor), now()
    try:
        drop = inbox.folder
        wrong = _finalise(context.instance, job_store, drop)
        whole, seen = watch(
            drop,
            inbox.watch_seconds,
            is_new=lambda file: mark(file) not in before.asked,
            was_seen=lambda file: mark(file) in before.seen,
            awaits_files=True,
        )
    except ClientImportError as error:
        return dg.SensorResult(skip_reason=printable(str(error)), cursor=context.cursor)
    failed = _failed_files(context.instance, before, ticked)
    files, after = choose(seen.waiting, frozenset(whole), before, failed, _room(context.instance))
    told = mark_of_all(seen.ignored)
    if (seen.ignored and told != before.told) or wrong:
        context.log.warning(printable(" ".join([*wrong, _told(seen.ignored)])))
    cursor = replace(after, told=told, time=ticked.timestamp()).dump()
    if files:
        return dg.SensorResult(run_requests=_requests(context.instance, files, ticked), cursor=cursor)
    waiting = f"Files in {drop.shown}: {len(seen.waiting):,}, still changing or left to the runs already asked for."
    reason = waiting if seen.waiting else f"Nothing waits in {drop.shown}."
    said = printable(" ".join([reason, *wrong, _told(seen.ignored)]).strip())  # the daemon prints it
    return dg.SensorResult(skip_reason=said, cursor=cursor)


def choose(
    waiting: Sequence[Waiting], whole: Collection[Waiting], before: DropCursor, failed: set[str], room: int
) -> tuple[list[Waiting], DropCursor]:
    """Choose from ``waiting``, oldest first, the files that are ``whole``, ``room`` at most.

    A file that a run was asked for is left to it, unless it is still here and that run has ``failed`` (file names):
    then it is asked for again, three times in all. Returns the files to ask runs for, and the cursor after that.
    """
    chosen: list[Waiting] = []
    watched: list[str] = []
    asked: dict[str, int] = {}
    for file in waiting:
        its = mark(file)
        tries = before.asked.get(its, 0)
        again = tries and file.name in failed and tries < _MOST_TRIES
        if again or (not tries and file in whole and len(chosen) < room):
            chosen.append(file)
            asked[its] = tries + 1
        elif tries:
            asked[its] = tries
        elif len(watched) < _WATCHED:
            watched.append(its)
    return chosen, DropCursor(tuple(watched), asked)


def _requests(instance: dg.DagsterInstance, files: Sequence[Waiting], ticked: datetime) -> list[dg.RunRequest]:
    """Return the request for ``files``: for several, that of one run which imports them all.

    The run key of one file is its name, size and time. A file whose key was used before is here again, or its run ended
    without taking it. Dagster would drop that request and say nothing, so it gets a new key.
    """
    at = f"/{ticked.timestamp():.3f}"
    if len(files) > 1:
        return [request_of_several(files, f"{len(files)} files{at}", _STARTED_BY)]
    [file] = files
    is_used = instance.get_runs_count(dg.RunsFilter(tags={_RUN_KEY_TAG: file.key})) > 0
    return [dropped_request(file, file.key + at * is_used, _STARTED_BY)]


def _finalise(instance: dg.DagsterInstance, job_store: JobStoreResource, drop: DropFolder) -> list[str]:
    home = job_store.folder
    home.tighten_dagster()  # the daemon and the webserver are programs of their own
    with job_store.open() as store:
        _recoverer(job_store.settings).recover_all(store, home)
        _deliverer(job_store.settings)
        end_lost_runs(instance, store)
        return finalise_all(home, store, None, drop)


@lru_cache(maxsize=1)
def _recoverer(settings: Settings) -> Recoverer:
    """Return what goes on settling between the ticks, of which none may take long."""
    return Recoverer(settings)


@lru_cache(maxsize=1)
def _deliverer(settings: Settings) -> Deliverer:
    """Return what goes on telling of ended jobs between the ticks; started by the first."""
    deliverer = Deliverer(settings)
    deliverer.start()
    return deliverer


def _failed_files(instance: dg.DagsterInstance, before: DropCursor, ticked: datetime) -> set[str]:
    """Return the names of the files whose run has failed since the tick before."""
    if not before.asked:
        return set()
    failures = dg.RunsFilter(
        tags={QUEUE_TAG: DROP_QUEUE},
        statuses=[dg.DagsterRunStatus.FAILURE],
        updated_after=datetime.fromtimestamp(before.time, UTC),
        updated_before=ticked,
    )
    return {name for run in instance.get_runs(failures) for name in names_of_files(run)}


def _room(instance: dg.DagsterInstance) -> int:
    """Return how many files runs may be asked for now."""
    runs = instance.get_runs(dg.RunsFilter(tags={QUEUE_TAG: DROP_QUEUE}, statuses=_UNFINISHED))
    queued = sum(len(names_of_files(run)) for run in runs)
    return max(min(FILES_A_TICK, MOST_FILES_ASKED_FOR - queued), 0)


def _told(ignored: Sequence[IgnoredFile]) -> str:
    """Return a sentence about what is ignored."""
    if not ignored:
        return ""
    shown = "; ".join(f"{each.name}: {each.reason}" for each in ignored[:_SHOWN])
    more = f"; and {len(ignored) - _SHOWN:,} more" if len(ignored) > _SHOWN else ""
    return f"Left alone: {shown}{more}."
