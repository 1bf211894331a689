"""Files with every way to quote, to escape, and to do either wrongly."""

from __future__ import annotations

from tests.corpus.case import Case, Row, lines, numbered

GROUP = "quotes"
HEADERS = ["Code", "Name", "Type", "Town"]


def quoted(name: str, text: str, *rows: list[str], quote: str = '"', delimiter: str = ",", **more: object) -> Case:
    """A file of four columns whose rows begin on line 2."""
    layout = {"encoding": "utf-8", "delimiter": delimiter, "quote": quote, "header_row": 1, **more}
    return Case(name, GROUP, text.encode(), HEADERS, numbered(2, *rows), layout=layout)


SPACED: list[Row] = numbered(
    2,
    ["C001", "Ann Lee", "Individual", "Leeds"],
    ["C002", "Smith, Bob", "Individual", "York"],
    ["C003", "Dale, Cy", "Individual", "Hull"],
)

CASES = (
    quoted(
        "every-cell-quoted",
        lines(
            '"Code","Name","Type","Town"',
            '"C001","Lee, Ann","Individual","Leeds"',
            '"C002","O\'Brien","Individual","York"',
            '"","","Individual",""',
            end="\r\n",
        ),
        ["C001", "Lee, Ann", "Individual", "Leeds"],
        ["C002", "O'Brien", "Individual", "York"],
        ["", "", "Individual", ""],
    ),
    quoted(
        "doubled-quotes",
        lines(
            "Code,Name,Type,Town",
            'C001,"Ann ""The Boss"" Lee",Individual,Leeds',
            'C002,"""Bob""",Individual,York',
            'C003,"Dale, ""Cy""",Individual,""',
            'C004,"""",Individual,Ely',
        ),
        ["C001", 'Ann "The Boss" Lee', "Individual", "Leeds"],
        ["C002", '"Bob"', "Individual", "York"],
        ["C003", 'Dale, "Cy"', "Individual", ""],
        ["C004", '"', "Individual", "Ely"],
    ),
    quoted(
        "apostrophes-as-quotes",
        lines(
            "Code,Name,Type,Town",
            "'C001','Lee, Ann','Individual','Leeds'",
            "'C002','Pat O''Brien','Individual','York'",
            "'C003','Dale, Cy','Individual','King''s Lynn'",
        ),
        ["C001", "Lee, Ann", "Individual", "Leeds"],
        ["C002", "Pat O'Brien", "Individual", "York"],
        ["C003", "Dale, Cy", "Individual", "King's Lynn"],
        quote="'",
    ),
    quoted(
        "apostrophes-as-quotes-where-needed",
        lines(
            "Code;Name;Type;Town",
            "C001;'Lee; Ann';Individual;Leeds",
            "C002;'Ray; Bob';Individual;York",
            "C003;Dale Cy;Individual;Hull",
        ),
        ["C001", "Lee; Ann", "Individual", "Leeds"],
        ["C002", "Ray; Bob", "Individual", "York"],
        ["C003", "Dale Cy", "Individual", "Hull"],
        quote="'",
        delimiter=";",
    ),
    quoted(
        "apostrophes-that-quote-nothing",
        lines(
            "Code,Name,Type,Town",
            "C001,O'Brien & Sons,Partnership,'s-Hertogenbosch",
            "C002,'t Hooft BV,Sole trader,King's Lynn",
            'C003,"D\'Arcy, Zoë",Individual,Leeds',
            "C004,Jones',Partnership,Hull",
        ),
        ["C001", "O'Brien & Sons", "Partnership", "'s-Hertogenbosch"],
        ["C002", "'t Hooft BV", "Sole trader", "King's Lynn"],
        ["C003", "D'Arcy, Zoë", "Individual", "Leeds"],
        ["C004", "Jones'", "Partnership", "Hull"],
    ),
    quoted(
        "backslash-escapes",
        lines(
            "Code,Name,Type,Town",
            r'"C001","Ann \"The Boss\" Lee","Individual","Leeds"',
            r'"C002","Ray, Bob","Individual","York"',
            r'"C003","Dale \"Cy\", the elder","Individual","Hull"',
        ),
        ["C001", 'Ann "The Boss" Lee', "Individual", "Leeds"],
        ["C002", "Ray, Bob", "Individual", "York"],
        ["C003", 'Dale "Cy", the elder', "Individual", "Hull"],
        escape="\\",
    ),
    Case(
        "backslashes-that-escape-nothing",
        GROUP,
        lines(
            "Code,Name,Folder,Town",
            r'C001,"Lee, Ann","C:\clients\lee\",Leeds',
            r'C002,"Ray, Bob","C:\clients\new\",York',
            r"C003,Cy Dale,\\server\dale\,Hull",
            r'C004,Di Moss,"\",Ely',
        ).encode(),
        ["Code", "Name", "Folder", "Town"],
        numbered(
            2,
            ["C001", "Lee, Ann", "C:\\clients\\lee\\", "Leeds"],
            ["C002", "Ray, Bob", "C:\\clients\\new\\", "York"],
            ["C003", "Cy Dale", "\\\\server\\dale\\", "Hull"],
            ["C004", "Di Moss", "\\", "Ely"],
        ),
        layout={"encoding": "utf-8", "delimiter": ",", "quote": '"', "escape": "", "header_row": 1},
    ),
    quoted(
        "quotes-inside-cells-that-are-not-quoted",
        lines(
            "Code,Name,Type,Town",
            'C001,Ann "The Boss" Lee,Individual,Leeds',
            'C002,12" Pipes Ltd,Private limited company,York',
            'C003,"Dale, Cy",Individual,Hull',
            'C004,Di "Moss",Individual,Ely',
        ),
        ["C001", 'Ann "The Boss" Lee', "Individual", "Leeds"],
        ["C002", '12" Pipes Ltd', "Private limited company", "York"],
        ["C003", "Dale, Cy", "Individual", "Hull"],
        ["C004", 'Di "Moss"', "Individual", "Ely"],
    ),
    quoted(
        "unescaped-quotes-inside-quoted-cells",
        lines(
            "Code,Name,Type,Town",
            'C001,"Ann "The Boss" Lee",Individual,Leeds',
            'C002,"Ray, Bob",Individual,York',
            'C003,"Dale, "Cy" the elder",Individual,Hull',
            'C004,"12" Pipes Ltd",Private limited company,Ely',
        ),
        ["C001", 'Ann "The Boss" Lee', "Individual", "Leeds"],
        ["C002", "Ray, Bob", "Individual", "York"],
        ["C003", 'Dale, "Cy" the elder', "Individual", "Hull"],
        ["C004", '12" Pipes Ltd', "Private limited company", "Ely"],
    ),
    quoted(
        "text-after-a-closing-quote",
        lines(
            "Code,Name,Type,Town",
            'C001,"Ann" Lee,Individual,Leeds',
            'C002,"Ray, Bob" junior,Individual,York',
            'C003,"Dale, Cy",Individual,Hull',
        ),
        ["C001", "Ann Lee", "Individual", "Leeds"],
        ["C002", "Ray, Bob junior", "Individual", "York"],
        ["C003", "Dale, Cy", "Individual", "Hull"],
    ),
    Case(
        "blanks-around-quotes",
        GROUP,
        lines(
            "Code,Name,Type,Town",
            'C001, "Ann Lee",Individual,Leeds',
            'C002, "Smith, Bob" ,Individual,York',
            'C003,"Dale, Cy" ,Individual,  "Hull"',
        ).encode(),
        HEADERS,
        SPACED,
        layout={"encoding": "utf-8", "delimiter": ",", "quote": '"', "header_row": 1},
    ),
    Case(
        "blank-after-every-comma",
        GROUP,
        lines(
            '"Code", "Name", "Type", "Town"',
            '"C001", "Ann Lee", "Individual", "Leeds"',
            '"C002", "Smith, Bob", "Individual", "York"',
            '"C003", "Dale, Cy", "Individual", "Hull"',
        ).encode(),
        HEADERS,
        SPACED,
        layout={"encoding": "utf-8", "delimiter": ",", "quote": '"', "header_row": 1},
    ),
    quoted(
        "quoted-cells-with-line-breaks",
        lines(
            "Code,Name,Type,Town",
            'C001,"Ann Lee\n12 High Street\nHeadingley",Individual,Leeds',
            'C002,"Bob Ray\n\n",Individual,York',
            'C003,Cy Dale,Individual,"\nHull"',
        ),
        ["C001", "Ann Lee\n12 High Street\nHeadingley", "Individual", "Leeds"],
        ["C002", "Bob Ray\n\n", "Individual", "York"],
        ["C003", "Cy Dale", "Individual", "\nHull"],
    ),
    quoted(
        "quoted-cells-that-look-like-rows",
        lines(
            "Code,Name,Type,Town",
            'C001,"was:\nC000,Old Lee,Individual,Leeds\nC000,""Older"", Lee,Individual,Leeds",Individual,Leeds',
            "C002,Bob Ray,Individual,York",
        ),
        ["C001", 'was:\nC000,Old Lee,Individual,Leeds\nC000,"Older", Lee,Individual,Leeds', "Individual", "Leeds"],
        ["C002", "Bob Ray", "Individual", "York"],
    ),
)
