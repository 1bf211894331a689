"""The commands ``run`` and ``preview``."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO

import typer

from client_import.errors import JobNotFoundError, OptionsError, StoreError
from client_import.jobs.record import Job, Status
from client_import.options import ImportOptions
from client_import.paths import JobFolder
from service.commands import AsJson, Quiet
from service.import_options import takes_import_options, words_of_options
from service.output import print_error, print_json, printing_result
from service.place import Place, open_place

if TYPE_CHECKING:
    from service.foreground import StopSignals

File = Annotated[str, typer.Argument(metavar="FILE", help="The CSV file, also .gz; - reads standard input.")]

EXIT_STATUS = {Status.FAILED: 1, Status.CANCELLED: 130}
_WITH_ERRORS = 3

_LONGEST_COUNT = 9
"""The digits of the largest number of rows that is not as good as all."""

NOT_FINISHED = "It could not be brought to its end: the disk is full, or the clients database in use."


@takes_import_options
def run(
    file: File,
    options: ImportOptions,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen, and change nothing.")] = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Import FILE: bring the clients up to date with it.

    Exit status: 0 all well; 3 some rows were rejected; 1 failed; 2 wrong options; 130 cancelled. It is what became of
    the import, also where the result cannot be printed.
    """
    from service.foreground import stop_signals

    with open_place(tells=True) as place, opened(file) as (stream, name):
        place.clean_up()
        if dry_run:
            with stop_signals():
                _dry_run(place, stream, name, options, as_json, quiet)
            return
        from client_import.pipeline import receive
        from client_import.reading.limits import Limits

        with stop_signals() as signals:
            # Once there is a job, a signal cancels it; before that, it stops the upload and leaves nothing.
            job = receive(
                place.home,
                place.store,
                stream,
                name,
                options,
                "command line",
                Limits.of(place.settings),
                check=lambda _: signals.defer(),
            )
            job = run_to_end(place, job, signals, is_quiet=quiet or as_json)
        with printing_result(result_sentence(job)):
            if as_json:
                print_json(job.to_json())
            elif not quiet:
                _show_result(place, job)
    if job.status is Status.FAILED and (quiet or as_json):
        print_error(job.failure_reason)
    raise typer.Exit(EXIT_STATUS.get(job.status, _WITH_ERRORS if job.counts.errors else 0))


@takes_import_options
def preview(
    file: File,
    options: ImportOptions,
    rows: Annotated[str, typer.Option(metavar="N|all", help="How many rows to show.")] = "10",
    as_json: AsJson = False,
) -> None:
    """Show what was detected in FILE, the mapping, the first rows, and what an import would do; changes nothing."""
    from service.foreground import stop_signals

    count = _row_count(rows)
    with open_place() as place, opened(file) as (stream, name), stop_signals():
        from service.file_preview import preview_file

        with preview_file(place, stream) as look:
            seen = look.preview(options, count)
        if as_json:
            print_json({"fileName": name, **seen.to_json()})
        else:
            from service.preview_tables import show_preview

            show_preview(name, seen)
    if seen.options_error:
        raise seen.options_error
    if seen.trouble:
        raise StoreError(seen.trouble)


def run_to_end(place: Place, job: Job, signals: StopSignals, *, is_quiet: bool) -> Job:
    """Run the job to its end in this process, and return it; ``signals`` cancel it.

    An error is raised only if the job has not ended, with what is known about it.
    """
    from service.foreground import run_in_foreground

    def work() -> None:
        from client_import.clients.store import open_clients
        from pipelines.launch import launch_here

        launch_here(place.home, place.store, open_clients(place.settings, place.home), job.code, "command line")

    failure: Exception = StoreError(NOT_FINISHED)
    try:
        run_in_foreground(work, place, job.code, signals, is_quiet=is_quiet)
    except Exception as error:
        failure = error
    return ended(place, job.code, failure)


