"""The dry run: every step of an import up to its plan (docs/rules.md, section 7)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from client_import.clients.store import ClientsStore
from client_import.fixing.first_rows import RejectedRow, first_rejected
from client_import.mapping.file_spec import FileSpec
from client_import.merge.diff import Change, first_changes
from client_import.merge.needs import needs_of
from client_import.merge.plan import error_limit_exceeded, make_plan
from client_import.options import ImportOptions
from client_import.paths import JobFolder
from client_import.pipeline import validate
from client_import.reading.limits import Limits
from client_import.reports.summary import Plan
from client_import.reports.unknown_words import UnknownWords, unknown_words
from client_import.validation.stage import Staged


@dataclass(frozen=True, slots=True)
class DryRun:
    """What an import would do (docs/rules.md, section 7).

    ``changes`` are examples of changed values. ``stopped`` is the failure reason if an option would stop the import,
    and None otherwise. ``notes`` are those that the job would have, ``unknown`` are the words of the file that mean no
    member of their field's list. ``rejected`` are the first rejected rows, with a cell for each mapped column.
    """

    file_spec: FileSpec
    staged: Staged
    plan: Plan
    changes: tuple[Change, ...]
    stopped: str | None
    notes: tuple[str, ...]
    unknown: tuple[UnknownWords, ...]
    rejected: tuple[RejectedRow, ...] = ()


def dry_run(
    database: ClientsStore,
    folder: JobFolder,
    file_spec: FileSpec,
    options: ImportOptions,
    limits: Limits,
    threads: int,
    changes: int = 20,
    rejected: int = 0,
) -> DryRun:
    """Validate the source in ``folder`` and plan its import, without changing the clients.

    Writes its files into ``folder``, which the caller removes. ``threads`` is the number of threads that validate,
    ``changes`` the number of updated clients whose changes are returned, ``rejected`` that of rejected rows. Raises
    SourceError if the file cannot be read.
    """
    staged = validate(folder, file_spec, options, limits, threads)
    mapping, options = file_spec.mapping, file_spec.holding(options)
    with database.look(needs_of(mapping, options, staged)) as session:
        plan = make_plan(session, folder, mapping, options, staged)
        stopped = error_limit_exceeded(plan, options, staged, "would be")
        if stopped:
            stopped = f"{stopped}."
            plan = replace(plan, counts=replace(plan.counts, created=0, updated=0), emptied=0, notes=())
        unknown = unknown_words(session.tables, mapping) if plan.counts.errors else ()
        shown = first_changes(session.tables, mapping, options, staged, changes) if plan.counts.updated else []
    notes = dict.fromkeys((*file_spec.notes(options), *staged.notes, *plan.notes))
    rows: tuple[RejectedRow, ...] = ()
    if rejected and plan.counts.errors:
        file_spec.save(folder.layout)  # the errors are read as those of a job
        rows = first_rejected(folder, mapping, rejected)
    return DryRun(file_spec, staged, plan, tuple(shown), stopped, tuple(notes), unknown, rows)
