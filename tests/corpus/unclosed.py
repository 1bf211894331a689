"""Files in which a quote is opened and never closed."""

from __future__ import annotations

from tests.corpus.case import Case, Row, lines, numbered

GROUP = "unclosed quotes"
HEADERS = ["Code", "Name", "Type", "Town"]
UNCLOSED = "unclosed_quote"


def unclosed(name: str, text: str, rows: list[Row], *rejected: int) -> Case:
    layout = {"encoding": "utf-8", "delimiter": ",", "quote": '"', "header_row": 1}
    return Case(name, GROUP, text.encode(), HEADERS, rows, dict.fromkeys(rejected, UNCLOSED), layout)


CASES = (
    unclosed(
        "unclosed-quote",
        lines(
            "Code,Name,Type,Town",
            "C001,Ann Lee,Individual,Leeds",
            'C002,"Bob Ray,Individual,York',
            "C003,Cy Dale,Individual,Hull",
            "C004,Di Moss,Individual,Ely",
        ),
        [
            (2, ["C001", "Ann Lee", "Individual", "Leeds"]),
            (4, ["C003", "Cy Dale", "Individual", "Hull"]),
            (5, ["C004", "Di Moss", "Individual", "Ely"]),
        ],
        3,
    ),
    unclosed(
        "unclosed-quote-above-quoted-cells",
        lines(
            "Code,Name,Type,Town",
            'C001,"Lee, Ann",Individual,Leeds',
            'C002,"Ray, Bob,Individual,York',
            'C003,"Dale, Cy",Individual,Hull',
            "C004,Di Moss,Individual,Ely",
            'C005,"Eve\nFox",Individual,Bath',
            'C006,"Gus ""Gee"" Hay",Individual,Deal',
        ),
        [
            (2, ["C001", "Lee, Ann", "Individual", "Leeds"]),
            (4, ["C003", "Dale, Cy", "Individual", "Hull"]),
            (5, ["C004", "Di Moss", "Individual", "Ely"]),
            (6, ["C005", "Eve\nFox", "Individual", "Bath"]),
            (7, ["C006", 'Gus "Gee" Hay', "Individual", "Deal"]),
        ],
        3,
    ),
    unclosed(
        "unclosed-quote-where-every-cell-is-quoted",
        lines(
            '"Code","Name","Type","Town"',
            '"C001","Lee, Ann","Individual","Leeds"',
            '"C002","Ray, Bob,"Individual","York"',
            '"C003","Dale, Cy","Individual","Hull',
            '"C004","Moss, Di","Individual","Ely"',
            '"C005","Fox, Eve","Individual","Bath"',
        ),
        [
            (2, ["C001", "Lee, Ann", "Individual", "Leeds"]),
            (5, ["C004", "Moss, Di", "Individual", "Ely"]),
            (6, ["C005", "Fox, Eve", "Individual", "Bath"]),
        ],
        3,
        4,
    ),
    unclosed(
        "unclosed-quote-in-two-rows",
        lines(
            "Code,Name,Type,Town",
            'C001,"Ann Lee,Individual,Leeds',
            "C002,Bob Ray,Individual,York",
            'C003,"Cy Dale,Individual,Hull',
            "C004,Di Moss,Individual,Ely",
        ),
        [(3, ["C002", "Bob Ray", "Individual", "York"]), (5, ["C004", "Di Moss", "Individual", "Ely"])],
        2,
        4,
    ),
    unclosed(
        "unclosed-quote-in-the-last-row",
        lines("Code,Name,Type,Town", "C001,Ann Lee,Individual,Leeds", 'C002,Bob Ray,Individual,"York'),
        numbered(2, ["C001", "Ann Lee", "Individual", "Leeds"]),
        3,
    ),
    unclosed(
        "unclosed-quote-at-the-very-end",
        'Code,Name,Type,Town\nC001,"Lee, Ann",Individual,Leeds\nC002,Bob Ray,Individual,"',
        numbered(2, ["C001", "Lee, Ann", "Individual", "Leeds"]),
        3,
    ),
)
