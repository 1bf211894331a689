"""The commands ``jobs``, ``job``, ``cancel`` and ``not-imported``."""

from __future__ import annotations

import json
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from client_import.errors import JobStateError, StoreError
from client_import.jobs.record import Status
from client_import.jobs.wanted import JobsFilter
from client_import.paths import JobFolder, whole
from client_import.reading.layout import Layout
from client_import.retention import removed_sentence
from client_import.system.scratch import scratch
from service.commands import AsJson, Limit, Output
from service.completion import complete_job, complete_status
from service.output import data_target, print_error, print_json, print_line, printing_result
from service.place import open_place

Code = Annotated[str, typer.Argument(metavar="CODE", help="The code of the job.", autocompletion=complete_job)]


def list_jobs(
    status: Annotated[
        str | None,
        typer.Option(
            help="Only those Queued, InProgress, Completed, Failed or Cancelled.", autocompletion=complete_status
        ),
    ] = None,
    limit: Limit = 20,
    as_json: AsJson = False,
) -> None:
    """List the jobs, newest first."""
    wanted = JobsFilter(Status.parse(status) if status else None)
    with open_place() as place:
        place.clean_up()
        jobs = [place.recovered(job) for job in place.store.jobs(wanted, limit)]
        running = [job.code for job in jobs if job.status is Status.IN_PROGRESS]
        phases = {code: place.store.job_progress(code).phase for code in running}
    if as_json:
        print_json([job.to_json() for job in jobs])
        return
    from service.tables import jobs_table, lost_lines, show

    table = jobs_table(jobs, phases) if jobs else "No imports yet. `client-import run FILE` starts one."
    show(table, *lost_lines(jobs))


def show_job(code: Code, as_json: AsJson = False) -> None:
    """Show one job."""
    with open_place() as place:
        place.agree()
        job = place.recovered(place.store.job(code))
        job_progress = place.store.job_progress(code)
        plan = place.home.job(code).plan
        understood = place.home.job(code).layout
        layout = None
        with suppress(StoreError), whole(understood):  # it is only shown beside the record
            layout = Layout.of(json.loads(understood.read_text("utf-8"))["layout"]) if understood.exists() else None
    if as_json:
        print_json(job.to_json())
        return
    from service.tables import job_table, reason_lines, show

    show(job_table(job, job_progress, layout))
    if plan.exists() and job.status.is_final:
        from client_import.reports.summary import Plan

        with suppress(StoreError):  # as with the layout: shown only if it is whole
            show(*reason_lines(Plan.load(plan)))


def cancel(code: Code, as_json: AsJson = False) -> None:
    """Cancel a job that has not ended; none of its rows are imported."""
    with open_place(tells=True) as place:
        place.recovered(place.store.job(code))
        job = place.store.request_cancel(code)
        with printing_result(f"Job {code} is {job.status}."):
            if as_json:
                print_json(job.to_json())
            elif job.status is Status.CANCELLED:
                print_line(f"Job {code} is cancelled; nothing was changed.")
            else:
                print_line(
                    f"Job {code} was asked to stop, but its clients are being written at this moment. "
                    f"`client-import job {code}` tells how it ended."
                )


def not_imported(
    code: Code,
    output: Output = None,
    everything: Annotated[bool, typer.Option("--all", help="The skipped rows too, not only the rejected.")] = False,
    as_xlsx: Annotated[bool, typer.Option("--xlsx", help="As a workbook, with the wrong cells marked.")] = False,
) -> None:
    """Write the rejected rows of a job, each with its reasons, to be corrected and imported again.

    Of an import that max errors stopped, all rows are written; of an undo, what it left alone.
    """
    with open_place() as place:
        job = place.recovered(place.store.job(code))
        folder = place.home.job(code)
    if not job.status.is_final:
        raise JobStateError(f"Job {code} is still {job.status}; ask again when it has ended.")
    if job.are_files_removed and job.has_not_imported:
        raise StoreError(removed_sentence(code, place.settings.retention_days))
    if job.undoes and not job.has_not_imported:
        print_error(f"Job {code} left nothing alone." if job.status is Status.COMPLETED else "There is none.")
        return
    if not job.has_not_imported:
        print_error(f"Job {code} left no row behind." if job.outcome == "Clean" else "There are none.")
        return
    if not (job.counts.errors or everything or job.undoes):
        print_error(f"Job {code} rejected no row. {job.counts.skipped:,} were skipped; --all writes those.")
        return
    is_stopped = job.status is Status.FAILED
    file = folder.not_imported if everything or is_stopped or job.undoes else folder.rejected
    if as_xlsx:
        _write_workbook(folder, file, output)
        return
    with _opened(file) as source, data_target(output) as target:
        shutil.copyfileobj(source, target)


def _write_workbook(folder: JobFolder, rows: Path, output: Path | None) -> None:
    from client_import.reports.rejects_workbook import write_rejects_workbook

    _opened(rows).close()
    with scratch(folder.scratch, "workbook") as place, data_target(output, is_text=False) as target:
        workbook = place / "rows.xlsx"
        write_rejects_workbook(folder, rows, workbook)
        with workbook.open("rb") as source:
            shutil.copyfileobj(source, target)


def _opened(file: Path) -> BinaryIO:
    try:
        return file.open("rb")
    except OSError as error:
        what = "is not there" if isinstance(error, FileNotFoundError) else f"cannot be read ({error.strerror})"
        raise StoreError(f"The file {file} {what}.") from None
