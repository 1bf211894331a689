"""A plot of lines on two logarithmic axes, as an SVG that can be read on light and dark pages and without colours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, log10
from string import Template

from benchmarks.table import number

WIDTH, HEIGHT = 900, 440
LEFT, RIGHT, TOP, BOTTOM = 92, 540, 48, 388
"""Where the axes are; right of them are the names."""

_STEPS = (1, 2, 5)
_MARKS = (
    "M-5 0a5 5 0 1 0 10 0a5 5 0 1 0-10 0z",
    "M-4.5-4.5h9v9h-9z",
    "M0-6L6 4.5H-6z",
    "M0-6L5.5 0L0 6L-5.5 0z",
    "M0 6L6-4.5H-6z",
    "M-5-2h3v-3h4v3h3v4h-3v3h-4v-3h-3z",
    "M-4.5-4.5L4.5 4.5V-4.5L-4.5 4.5z",
    "M-6-3.5h12v7h-12z",
)
_LIGHT = ("#d55e00", "#24292f", "#0072b2", "#009e73", "#b5679a", "#7a7f87", "#c98500", "#3fa7dd")
_DARK = ("#ff8a3d", "#f0f6fc", "#5aa9ff", "#2fd0a0", "#e29bc8", "#9aa3ad", "#f0b429", "#a5dcff")
"""After the colours of Okabe and Ito, which people tell apart who see few colours; each line has its own marks, too."""

_PAGE = Template(
    """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 $width $height" role="img" aria-labelledby="title desc">
<title id="title">$title</title>
<desc id="desc">$description</desc>
<style>
text { font: 13px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; fill: #24292f; }
.page { fill: #ffffff; }
.title { font-weight: 600; font-size: 15px; }
.grid { stroke: #d8dee4; stroke-width: 1; }
.line { fill: none; stroke-width: 1.75; stroke-linejoin: round; }
.first { stroke-width: 3.5; }
.first-name { font-weight: 600; }
$light
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3; }
.page { fill: #0d1117; }
.grid { stroke: #30363d; }
$dark
}
</style>
<rect class="page" width="$width" height="$height" rx="6"/>
<text class="title" x="20" y="26">$title</text>
$body
</svg>
"""
)


@dataclass(frozen=True, slots=True)
class Line:
    """The points of one line by where they are on the first axis; their values are on the second."""

    name: str
    points: Mapping[float, float]


@dataclass(frozen=True, slots=True)
class Axis:
    """A logarithmic axis: its ends in numbers and in the picture, and where it has a label."""

    least: float
    most: float
    start: int
    end: int
    labels: Mapping[float, str]

    def place(self, value: float) -> float:
        """Return where a value is in the picture."""
        share = log10(value / self.least) / log10(self.most / self.least)
        return round(self.start + share * (self.end - self.start), 1)


def plot(title: str, description: str, unit: str, lines: Sequence[Line], labels: Mapping[float, str]) -> str:
    """Return the SVG of at most eight lines; the first one stands out.

    ``description`` is for those who do not see it, ``unit`` is that of the values, ``labels`` are those of the first
    axis. Without any point the picture has no axes.
    """
    values = [value for line in lines for value in line.points.values()]
    body: list[str] = []
    if values:
        across = Axis(min(labels) / 1.4, max(labels) * 1.4, LEFT, RIGHT, labels)
        body += _axes(across, up := _values_axis(values, unit))
        # the first line is drawn last, so that it lies above the others
        for index in reversed(range(len(lines))):
            body += _line(index, lines[index], across, up, unit)
        body += _names(lines)
    return _PAGE.substitute(
        width=WIDTH,
        height=HEIGHT,
        title=escape(title),
        description=escape(description),
        light=_colours(_LIGHT),
        dark=_colours(_DARK),
        body="\n".join(body),
    )


def _values_axis(values: Sequence[float], unit: str) -> Axis:
    """Return an axis from the round number below the least value to the one above the greatest."""
    decades = range(floor(log10(min(values))), ceil(log10(max(values))) + 1)
    round_numbers = [step * 10.0**decade for decade in decades for step in _STEPS]
    least = max(each for each in round_numbers if each <= min(values))
    most = min(each for each in round_numbers if each > max(values))
    labels = {each: f"{each:,.10g} {unit}" for each in round_numbers if least <= each <= most}
    return Axis(least, most, BOTTOM, TOP, labels)


def _axes(across: Axis, up: Axis) -> Iterator[str]:
    for value, label in up.labels.items():
        y = up.place(value)
        yield f'<path class="grid" d="M{LEFT} {y}H{RIGHT}"/>'
        yield f'<text x="{LEFT - 8}" y="{y + 4.5}" text-anchor="end">{escape(label)}</text>'
    for value, label in across.labels.items():
        x = across.place(value)
        yield f'<path class="grid" d="M{x} {TOP}V{BOTTOM}"/>'
        yield f'<text x="{x}" y="{BOTTOM + 20}" text-anchor="middle">{escape(label)}</text>'
    yield f'<text x="{(LEFT + RIGHT) // 2}" y="{BOTTOM + 42}" text-anchor="middle">rows of the file</text>'


def _line(index: int, line: Line, across: Axis, up: Axis, unit: str) -> Iterator[str]:
    places = [(across.place(at), up.place(value)) for at, value in sorted(line.points.items())]
    if places:
        first = " first" if index == 0 else ""
        yield f'<path class="line{first} s{index}" d="M{"L".join(f"{x} {y}" for x, y in places)}"/>'
    for (x, y), (at, value) in zip(places, sorted(line.points.items()), strict=True):
        told = escape(f"{line.name}: {number(value)} {unit}, {at:,.0f} rows")
        yield f'<path class="f{index}" transform="translate({x} {y})" d="{_MARKS[index]}"><title>{told}</title></path>'


def _names(lines: Sequence[Line]) -> Iterator[str]:
    for index, line in enumerate(lines):
        y = TOP + 18 + 30 * index
        first, name_class = (" first", ' class="first-name"') if index == 0 else ("", "")
        few = "" if line.points else " (not measured)"
        yield f'<path class="line{first} s{index}" d="M{RIGHT + 24} {y}h36"/>'
        yield f'<path class="f{index}" transform="translate({RIGHT + 42} {y})" d="{_MARKS[index]}"/>'
        yield f'<text{name_class} x="{RIGHT + 70}" y="{y + 4.5}">{escape(line.name + few)}</text>'


def _colours(colours: Sequence[str]) -> str:
    return "\n".join(
        f".s{index} {{ stroke: {colour}; }} .f{index} {{ fill: {colour}; }}" for index, colour in enumerate(colours)
    )
