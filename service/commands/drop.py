"""The command ``drop``: import the files in the drop folder now, as the sensor and the schedule do automatically."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from client_import.errors import StoreError
from client_import.inbox.folder import FAILED, REJECTED, DropFolder, Listing, Waiting, open_drop_folder
from client_import.inbox.watch import watch
from client_import.jobs.record import Counts, Job, Status, iso
from client_import.paths import new_code
from service.commands import AsJson, Quiet
from service.commands.importing import NOT_FINISHED, ended
from service.output import print_error, print_json, printing_result
from service.place import Place, open_place

if TYPE_CHECKING:
    import dagster as dg
    from rich.text import Text

    from service.foreground import StopSignals

_CANCELLED, _FAILED, _WITH_ERRORS = 130, 1, 3
_TOLD_REASONS = 3


def drop(
    list_only: Annotated[bool, typer.Option("--list", help="Show what waits and what is ignored, and why.")] = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Import everything that waits in the drop folder, the oldest first.

    A file that was imported goes to done/ in there; one that failed to failed/, with a text that says why.

    Exit status: 0 all well; 3 some rows were rejected; 1 one or more failed; 130 cancelled, the rest still waits.
    """
    with open_place(tells=True) as place:
        folder = open_drop_folder(place.settings, place.home)
        if list_only:
            _list(folder, as_json=as_json)
            return
        with_lines = not (as_json or quiet)
        jobs, is_cancelled = _import_all(place, folder, with_lines=with_lines)
        with printing_result(f"{len(jobs):,} dropped files were imported as jobs; `client-import jobs` lists them."):
            if as_json:
                print_json([job.to_json() for job in jobs])
            elif with_lines and jobs:
                _show_total(folder, jobs)
    if quiet or as_json:
        for job in jobs:
            if job.status is Status.FAILED:
                print_error(f"{job.file_name}: {job.failure_reason}")
    raise typer.Exit(_CANCELLED if is_cancelled else _exit_status(jobs))


def _import_all(place: Place, folder: DropFolder, *, with_lines: bool) -> tuple[list[Job], bool]:
    """Import the waiting files one after the other; return the jobs, and whether a signal ended it early."""
    from client_import.clients.store import open_for_recovery
    from client_import.inbox.ingest import finalise_all
    from service.foreground import stop_signals

    def finalise() -> list[str]:
        return finalise_all(place.home, place.store, open_for_recovery(place.settings, place.home), folder)

    wrong = finalise()
    ready, seen = watch(folder)
    with stop_signals() as signals:
        signals.defer()
        jobs = _import_each(place, ready, signals, with_lines=with_lines) if ready else []
        wrong += finalise() if ready else []  # what an import could not finalise itself
    for sentence in dict.fromkeys(wrong):
        print_error(sentence)
    if with_lines:
        with printing_result("The dropped files were looked through."):
            _show_rest(folder, seen, ready)
    return jobs, signals.came


def _import_each(place: Place, ready: Sequence[Waiting], signals: StopSignals, *, with_lines: bool) -> list[Job]:
    """Import the files one after the other, until a signal arrives; return their jobs."""
    from pipelines.instance import open_instance
    from service.tables import dropped_line, show

    jobs = []
    with open_instance(place.home) as instance:
        for file in ready:
            job = _import(place, instance, file, signals, is_quiet=not with_lines)
            if job is not None:
                jobs.append(job)
            if with_lines:
                line = dropped_line(file.name, job)
                with printing_result(line.plain + "."):
                    show(line, *(_notes_on(place, job) if job else ()))
            if signals.came:
                break
    return jobs


def _notes_on(place: Place, job: Job) -> list[Text]:
    """Return the notes on a file, and the commonest reasons why rows are not applied."""
    from rich.text import Text

    from client_import.reports.summary import Plan
    from service.tables import note_lines, reason_lines

    plan = place.home.job(job.code).plan
    reasons = reason_lines(Plan.load(plan))[:_TOLD_REASONS] if plan.exists() else []
    return [Text("  ").append(line) for line in (*note_lines(job.notes), *reasons)]


def _import(
    place: Place, instance: dg.DagsterInstance, file: Waiting, signals: StopSignals, *, is_quiet: bool
) -> Job | None:
    """Import one file in this process; return None if another import has claimed it meanwhile."""
    from service.foreground import run_in_foreground

    code = new_code()

    def work() -> Job | None:
        from client_import.clients.store import open_clients
        from pipelines.launch import launch_dropped

        database = open_clients(place.settings, place.home)
        return launch_dropped(instance, place.home, place.store, database, file, code, "command line")

    hindrance: Exception = StoreError(NOT_FINISHED)
    try:
        if run_in_foreground(work, place, code, signals, is_quiet=is_quiet) is None:
            return None
    except Exception as error:
        hindrance = error
    return ended(place, code, hindrance)


def _exit_status(jobs: Sequence[Job]) -> int:
    if any(job.status is Status.FAILED for job in jobs):
        return _FAILED
    return _WITH_ERRORS if any(job.counts.errors for job in jobs) else 0


def _show_total(folder: DropFolder, jobs: Sequence[Job]) -> None:
    from service.tables import show

    ends = Counter(job.status for job in jobs)
    done = [job.counts for job in jobs if job.status is Status.COMPLETED]
    counts = Counts(*(sum(getattr(each, field.name) for each in done) for field in fields(Counts)))
    files = f"{len(jobs):,} file" + ("s" if len(jobs) != 1 else "")
    show(f"{files}: {', '.join(f'{count:,} {status}' for status, count in ends.items())} - {counts}")
    if any(job.counts.errors for job in jobs):
        show(f"Correct the rejected rows in {folder.shown}/{REJECTED}, and drop those files into {folder.shown}")
    if any(job.status is not Status.COMPLETED for job in jobs):
        show(f"What was not imported is in {folder.shown}/{FAILED}, each file with a text that says why")


def _show_rest(folder: DropFolder, seen: Listing, ready: Sequence[Waiting]) -> None:
    from service.tables import show

    for file in seen.waiting:
        if file not in ready:
            show(f"{file.name}: still being written; run this again when it is whole")
    if not seen.waiting:
        show(f"Nothing waits in {folder.shown}")
    if seen.ignored:
        show(f"{len(seen.ignored):,} ignored: client-import drop --list says why")


def _list(folder: DropFolder, *, as_json: bool) -> None:
    seen = folder.look()
    if as_json:
        waiting = [
            {"fileName": file.name, "size": file.size, "modifiedDate": iso(_time(file))} for file in seen.waiting
        ]
        ignored = [{"fileName": each.name, "reason": each.reason} for each in seen.ignored]
        print_json({"folder": folder.shown, "waiting": waiting, "leftAlone": ignored})
        return
    from service.tables import show, table

    rows = [(file.name, f"{file.size:,}", f"{_time(file):%m-%d %H:%M}", "waits") for file in seen.waiting]
    rows += [(each.name, "", "", f"ignored: {each.reason}") for each in seen.ignored]
    if not rows:
        show(f"Nothing is in {folder.shown}")
        return
    show(folder.shown, table(("file", "bytes", "UTC", ""), rows, ("bytes",), ("UTC",)))


def _time(file: Waiting) -> datetime:
    return datetime.fromtimestamp(file.time / 1e9, UTC)
