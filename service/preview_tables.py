"""A preview and a plan as a person reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from client_import.suggestions import USED_FROM
from service.tables import changes_table, reasons_table, show, table

if TYPE_CHECKING:
    from client_import.importing import DryRun
    from client_import.preview import Preview

_SHOWN_COLUMNS = 8


def show_preview(name: str, preview: Preview) -> None:
    """Print what was detected, the mapping, the first rows, and the plan."""
    layout = preview.layout
    detected = ", ".join(f"{name} {value}" for name, value in layout.described().items())
    show(Text(f"{name}: {detected}", "bold"), *preview.notes)
    show(_mapping_table(preview))
    headers = layout.headers[:_SHOWN_COLUMNS]
    if preview.first_rows:
        show(table(headers, [[row[header] for header in headers] for row in preview.first_rows]))
    if len(layout.headers) > _SHOWN_COLUMNS:
        show(f"... and {len(layout.headers) - _SHOWN_COLUMNS} more columns")
    if preview.run is not None:
        show_plan(name, preview.run)


def _mapping_table(preview: Preview) -> Table:
    """The columns with samples of their cells; a field in brackets is offered, and not used."""
    rows = []
    for column in preview.columns:
        field: str | Text = column.target_field or ""
        if column.target_field and not column.is_used:
            field = Text(f"({column.target_field}?)", "yellow")
        score = "" if column.score is None else f"{column.score:.2f}"
        what = "" if column.is_used else "offered, not used" if column.target_field else "ignored"
        if preview.objection and what.startswith("offered") and (column.score or 0) >= USED_FROM:
            what = "suggested"
        rows.append(
            (column.header, " | ".join(column.samples), f"{column.fill_rate:.0%}", field, score, Text(what, "dim"))
        )
    return table(("column", "samples", "filled", "field", "score", ""), rows, ("filled", "score"), ("field",))


def show_plan(name: str, run: DryRun) -> None:
    """Print what an import would do, the reasons, and the first changes."""
    counts = run.plan.counts
    show(
        Text(
            f"An import of {name} would create {counts.created:,}, update {counts.updated:,}, skip {counts.skipped:,} "
            f"and refuse {counts.errors:,} of {run.staged.total_items:,} rows. Nothing was changed.",
            "bold",
        )
    )
    if run.stopped:
        show(Text(f"It would fail: {run.stopped}", "bold red"))
    if run.plan.reasons:
        show(reasons_table(run.plan))
    if run.changes:
        show("The first changes:", changes_table(run))
