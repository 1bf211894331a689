"""Tables of results: medians, and ratios to the reference in the same run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from statistics import median

from benchmarks.compare import Result
from benchmarks.contestants import CONTESTANTS, REFERENCE
from benchmarks.workloads import Workload

Measure = Callable[[Result], float]


def wall(result: Result) -> float:
    """Return the median of the wall times in seconds."""
    return median(result.wall)


def cpu(result: Result) -> float:
    """Return the median of the processor times in seconds, of all cores."""
    return median(result.cpu)


def memory(result: Result) -> float:
    """Return the median of the greatest memory in MiB."""
    return median(result.memory) / 2**20


def ratio(result: Result, block: Sequence[Result], measure: Measure) -> float | None:
    """Return how many times the reference's a measure is; None when one of the two has no right result."""
    reference = next((each for each in block if each.contestant == REFERENCE), None)
    if reference is None or reference.wrong or result.wrong:
        return None
    return measure(result) / measure(reference)


def number(value: float) -> str:
    """Return a number with as many places as one can read: 0.24, 27.5, 1,421."""
    return f"{value:,.2f}" if value < 10 else f"{value:,.1f}" if value < 100 else f"{value:,.0f}"


def cell(result: Result, block: Sequence[Result], measure: Measure, unit: str) -> str:
    """Return a measure with its ratio, or what is wrong."""
    if result.wrong:
        return result.wrong.partition(":")[0]
    times = ratio(result, block, measure)
    few = f" (n = {len(result.wall)})" if len(result.wall) < 5 else ""
    return f"{number(measure(result))} {unit}{few}" + (f", {times:.2f}x" if times is not None else "")


def shown(workload: Workload, rows: int, block: Sequence[Result]) -> list[str]:
    """Return the lines that tell a person at a terminal about a workload."""
    lines = ["", f"{workload.title}; {rows:,} rows"]
    for result in block:
        title = CONTESTANTS[result.contestant].title
        told = [result.wrong]
        if not result.wrong:
            told = [
                cell(result, block, measure, unit) for measure, unit in ((wall, "s"), (cpu, "s CPU"), (memory, "MiB"))
            ]
        lines.append(f"  {title:42}" + "".join(f"{text:34}" for text in told).rstrip())
    return lines


def markdown(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table in Markdown."""
    return "\n".join(f"| {' | '.join(row)} |" for row in (header, ["---"] * len(header), *rows))