def ended(place: Place, code: str, failure: Exception) -> Job:
    """Return the job after its import in this process.

    Raises StoreError, with what is known about the job, if it has not ended, and ``failure`` if it does not exist.
    """
    from client_import.clients.store import open_for_recovery
    from client_import.recovery.recover import describe_error, describe_result

    with suppress(StoreError):
        try:
            job = place.recovered(place.store.job(code))
        except JobNotFoundError:
            raise failure from None
        if job.status.is_final:
            return job
    known = describe_result(place.store, open_for_recovery(place.settings, place.home), code)
    raise StoreError(f"{describe_error(failure)} {known}") from failure


def result_sentence(job: Job) -> str:
    """Return what became of the job in one line."""
    from service.tables import outcome_text

    return f"Job {job.code}: {' '.join(outcome_text(job).plain.split())}."


def _show_result(place: Place, job: Job) -> None:
    from client_import.mapping.carried import carried
    from client_import.mapping.file_spec import FileSpec
    from client_import.reports.summary import Plan
    from service.tables import mapping_line, note_lines, outcome_text, reason_lines, show

    folder = place.home.job(job.code)
    file_spec = FileSpec.load(folder.layout) if folder.layout.exists() else None
    mapping = file_spec.mapping if file_spec else None
    show(outcome_text(job), *note_lines(job.notes))
    if mapping is not None:
        show(mapping_line(mapping))
    if folder.plan.exists():
        show(*reason_lines(Plan.load(folder.plan)))
    if job.has_not_imported:
        options = place.store.options(job.code)
        again = words_of_options(carried(file_spec.holding(options) if file_spec else options, mapping))
        show(*_where_rows_are(job, folder, again))
    show(f"Job {job.code}: client-import job {job.code}")


def _where_rows_are(job: Job, folder: JobFolder, options: Sequence[str]) -> Iterator[str]:
    """Yield where the rows not imported are, and how to import them again with ``options``, those used now."""
    file = folder.not_imported if job.status is Status.FAILED else folder.rejected
    command = shlex.join(["client-import", "run", str(file), *options])
    if job.status is Status.FAILED:
        yield f"Every row of the file, the rejected ones with their reasons: {folder.not_imported}"
        yield f"Correct the rejected rows there, save, and import that file: {command}"
        return
    if job.counts.errors:
        yield f"Rejected rows, each with its reasons: {folder.rejected}"
        yield f"Correct them there, save, and import that file: {command}"
    if job.counts.skipped:
        yield f"All rows not imported, the skipped ones too: {folder.not_imported}"


def _dry_run(place: Place, stream: BinaryIO, name: str, options: ImportOptions, as_json: bool, quiet: bool) -> None:
    from client_import.preview import plan_json
    from service.file_preview import preview_file

    with preview_file(place, stream) as look:
        result = look.dry_run(options)
    if as_json:
        print_json(plan_json(result))
    elif not quiet:
        from service.preview_tables import show_plan
        from service.tables import note_lines, show

        show(*note_lines(result.notes))
        show_plan(name, result)
    if result.stopped:
        if as_json or quiet:
            print_error(f"The import would fail: {result.stopped}")
        raise typer.Exit(EXIT_STATUS[Status.FAILED])


@contextmanager
def opened(file: str) -> Iterator[tuple[BinaryIO, str]]:
    """Open FILE and return it with the file name of the job; raises OptionsError when it cannot be opened."""
    if file == "-":
        if sys.stdin is None:
            raise OptionsError("Standard input is closed. Name a file, or pass one on: client-import run - < FILE.")
        yield sys.stdin.buffer, "stdin.csv"
        return
    path = Path(file)
    try:
        stream: Any = path.open("rb")
    except FileNotFoundError:
        raise OptionsError(f"There is no file {file}. Check the path.") from None
    except IsADirectoryError:
        raise OptionsError(f"{file} is a folder. Name a CSV file in it.") from None
    except OSError as error:
        raise OptionsError(f"The file {file} cannot be read ({error.strerror}).") from None
    with stream:
        yield stream, path.name


def _row_count(text: str) -> int | None:
    if text == "all" or (text.isdecimal() and len(text.lstrip("0")) > _LONGEST_COUNT):
        return None
    if not text.isdecimal():
        raise OptionsError(f'--rows: "{text}" is neither a number nor all.')
    return int(text)
