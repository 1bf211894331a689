"""Bars in SVG: a group for each workload, a bar for each contestant, lengths on a logarithmic scale."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from math import log10

from benchmarks.compare import Result
from benchmarks.contestants import CONTESTANTS
from benchmarks.table import Measure
from benchmarks.workloads import WORKLOADS

COLOURS = ("#0b6e4f", "#333333", "#3b75af", "#c1666b", "#d4a373", "#7d5ba6", "#8d99ae")
LEFT, WIDTH, BAR, GAP, TOP = 110, 560, 13, 16, 74
RIGHT = 150


def picture(results: Sequence[Result], measure: Measure, unit: str, title: str) -> str:
    """Return an SVG of a measure of ``results``, which are all of one number of rows."""
    values = [measure(each) for each in results if not each.wrong]
    low = 10 ** int(log10(min(values, default=1)) - 1)
    high = max(values, default=1)
    names = [name for name in CONTESTANTS if any(each.contestant == name for each in results)]
    colours = dict(zip(CONTESTANTS, COLOURS, strict=True))
    parts = [_text(LEFT, 18, title, "font-weight='bold'")]
    for at, name in enumerate(names):
        x, y = LEFT + at % 3 * 245, 34 + at // 3 * 14
        parts.append(f"<rect x='{x}' y='{y - 9}' width='10' height='10' fill='{colours[name]}'/>")
        parts.append(_text(x + 14, y, CONTESTANTS[name].title))
    y = TOP
    for workload in WORKLOADS:
        group = [each for each in results if each.workload == workload]
        if not group:
            continue
        parts.append(_text(LEFT - 8, y + BAR * len(group) / 2 + 4, workload, "text-anchor='end'"))
        for each in group:
            if each.wrong:
                parts.append(_text(LEFT + 2, y + BAR - 3, each.wrong.partition(":")[0], "fill='#a00'"))
            else:
                value = measure(each)
                length = WIDTH * log10(value / low) / log10(high / low)
                fill = colours[each.contestant]
                parts.append(f"<rect x='{LEFT}' y='{y}' width='{length:.1f}' height='{BAR - 2}' fill='{fill}'/>")
                parts.append(_text(LEFT + length + 4, y + BAR - 3, f"{value:,.3g} {unit}".replace("e+03", ",000")))
            y += BAR
        y += GAP
    size = f"width='{LEFT + WIDTH + RIGHT}' height='{y}'"
    style = "font-family='sans-serif' font-size='11'"
    ground = "<rect width='100%' height='100%' fill='white'/>"
    return f"<svg xmlns='http://www.w3.org/2000/svg' {size} {style}>\n{ground}\n" + "\n".join(parts) + "\n</svg>\n"


def _text(x: float, y: float, text: str, more: str = "") -> str:
    return f"<text x='{x:.1f}' y='{y:.1f}' {more}>{escape(text)}</text>"
