"""Files with every line end, with several, and with ends that are awkward."""

from __future__ import annotations

from tests.corpus.case import Case, Row, numbered

GROUP = "line ends"
HEADERS = ["Code", "Name", "Town"]
ROWS = numbered(
    2, ["C001", "Ann Lee", "Leeds"], ["C002", "Ray, Bob", "York"], ["C003", "Cy Dale", "Hull"], ["C004", "Di Moss", ""]
)
LINES = ("Code,Name,Town", "C001,Ann Lee,Leeds", 'C002,"Ray, Bob",York', "C003,Cy Dale,Hull", "C004,Di Moss,")
LAYOUT = {"encoding": "utf-8", "delimiter": ",", "quote": '"', "header_row": 1}


def ended(name: str, *ends: str, rows: list[Row] = ROWS) -> Case:
    """The lines above, each with its end."""
    text = "".join(line + end for line, end in zip(LINES, ends, strict=True))
    return Case(name, GROUP, text.encode(), HEADERS, rows, layout=LAYOUT)


CASES = (
    ended("lf", *["\n"] * 5),
    ended("crlf", *["\r\n"] * 5),
    ended("cr", *["\r"] * 5),
    ended("mixed-line-ends", "\r\n", "\n", "\r\n", "\n", "\r\n"),
    ended("mixed-line-ends-with-cr", "\n", "\r", "\r\n", "\r", "\n"),
    ended("no-final-line-end", *["\n"] * 4, ""),
    ended("several-final-line-ends", *["\r\n"] * 4, "\r\n\r\n\r\n\r\n"),
    ended("dos-end-of-file", *["\r\n"] * 4, "\r\n\x1a"),
    ended("dos-end-of-file-on-the-last-line", *["\r\n"] * 4, "\x1a"),
    ended(
        "blank-line-after-every-line",
        *["\r\n\r\n"] * 5,
        rows=[(2 * number - 1, cells) for number, cells in ROWS],
    ),
    Case(
        "crlf-in-a-quoted-cell-of-an-lf-file",
        GROUP,
        b'Code,Name,Town\nC001,"Ann Lee\r\nHeadingley",Leeds\nC002,"Bob\rRay",York\nC003,Cy Dale,Hull\n',
        HEADERS,
        numbered(
            2, ["C001", "Ann Lee\r\nHeadingley", "Leeds"], ["C002", "Bob\rRay", "York"], ["C003", "Cy Dale", "Hull"]
        ),
        layout=LAYOUT,
    ),
    Case(
        "lf-in-a-quoted-cell-of-a-crlf-file",
        GROUP,
        b'Code,Name,Town\r\nC001,"Ann Lee\nHeadingley",Leeds\r\nC002,Bob Ray,York\r\nC003,"Cy\n\nDale",Hull\r\n',
        HEADERS,
        numbered(
            2, ["C001", "Ann Lee\nHeadingley", "Leeds"], ["C002", "Bob Ray", "York"], ["C003", "Cy\n\nDale", "Hull"]
        ),
        layout=LAYOUT,
    ),
)
