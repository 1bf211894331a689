"""Stage a file: from its bytes to columnar files in the job's folder, part by part, or as one part."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from client_import.failpoints import failpoint
from client_import.field_types.registry import Rules
from client_import.mapping.resolve import Mapping
from client_import.options import ImportOptions
from client_import.paths import CELLS, ROW_ERRORS, ROWS, JobFolder, whole, write_whole
from client_import.reading.cut import cut
from client_import.reading.layout import Layout
from client_import.reading.limits import Limits
from client_import.reading.part import WHOLE, Part
from client_import.reading.reader import BLOCK_BYTES
from client_import.system.private import make_folder
from client_import.validation.other_lines import RowsBefore
from client_import.validation.row_notes import RowNotes
from client_import.validation.spark import LEAST_PARTS, SparkCluster
from client_import.validation.stage_part import PartTask, Run, StagedPart, Staging, StagingProgress, stage_part

NO_DATA_ROWS = "The file has no data rows, so there was nothing to import."

_SHEET_BLOCK_BYTES = 2 << 20
"""The size of a block of a workbook, which takes half a second to read: between blocks a cancel is heeded."""

_SURELY_NOTHING = 2
"""Cells that say nothing of which a column needs this many to be blank; a single one may be somebody's name."""


@dataclass(frozen=True, slots=True)
class Staged:
    """What staging counted.

    ``rejected`` are rows. ``cleared_cells`` are those that say ``#N/A`` in a field that can be emptied;
    ``keeps_records`` says whether any row is rejected for what its record is. The columns ``saying_nothing`` have
    ``NULL``, ``N/A`` and the like in two cells or more, and nothing else: they are blank. ``row_notes`` are sentences
    about rows that may be meant otherwise. With ``has_repeats`` there are rows that ``was_repeat`` is true of. The file
    was staged in so many ``parts``. ``rejected_by`` is that of its layout.
    """

    total_items: int
    rejected: int
    cleared_cells: int
    keeps_records: bool
    saying_nothing: tuple[str, ...] = ()
    row_notes: tuple[str, ...] = ()
    has_repeats: bool = False
    parts: int = 1
    rejected_by: str = ""

    @property
    def clears(self) -> bool:
        """Whether any cell said ``#N/A``."""
        return self.cleared_cells > 0

    @property
    def notes(self) -> tuple[str, ...]:
        """What a user should know of the rows as a whole, in sentences."""
        return tuple(self.row_notes) if self.total_items else (NO_DATA_ROWS,)

    @classmethod
    def load(cls, path: Path) -> Staged:
        """Read what :meth:`save` wrote; raises StoreError when it is damaged."""
        with whole(path):
            return cls(**json.loads(path.read_text("utf-8")))

    def save(self, path: Path) -> None:
        """Write the counts as JSON."""
        write_whole(path, json.dumps(asdict(self)))


def stage(
    folder: JobFolder,
    layout: Layout,
    mapping: Mapping,
    options: ImportOptions,
    limits: Limits,
    threads: int,
    report: Callable[[StagingProgress], None],
    spark: SparkCluster | None = None,
) -> Staged:
    """Read the source in ``folder`` and check every row; raises as :func:`stage_part` does.

    ``spark`` stages a file of four parts or more, and this process all others. Leaves the files ``cells``, ``rows`` and
    ``row_errors`` of the folder, and ``staged``, which is written last. Raises ClusterError if the cluster does not do
    it.
    """
    block_bytes = BLOCK_BYTES if layout.sheet is None else _SHEET_BLOCK_BYTES
    staging = Staging(folder, layout, mapping, Rules(day_first=options.day_first), limits, block_bytes)
    if spark is not None and folder.source.stat().st_size >= LEAST_PARTS * spark.part_bytes:
        heed = partial(report, StagingProgress(0, 0, 0))
        parts = cut(folder.source, layout, limits, spark.part_bytes, staging.block_bytes, heed)
        if len(parts) >= LEAST_PARTS:
            with spark.runner(staging, report) as run:
                return stage_parts(staging, parts, run)
    return stage_parts(staging, [WHOLE], lambda tasks: [stage_part(staging, task, threads, report) for task in tasks])


def stage_parts(staging: Staging, parts: Sequence[Part], run: Run) -> Staged:
    """Have the ``parts`` of the source staged by ``run``, and put them together.

    Of each part, the files of one attempt are taken; those of all others are deleted unread. What a part depends on is
    known only when those before it are staged: whether another table goes on in it, and whether a blank record comes
    before it. So this is supposed first, and parts of which it turns out wrong are staged once more. Raises SourceError
    when there are more rows than the limits allow, and what ``run`` raises.
    """
    folder = staging.folder
    folder.drop_working_files(keeps_errors=False)  # a process that was taken for dead may still write to them
    make_folder(folder.attempts)
    header_row = staging.layout.header_row
    tasks = [
        PartTask(
            part, RowsBefore(max(part.before - part.follows_blank, header_row)), is_end=part.number == len(parts) - 1
        )
        for part in parts
    ]
    tasks[0] = PartTask(parts[0], RowsBefore(header_row), is_end=len(parts) == 1)
    staged: dict[int, StagedPart] = {}
    while tasks:
        wanted = {task.part.number for task in tasks}
        for attempt in run(tasks):
            if attempt.number in wanted:
                wanted.remove(attempt.number)
                staged[attempt.number] = attempt
        tasks = _misjudged(parts, staged, header_row)
    return _put_together(staging, [staged[part.number] for part in parts])


def _misjudged(parts: Sequence[Part], staged: dict[int, StagedPart], header_row: int) -> list[PartTask]:
    """Return the tasks to stage once more those parts of which something else was supposed than is known now."""
    before, tasks = RowsBefore(header_row), []
    last = max((number for number, attempt in staged.items() if attempt.total), default=0)
    for part in parts:
        attempt = staged[part.number]
        if not attempt.fits(before, is_end=part.number == last):
            tasks.append(PartTask(part, before, is_end=part.number == last))
        if attempt.first_row:  # a table that began before goes on, unless another one is known to begin
            other_table = attempt.after.other_table
            if not attempt.fits(before, is_end=attempt.is_end):
                other_table = other_table or before.other_table
            before = RowsBefore(attempt.after.last_row, other_table)
    return tasks


def _put_together(staging: Staging, attempts: Sequence[StagedPart]) -> Staged:
    folder = staging.folder
    rows, nothing, notes = 0, attempts[0].saying_nothing, RowNotes(staging.mapping, staging.rules)
    make_folder(folder.parts)
    for attempt in attempts:
        rows += attempt.total
        staging.limits.check_rows(rows)
        counts = attempt.saying_nothing
        if attempt is not attempts[0]:
            nothing = {name: nothing[name] + counts[name] for name in nothing if name in counts}
        notes.found.join(attempt.odd_rows)
        for kind in (CELLS, ROWS, ROW_ERRORS):
            (folder.attempts / f"{attempt.stem}.{kind}").rename(folder.parts / f"{attempt.number:06}.{kind}")
    shutil.rmtree(folder.attempts, ignore_errors=True)
    staged = Staged(
        rows,
        sum(attempt.rejected for attempt in attempts),
        sum(attempt.cleared_cells for attempt in attempts),
        any(attempt.keeps_records for attempt in attempts),
        tuple(name for name, count in nothing.items() if count >= _SURELY_NOTHING),
        notes.sentences(folder.cells),
        any(attempt.has_repeats for attempt in attempts),
        len(attempts),
        staging.layout.rejected_by,
    )
    staged.save(folder.staged)
    failpoint("staged")
    return staged
