"""The command ``undo``."""

from __future__ import annotations

from typing import Annotated

import typer

from client_import.errors import JobStateError
from client_import.jobs.record import Job, Status
from service.commands import AsJson, Quiet
from service.commands.importing import EXIT_STATUS, result_sentence, run_to_end
from service.completion import complete_job
from service.output import print_error, print_json, printing_result
from service.place import Place, open_place

_WRONG_USAGE = 2


def undo(
    code: Annotated[
        str,
        typer.Argument(
            metavar="CODE", help="The code of the job to undo: an import, or an undo.", autocompletion=complete_job
        ),
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen, and change nothing.")] = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Undo a job: remove the clients it created, and put back what it changed. What was changed since stays.

    Exit status: 0 all well; 1 failed; 2 no such job, or one that cannot be undone; 130 cancelled.
    """
    from service.foreground import stop_signals

    with open_place(tells=True) as place:
        place.clean_up()
        try:
            with stop_signals() as signals:
                _check(place, code)
                if dry_run:
                    _dry_run(place, code, as_json=as_json, quiet=quiet)
                    return
                signals.defer()  # from now on, a signal cancels the job
                from client_import.undo_job import ask_for_undo

                job = ask_for_undo(place.home, place.store, code, "command line")
                job = run_to_end(place, job, signals, is_quiet=quiet or as_json)
        except JobStateError as error:
            print_error(error)
            raise typer.Exit(_WRONG_USAGE) from None
        with printing_result(result_sentence(job)):
            if as_json:
                print_json(job.to_json())
            elif not quiet:
                _show_result(place, job)
    if job.status is Status.FAILED and (quiet or as_json):
        print_error(job.failure_reason)
    raise typer.Exit(EXIT_STATUS.get(job.status, 0))


def _check(place: Place, code: str) -> None:
    from client_import.clients.store import open_for_recovery
    from client_import.undo_job import check_undoable

    check_undoable(place.home, place.store, open_for_recovery(place.settings, place.home), code)


def _dry_run(place: Place, code: str, *, as_json: bool, quiet: bool) -> None:
    from client_import.clients.store import open_clients
    from client_import.undo_job import preview_undo

    seen = preview_undo(open_clients(place.settings, place.home), code)
    if as_json:
        print_json(seen.to_json())
    elif not quiet:
        from service.tables import note_lines, show

        show(seen.result, *note_lines(seen.plan.notes))


def _show_result(place: Place, job: Job) -> None:
    from service.tables import note_lines, outcome_text, show

    show(outcome_text(job), *note_lines(job.notes))
    if job.has_not_imported:
        show(f"What was left alone, and why: {place.home.job(job.code).not_imported}")
    if job.counts.changed:
        show(f"To take that back: client-import undo {job.code}")
    show(f"Job {job.code}: client-import job {job.code}")
