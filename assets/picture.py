"""A picture of an import: what became of the rows, and the commonest reasons."""

from __future__ import annotations

import io

from PIL import Image, ImageColor, ImageDraw, ImageFont

from client_import.jobs.record import Job
from client_import.reports.summary import Plan
from client_import.row_errors import Reason

_SCALE = 2
_WIDTH, _LABEL_WIDTH, _COUNT_WIDTH, _BAR, _GAP = 640, 150, 80, 18, 8
_SHOWN_REASONS = 6
_PAPER, _INK = "#ffffff", "#1f2937"
_SHADES = 28
"""From paper to ink, as letters end softly. A colour is its place in the palette: these, and those of the bars."""

_BARS = {"created": "#0f766e", "updated": "#2563eb", "skipped": "#9ca3af", "rejected": "#b91c1c"}
_COLOURS = {outcome: _SHADES + place for place, outcome in enumerate(_BARS)}


def draw(job: Job, plan: Plan) -> bytes:
    """Return a PNG with a bar for each outcome and for each of the commonest reasons, and their numbers of rows."""
    counts = job.counts
    outcomes = [
        ("created", counts.created, _COLOURS["created"]),
        ("updated", counts.updated, _COLOURS["updated"]),
        ("skipped", counts.skipped, _COLOURS["skipped"]),
        ("rejected", counts.errors, _COLOURS["rejected"]),
    ]
    rejections = set(Reason)
    reasons = [
        (each.reason, each.count, _COLOURS["rejected" if each.reason in rejections else "skipped"])
        for each in plan.reasons[:_SHOWN_REASONS]
    ]
    sections = [
        (f"{job.processed_items:,} rows of {job.file_name}", outcomes),
        ("commonest reasons", reasons),
    ]
    line = _BAR + _GAP
    height = sum((len(bars) + 2) * line for _, bars in sections if bars)
    image = Image.new("L", (_WIDTH * _SCALE, height * _SCALE), 0)
    top = _GAP
    for title, bars in sections:
        if bars:
            top = _section(ImageDraw.Draw(image), title, bars, top, line)
    image.putpalette(_palette())
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def _palette() -> list[int]:
    """Return the red, green and blue of each colour, one after the other."""
    paper, ink = ImageColor.getrgb(_PAPER), ImageColor.getrgb(_INK)
    shades = [
        [round(light + (dark - light) * shade / (_SHADES - 1)) for light, dark in zip(paper, ink, strict=True)]
        for shade in range(_SHADES)
    ]
    return [part for colour in (*shades, *map(ImageColor.getrgb, _BARS.values())) for part in colour]


def _section(canvas: ImageDraw.ImageDraw, title: str, bars: list[tuple[str, int, int]], top: int, line: int) -> int:
    font = ImageFont.load_default(13 * _SCALE)

    def text(left: int, above: int, words: str) -> None:
        canvas.text((left * _SCALE, above * _SCALE), words, fill=_SHADES - 1, font=font)

    text(_GAP, top, title)
    longest = max(count for _, count, _ in bars) or 1
    room = _WIDTH - _LABEL_WIDTH - _COUNT_WIDTH
    for label, count, colour in bars:
        top += line
        length = max(round(room * count / longest), 1 if count else 0)
        text(_GAP, top, label)
        if length:
            box = (_LABEL_WIDTH, top, _LABEL_WIDTH + length, top + _BAR)
            canvas.rectangle([edge * _SCALE for edge in box], fill=colour)
        text(_LABEL_WIDTH + length + _GAP, top, f"{count:,}")
    return top + line + _GAP
