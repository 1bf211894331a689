"""Tables and lines for people to read in the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from client_import.jobs.record import Job, JobProgress, Status, iso
from client_import.reading.layout import Layout
from client_import.system.printable import printable

if TYPE_CHECKING:
    from client_import.dry_run import DryRun
    from client_import.mapping.resolve import Mapping as ColumnMapping
    from client_import.reports.reason_groups import ReasonGroup
    from client_import.reports.summary import Plan

_COLOURS = {
    Status.COMPLETED: "green",
    Status.FAILED: "red",
    Status.CANCELLED: "yellow",
    Status.IN_PROGRESS: "blue",
    Status.QUEUED: "blue",
}


_PLAIN_WIDTH = 160
"""The width of tables when the output is no terminal."""


def show(*parts: RenderableType) -> None:
    """Print the parts on stdout, as wide as the terminal; without colours if it is no terminal.

    Each part that is text is one line, without control characters.
    """
    console = Console(highlight=False, markup=False)
    if not console.is_terminal:
        console.width = _PLAIN_WIDTH
    for part in parts:
        shown = _shown(part) if isinstance(part, str | Text) else part
        console.print(shown, soft_wrap=isinstance(part, str | Text))


def table(
    headers: Sequence[str],
    rows: Iterable[Sequence[object]],
    numbers: Sequence[str] = (),
    keys: Sequence[str] = (),
) -> Table:
    """Return a table of text; the columns ``numbers`` are aligned right, and these and the ``keys`` never wrap."""
    result = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for header in headers:
        is_short = header in numbers or header in keys
        result.add_column(
            _shown(header), justify="right" if header in numbers else "left", overflow="fold", no_wrap=is_short
        )
    for row in rows:
        result.add_row(*(_shown(value) for value in row))
    return result


def _shown(value: object) -> Text:
    """Return the value as text without markup or control characters."""
    if not isinstance(value, Text):
        return Text("" if value is None else printable(str(value)))
    return value if value.plain == printable(value.plain) else Text(printable(value.plain), value.style)


def jobs_table(jobs: Sequence[Job], phases: Mapping[str, str | None]) -> Table:
    """Return a table with one job per line; ``phases`` has the current phase of jobs InProgress, by code."""
    numbers: tuple[str, ...] = ("rows", "created", "updated", "skipped", "rejected")
    has_undos, has_undone = any(job.undoes for job in jobs), any(job.undone_by for job in jobs)
    removed = ("removed",) if has_undos else ()
    undone = ("undone by",) if has_undone else ()
    now = ("now",) if phases else ()
    rows = [
        (
            job.code,
            Text(job.status, _COLOURS[job.status]),
            job.file_name,
            f"{job.processed_items:,}" if job.total_items is None else f"{job.total_items:,}",
            *_counts(job),
            *(f"{job.counts.removed:,}" for _ in removed),
            f"{job.created_date:%m-%d %H:%M}",
            *(job.undone_by for _ in undone),
            *(phases.get(job.code) for _ in now),
        )
        for job in jobs
    ]
    numbers += removed
    return table(
        ("code", "status", "file", *numbers, "UTC", *undone, *now), rows, numbers, ("code", "status", "UTC", *undone)
    )


def lost_lines(jobs: Iterable[Job]) -> list[Text]:
    """Return a line with those of the jobs that the clients database does not have any more, if there are some."""
    codes = [job.code for job in jobs if job.is_lost]
    line = f"Not in the clients database, which is a copy from before, or another one: {', '.join(codes)}"
    return [Text(line, "yellow")] if codes else []


def job_table(job: Job, job_progress: JobProgress, layout: Layout | None) -> Table:
    """Return one job with one field per line, and the layout of its file."""
    lines: list[tuple[str, object]] = [
        ("job", job.code),
        ("undo" if job.undoes else "file", job.undoes or job.file_name),
        ("status", Text(job.status, _COLOURS[job.status])),
    ]
    if job.status is Status.IN_PROGRESS:
        share = f", {job_progress.read_share:.0%} of the file read" if job_progress.read_share is not None else ""
        lines.append(("now", f"{job_progress.phase or 'starting'}{share}"))
    if job.failure_reason:
        lines.append(("reason", job.failure_reason))
    total = "not counted yet" if job.total_items is None else f"{job.total_items:,}"
    lines += [("clients" if job.undoes else "rows", total), ("processed", f"{job.processed_items:,}")]
    if job.undoes:
        removed = f"{job.counts.removed:,}"
        names = ("removed", "brought back", "put back", "left alone")
        lines += zip(names, (removed, *_counts(job)), strict=False)  # an undo rejects nothing
    else:
        lines += zip(("created", "updated", "skipped", "rejected"), _counts(job), strict=True)
    if job.undone_by:
        lines.append(("undone by", job.undone_by))
    lines += [("started", iso(job.started_date)), ("ended", iso(job.completed_date))]
    if job.seconds is not None:
        lines.append(("took", duration(job.seconds)))
    if layout is not None:
        lines += layout.described().items()
    lines += [("note", note) for note in job.notes]
    if job.not_imported_download_url:
        lines.append(("left alone" if job.undoes else "not imported", job.not_imported_download_url))
    grid = Table.grid(padding=(0, 2))
    for name, value in lines:
        grid.add_row(name, _shown(value))
    return grid


def _counts(job: Job) -> tuple[str, str, str, str]:
    counts = job.counts
    return f"{counts.created:,}", f"{counts.updated:,}", f"{counts.skipped:,}", f"{counts.errors:,}"


def duration(seconds: float) -> str:
    """Return a length of time: 0.4 s, 12 s, 3 min 5 s or 2 h 7 min."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if not minutes:
        return f"{rest} s"
    hours, minutes_left = divmod(minutes, 60)
    return f"{hours} h {minutes_left} min" if hours else f"{minutes} min {rest} s"


