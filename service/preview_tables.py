"""Print a preview and a plan in the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from client_import.mapping.suggest import USED_FROM
from client_import.mapping.yes_no_columns import INVERTED
from service.tables import changes_table, reason_lines, show, table

if TYPE_CHECKING:
    from client_import.dry_run import DryRun
    from client_import.preview import Preview, PreviewColumn

_SHOWN_COLUMNS = 8


def show_preview(name: str, preview: Preview) -> None:
    """Print what was detected, the mapping, the first rows, and the plan."""
    layout = preview.layout
    detected = ", ".join(f"{name} {value}" for name, value in layout.described().items())
    show(Text(f"{name}: {detected}", "bold"), *preview.notes)
    show(_mapping_table(preview))
    show(*_hints(preview))
    headers = layout.headers[:_SHOWN_COLUMNS]
    if preview.first_rows:
        show(table(headers, [[row[header] for header in headers] for row in preview.shown_rows]))
    if len(layout.headers) > _SHOWN_COLUMNS:
        show(f"... and {len(layout.headers) - _SHOWN_COLUMNS} more columns")
    if preview.run is not None:
        show_plan(name, preview.run)


def _mapping_table(preview: Preview) -> Table:
    """Return a table of the columns with sample cells; a field in brackets is offered but not used."""
    rows = []
    for column in preview.columns:
        field: str | Text = column.target_field or ""
        if column.target_field and not column.is_used:
            field = Text(f"({column.target_field}{_as_words(column)}?)", "yellow")
        elif column.words:
            field = f"{column.target_field}{_as_words(column)}"
        score = "" if column.score is None else f"{column.score:.2f}"
        what = "" if column.is_used else "offered, not used" if column.target_field else "ignored"
        if preview.objection and what.startswith("offered") and (column.score or 0) >= USED_FROM:
            what = "suggested"
        rows.append(
            (column.header, " | ".join(column.samples), f"{column.fill_rate:.0%}", field, score, Text(what, "dim"))
        )
    return table(("column", "samples", "filled", "field", "score", ""), rows, ("filled", "score"), ("field",))


def _as_words(column: PreviewColumn) -> str:
    """Return how the words of a column are mapped: reversed, or to which members."""
    if not column.words:
        return ""
    if column.words == INVERTED:
        return ", reversed"
    return f": {', '.join(f'{word} = {member}' for word, member in column.words)}"


def _unknown_words(preview: Preview) -> Iterator[tuple[str, Sequence[str], str]]:
    """Yield each field with words that are not in its list, and these as text: with a plan, in how many cells."""
    if preview.run is not None:
        for each in preview.run.unknown:
            counted = [f"{word} ({count:,})" for word, count in each.words]
            counted += [f"other words ({each.others:,})"] if each.others else []
            yield each.field, [word for word, _ in each.words], ", ".join(counted)
        return
    for column in preview.columns:
        if column.is_used and column.unknown_words:
            yield column.target_field or "", column.unknown_words, ", ".join(column.unknown_words)


def _hints(preview: Preview) -> Iterator[str]:
    """Yield hints on words that are not known, and on columns that can be used with value mappings."""
    for field, words, listed in _unknown_words(preview):
        advice = f' Say what they mean: --value "{field}:{words[0]}=MEMBER"' if words else ""
        yield f"Not in the list of {field}: {listed}.{advice}"
    offered = [column for column in preview.columns if column.words and not column.is_used]
    for column in offered:
        values = " ".join(f'--value "{column.target_field}:{word}={member}"' for word, member in column.words)
        yield f'To use {column.header} as {column.target_field}: --map "{column.header}={column.target_field}" {values}'
    if offered:
        yield (
            "With --map, map every other column you want as well; or keep the suggestion and add to it: "
            "client-import mappings save CODE --from FILE with these options, then --mapping CODE."
        )


def show_plan(name: str, run: DryRun) -> None:
    """Print what an import of the file ``name`` would do, the reasons, and the first changes."""
    counts = run.plan.counts
    if run.stopped:
        show(Text(f"An import of {name} would fail: {run.stopped} It would change nothing.", "bold red"))
    else:
        show(
            Text(
                f"An import of {name} would create {counts.created:,}, update {counts.updated:,}, "
                f"skip {counts.skipped:,} and reject {counts.errors:,} of {run.staged.total_items:,} rows. "
                "Nothing was changed.",
                "bold",
            )
        )
    show(*reason_lines(run.plan))
    if run.changes:
        show("The first changes:", changes_table(run))
