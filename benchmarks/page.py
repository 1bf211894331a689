"""Write ``docs/performance.md``, its plots, and the page of all tables from what was measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from string import Template

from benchmarks.bars import MILLION, bars
from benchmarks.compare import Result
from benchmarks.contestants import CONTESTANTS, ROOT
from benchmarks.long_tables import tables_page
from benchmarks.machine import measured_on
from benchmarks.plot import Line, plot
from benchmarks.record import Record, block_of
from benchmarks.table import Measure, markdown, memory, number, wall

FOLDER = ROOT / "docs"
TEMPLATE = Path(__file__).parent / "performance.template.md"
PLOTS = (("performance-seconds.svg", "Seconds", wall, "s"), ("performance-memory.svg", "Memory", memory, "MiB"))
WORKLOAD = "mixed"
"""What the short page shows."""

_UNBROKEN = "\N{NO-BREAK SPACE}"


def pages(record: Record) -> dict[str, str]:
    """Return the texts of the pages and plots by their names in the folder of the documentation."""
    plots = {f"images/{name}": _plot(record, title, measure, unit) for name, title, measure, unit in PLOTS}
    return {"performance.md": page(record), "performance-tables.md": tables_page(record), **plots}


def write_pages(record: Record, folder: Path = FOLDER) -> None:
    """Write the pages and plots to ``folder``."""
    for name, text in pages(record).items():
        (folder / name).write_text(text, encoding="utf-8")


def page(record: Record) -> str:
    """Return the text of the page that is read in two minutes."""
    sizes = _sizes(record)
    return Template(TEMPLATE.read_text(encoding="utf-8")).substitute(
        measured=measured_on({block_of(each): record.machines[block_of(each)] for each in _shown(record).values()}),
        table=markdown(
            ("", *(_named(rows) for rows in sizes), f"memory, {_named(MILLION)}", "what it lacks"),
            _lines(record, sizes),
        ),
        bars=_bars(record),
        stages=_stages(record),
    )


def _sizes(record: Record) -> list[int]:
    return sorted({each.rows for each in record.results if each.workload == WORKLOAD})


def _named(rows: int) -> str:
    return f"{rows // MILLION} million" if rows >= MILLION and rows % MILLION == 0 else f"{rows:,}"


def _shown(record: Record) -> dict[tuple[str, int], Result]:
    """The results of the workload that is shown, by contestant and rows."""
    return {(each.contestant, each.rows): each for each in record.results if each.workload == WORKLOAD}


def _lines(record: Record, sizes: list[int]) -> Iterator[tuple[str, ...]]:
    results = _shown(record)
    for name, contestant in CONTESTANTS.items():
        cells = [_cell(results.get((name, rows)), wall, "s") for rows in sizes]
        yield contestant.title, *cells, _cell(results.get((name, MILLION)), memory, "MiB"), contestant.lacks


def _cell(result: Result | None, measure: Measure, unit: str) -> str:
    if result is None:
        return ""
    told = result.wrong.partition(":")[0] or f"{number(measure(result))} {unit}"
    return told.replace(" ", _UNBROKEN)


def _bars(record: Record) -> str:
    """Say how many bars are met, and name the others."""
    every = bars(record)
    told = f"Of the {len(every)} bars {sum(bar.told == 'yes' for bar in every)} are met."
    missed = [f"- {bar.what}: {bar.reached}, at most {bar.allowed}" for bar in every if bar.told == "no"]
    unknown = [f"- {bar.what}: at most {bar.allowed}" for bar in every if bar.measured is None]
    parts = [told, *(["Missed:", "\n".join(missed)] if missed else [])]
    return "\n\n".join([*parts, *(["Not measured:", "\n".join(unknown)] if unknown else [])])


def _stages(record: Record) -> str:
    """Return the table of the stages, with the seconds and shares of each number of rows."""
    measured = sorted(record.stages.items(), key=lambda each: int(each[0]))
    titles = list(dict.fromkeys(title for _, stages in measured for title in stages))
    lines = [(title, *(_share(stages, title) for _, stages in measured)) for title in titles]
    whole = ("all", *(f"{sum(stages.values()):.2f} s" for _, stages in measured))
    return markdown(("", *(f"{_named(int(rows))} rows" for rows, _ in measured)), [*lines, whole])


def _share(stages: Mapping[str, float], title: str) -> str:
    if title not in stages:
        return ""
    return f"{stages[title]:.2f} s, {stages[title] / sum(stages.values()):.0%}"


def _plot(record: Record, title: str, measure: Measure, unit: str) -> str:
    """Return the plot of the medians of a measure by rows, with a line for each contestant."""
    sizes, results = _sizes(record), _shown(record)
    lines = [
        Line(
            contestant.title,
            {
                float(rows): measure(results[name, rows])
                for rows in sizes
                if (name, rows) in results and not results[name, rows].wrong
            },
        )
        for name, contestant in CONTESTANTS.items()
    ]
    labels = {float(rows): _named(rows) for rows in sizes}
    said = f"{title} by the rows of the file, both on logarithmic axes; the figures are in the table of the page."
    return plot(f"{title}: half of the rows updates, 5 % wrong", said, unit, lines, labels)


if __name__ == "__main__":
    write_pages(Record.load())