def outcome_text(job: Job) -> Text:
    """Return the first line of a result: how the job ended."""
    ending = job.failure_reason or "Nothing was changed."
    if job.status is Status.COMPLETED:
        what = "clients" if job.undoes else "rows"
        took = f" in {duration(job.seconds)}" if job.seconds is not None else ""
        ending = f"{job.file_name}: {job.processed_items:,} {what}{took} - {job.result}"
    return Text.assemble((job.status, f"bold {_COLOURS[job.status]}"), f"  {ending}")


def note_lines(notes: Iterable[str]) -> list[Text]:
    """Return the notes of a job or a plan, one per line."""
    return [Text(f"Note: {printable(note)}", "yellow") for note in notes]


def mapping_line(mapping: ColumnMapping) -> Text:
    """Return a line with the field of each column, the match field, and the value mappings."""
    pairs = ", ".join(f"{column.header} -> {column.field_name}" for column in mapping.columns)
    words = "; ".join(
        f"values of {each.field_name}: {', '.join(f'{word} = {member}' for word, member in each.pairs)}"
        for each in mapping.values
    )
    return Text(
        f"Columns: {pairs or 'none'}; clients are found by {mapping.match_field}{words and f'; {words}'}.", "dim"
    )


def dropped_line(name: str, job: Job | None) -> Text:
    """Return the line for a dropped file: its name and how its job ended; without a ``job``, another import has it."""
    if job is None:
        return Text.assemble(f"{name}: ", ("left", "yellow"), " - it has changed, or another import took it")
    ending = job.counts if job.status is Status.COMPLETED else job.failure_reason or "nothing was changed"
    return Text.assemble(f"{name}: ", (job.status, f"bold {_COLOURS[job.status]}"), f" - {ending}")


def reason_lines(plan: Plan) -> list[Text]:
    """Return one line for each reason why rows are not applied, the commonest first, with the first row numbers."""
    return [
        Text.assemble((printable(each.message), "dim" if each.is_skip else "red"), f" ({each.reason}, {_rows(each)})")
        for each in plan.groups
    ]


def _rows(group: ReasonGroup) -> str:
    rows = ", ".join(map(str, group.first_rows))
    return f"row{'s' * (group.count > 1)} {rows}{', ...' if group.count > len(group.first_rows) else ''}"


def changes_table(run: DryRun) -> Table:
    """Return the first changes, field by field."""
    rows = [(change.row, change.code, change.field, change.before, change.after) for change in run.changes]
    return table(("row", "client", "field", "from", "to"), rows, ("row",))
