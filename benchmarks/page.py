"""Write ``docs/performance.md`` from what was measured."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from string import Template

from benchmarks.bars import bars, faster_peers
from benchmarks.compare import Result
from benchmarks.contestants import CONTESTANTS, ROOT
from benchmarks.record import Record
from benchmarks.table import cell, cpu, markdown, memory, wall
from benchmarks.workloads import WORKLOADS

FOLDER = ROOT / "docs"
TEMPLATE = Path(__file__).parent / "performance.template.md"
MEASURES = (("Wall time", wall, "s"), ("Processor time", cpu, "s"), ("Peak memory", memory, "MiB"))
MOST_TOLD = 4
"""How many things that are wrong with one result are named."""


def write_page(record: Record, folder: Path = FOLDER) -> None:
    """Write the page to ``folder``."""
    (folder / "performance.md").write_text(page(record), encoding="utf-8")


def page(record: Record) -> str:
    """Return the text of the page."""
    machine = record.machine
    faster = faster_peers(record.results)
    return Template(TEMPLATE.read_text(encoding="utf-8")).substitute(
        machine=f"{machine['cores']} cores of {machine['processor']}, {machine['memory']}, {machine['system']}, "
        f"{machine['date']}; load average of the last 15 minutes {machine.get('load', 'unknown')}, where one run alone "
        "makes about 1.5",
        workloads=markdown(("name", "what it is"), [(f"`{each.name}`", each.title) for each in WORKLOADS.values()]),
        contestants=markdown(("", "versions", "what it does not do"), _contestants(record)),
        bars=markdown(
            ("bar", "at most", "measured", "met"),
            [
                (bar.what, f"{bar.most:.1f}x", "" if bar.ratio is None else f"{bar.ratio:.2f}x", bar.told)
                for bar in bars(record.results)
            ],
        ),
        faster=markdown(("rows", "workload", "with a right result and faster"), faster)
        if faster
        else "Nobody with a right result is faster.",
        results="\n\n".join(_results(record)),
        stages="\n\n".join(_stages(record)),
    )


def _contestants(record: Record) -> Iterator[tuple[str, str, str]]:
    for name, contestant in CONTESTANTS.items():
        told = ", ".join(f"{package} {version}" for package, version in record.versions.get(name, {}).items())
        if name in record.missing:
            told = f"not installed: {record.missing[name]}"
        yield contestant.title, told, contestant.does_not


def _results(record: Record) -> Iterator[str]:
    for rows in _sizes(record):
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


def _stages(record: Record) -> Iterator[str]:
    for rows, stages in sorted(record.stages.items(), key=lambda each: int(each[0])):
        total = sum(stages.values())
        yield f"{int(rows):,} rows:"
        lines = [(title, f"{seconds:.2f}", f"{seconds / total:.0%}") for title, seconds in stages.items()]
        yield markdown(("stage", "seconds", "share"), [*lines, ("all", f"{total:.2f}", "")])


def _sizes(record: Record) -> list[int]:
    return sorted({each.rows for each in record.results})


if __name__ == "__main__":
    write_page(Record.load())
