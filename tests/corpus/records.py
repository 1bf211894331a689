"""Files whose records have too few cells, too many, none, or are of another table."""

from __future__ import annotations

from tests.corpus.case import Case, Row, lines, numbered

GROUP = "records"
HEADERS = ["Code", "Name", "Type", "Town"]
TOO_MANY = "too_many_cells"


def ragged(name: str, text: str, rows: list[Row], rejected: dict[int, str] | None = None) -> Case:
    layout = {"encoding": "utf-8", "delimiter": ",", "header_row": 1}
    return Case(name, GROUP, text.encode(), HEADERS, rows, rejected or {}, layout)


CASES = (
    ragged(
        "rows-with-fewer-cells",
        lines(
            "Code,Name,Type,Town",
            "C001,Ann Lee,Individual",
            "C002,Bob Ray,Individual,York",
            "C003",
            "C004,Di Moss,,Ely",
        ),
        numbered(
            2,
            ["C001", "Ann Lee", "Individual", ""],
            ["C002", "Bob Ray", "Individual", "York"],
            ["C003", "", "", ""],
            ["C004", "Di Moss", "", "Ely"],
        ),
    ),
    ragged(
        "rows-with-more-cells",
        lines(
            "Code,Name,Type,Town",
            "C001,Ann Lee,Individual,Leeds",
            "C002,Ray, Bob,Individual,York",
            "C003,Cy Dale,Individual,Hull",
            "C004,Di Moss,Individual,Ely,,x",
            "C005,Eve Fox,Individual,Bath",
        ),
        [
            (2, ["C001", "Ann Lee", "Individual", "Leeds"]),
            (4, ["C003", "Cy Dale", "Individual", "Hull"]),
            (6, ["C005", "Eve Fox", "Individual", "Bath"]),
        ],
        {3: TOO_MANY, 5: TOO_MANY},
    ),
    ragged(
        "rows-with-a-blank-surplus",
        lines(
            "Code,Name,Type,Town",
            "C001,Ann Lee,Individual,Leeds,",
            "C002,Bob Ray,Individual,York",
            'C003,Cy Dale,Individual,Hull, ,"",',
            "C004,Di Moss,Individual,Ely",
        ),
        numbered(
            2,
            ["C001", "Ann Lee", "Individual", "Leeds"],
            ["C002", "Bob Ray", "Individual", "York"],
            ["C003", "Cy Dale", "Individual", "Hull"],
            ["C004", "Di Moss", "Individual", "Ely"],
        ),
    ),
    ragged(
        "rows-of-every-number-of-cells",
        lines(
            "Code,Name,Type,Town",
            "C001",
            "C002,Bob Ray",
            'C003,"Dale, Cy",Individual',
            'C004,"Di\nMoss",Individual,Ely',
            "C005,Eve Fox,Individual,Bath,x",
            "C006,Gus Hay,Individual,Deal,",
            "C007,Ivy Jay,Individual,Rye,x,y,z",
            "C008,Kit Low,Individual,Ryde",
        ),
        [
            (2, ["C001", "", "", ""]),
            (3, ["C002", "Bob Ray", "", ""]),
            (4, ["C003", "Dale, Cy", "Individual", ""]),
            (5, ["C004", "Di\nMoss", "Individual", "Ely"]),
            (7, ["C006", "Gus Hay", "Individual", "Deal"]),
            (9, ["C008", "Kit Low", "Individual", "Ryde"]),
        ],
        {6: TOO_MANY, 8: TOO_MANY},
    ),
    ragged(
        "blank-records-in-between",
        lines(
            "Code,Name,Type,Town",
            "",
            "C001,Ann Lee,Individual,Leeds",
            ",,,",
            '" "',
            "C002,Bob Ray,Individual,York",
            '"", ,,"  ",,',
            "   ",
            "C003,Cy Dale,Individual,Hull",
            ",",
        ),
        [
            (3, ["C001", "Ann Lee", "Individual", "Leeds"]),
            (6, ["C002", "Bob Ray", "Individual", "York"]),
            (9, ["C003", "Cy Dale", "Individual", "Hull"]),
        ],
    ),
    ragged(
        "header-repeated-below",
        lines(
            "Code,Name,Type,Town",
            "C001,Ann Lee,Individual,Leeds",
            "C002,Bob Ray,Individual,York",
            "",
            "Code,Name,Type,Town",
            "C003,Cy Dale,Individual,Hull",
            "C004,Di Moss,Individual,Ely",
        ),
        [
            (2, ["C001", "Ann Lee", "Individual", "Leeds"]),
            (3, ["C002", "Bob Ray", "Individual", "York"]),
            (6, ["C003", "Cy Dale", "Individual", "Hull"]),
            (7, ["C004", "Di Moss", "Individual", "Ely"]),
        ],
        {5: "repeated_header"},
    ),
    ragged(
        "another-table-below",
        lines(
            "Code,Name,Type,Town",
            "C001,Ann Lee,Individual,Leeds",
            "C002,Bob Ray,Individual,York",
            "C003,Cy Dale,Individual,Hull",
            "",
            "Partner,Share",
            "Smith,60",
            "Jones,40",
        ),
        [
            (2, ["C001", "Ann Lee", "Individual", "Leeds"]),
            (3, ["C002", "Bob Ray", "Individual", "York"]),
            (4, ["C003", "Cy Dale", "Individual", "Hull"]),
            (6, ["Partner", "Share", "", ""]),
            (7, ["Smith", "60", "", ""]),
            (8, ["Jones", "40", "", ""]),
        ],
    ),
    ragged(
        "total-below",
        lines(
            "Code,Name,Type,Town",
            "C001,Ann Lee,Individual,Leeds",
            "C002,Bob Ray,Individual,York",
            ",,,",
            "Total: 2 clients",
        ),
        [
            (2, ["C001", "Ann Lee", "Individual", "Leeds"]),
            (3, ["C002", "Bob Ray", "Individual", "York"]),
            (5, ["Total: 2 clients", "", "", ""]),
        ],
    ),
)
