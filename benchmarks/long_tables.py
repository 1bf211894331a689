"""The tables of everything that was measured: the page with all bars, contestants, workloads and results."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from string import Template

from benchmarks.bars import bars, faster_peers
from benchmarks.compare import Result
from benchmarks.contestants import CONTESTANTS
from benchmarks.machine import measured_on
from benchmarks.record import Record
from benchmarks.table import cell, cpu, markdown, memory, wall
from benchmarks.workloads import WORKLOADS

TEMPLATE = Path(__file__).parent / "performance-tables.template.md"
MEASURES = (("Wall time", wall, "s"), ("Processor time", cpu, "s"), ("Peak memory", memory, "MiB"))
MOST_TOLD = 4
"""How many things that are wrong with one result are named."""


def tables_page(record: Record) -> str:
    """Return the text of the page."""
    faster = faster_peers(record.results)
    return Template(TEMPLATE.read_text(encoding="utf-8")).substitute(
        measured=measured_on(record.machines),
        workloads=markdown(("name", "what it is"), [(f"`{each.name}`", each.title) for each in WORKLOADS.values()]),
        contestants=markdown(("", "versions", "what it does not do"), _contestants(record)),
        bars=markdown(
            ("bar", "at most", "measured", "met"),
            [(bar.what, bar.allowed, bar.reached, bar.told) for bar in bars(record)],
        ),
        faster=markdown(("rows", "workload", "with a right result and faster"), faster)
        if faster
        else "Nobody with a right result is faster.",
        results="\n\n".join(_results(record)),
    )


def _contestants(record: Record) -> Iterator[tuple[str, str, str]]:
    for name, contestant in CONTESTANTS.items():
        told = ", ".join(f"{package} {version}" for package, version in record.versions.get(name, {}).items())
        if name in record.missing:
            told = f"not installed: {record.missing[name]}"
        yield contestant.title, told, contestant.does_not


def _results(record: Record) -> Iterator[str]:
    for rows in sorted({each.rows for each in record.results}):
        yield f"### {rows:,} rows"
        its = [each for each in record.results if each.rows == rows]
        workloads = [name for name in WORKLOADS if any(each.workload == name for each in its)]
        for title, measure, unit in MEASURES:
            lines = []
            for name, contestant in CONTESTANTS.items():
                cells = []
                for workload in workloads:
                    block = [each for each in its if each.workload == workload]
                    own = [cell(each, block, measure, unit) for each in block if each.contestant == name]
                    cells.append(own[0] if own else "")
                if any(cells):
                    lines.append((contestant.title, *cells))
            yield f"{title}, and the ratio to the reference's:"
            yield markdown(("", *workloads), lines)
        yield from _wrong(its)


def _wrong(results: Sequence[Result]) -> Iterator[str]:
    lines = [
        f"- {CONTESTANTS[each.contestant].title}, `{each.workload}`: "
        + "; ".join(each.wrong.removeprefix("wrong: ").split("; ")[:MOST_TOLD])
        for each in results
        if each.wrong
    ]
    if lines:
        yield "Without a time, because:\n\n" + "\n".join(lines)
