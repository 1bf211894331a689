"""Files that are small, large, packed or come back, and cells that a reader may be tempted to change."""

from __future__ import annotations

import codecs

from tests.corpus.case import Case, lines, numbered

GROUP = "size and cells"
COMMAS = {"encoding": "utf-8", "delimiter": ",", "header_row": 1}
LONG_CELL = "paid late, again; " * 17_000
WIDE = [f"Note {place}" for place in range(3, 201)]

CASES = (
    Case("empty", GROUP, b"", [], []),
    Case("header-only", GROUP, b"Code,Name,Type,Town\r\n", ["Code", "Name", "Type", "Town"], [], layout=COMMAS),
    Case(
        "one-row",
        GROUP,
        lines("Code,Name,Type,Town", 'C001,"Lee, Ann",Individual,Leeds').encode(),
        ["Code", "Name", "Type", "Town"],
        numbered(2, ["C001", "Lee, Ann", "Individual", "Leeds"]),
        layout=COMMAS,
    ),
    Case(
        "one-column",
        GROUP,
        lines("Name", "Ann Lee", "Bob Ray", "Cy Dale").encode(),
        ["Name"],
        numbered(2, ["Ann Lee"], ["Bob Ray"], ["Cy Dale"]),
        layout={"encoding": "utf-8", "header_row": 1},
    ),
    Case(
        "one-column-with-commas-in-every-cell",
        GROUP,
        lines("Name", "Smith, John", "Lee, Ann", "O'Brien, Pat", "Dale, Cy").encode(),
        ["Name"],
        numbered(2, ["Smith, John"], ["Lee, Ann"], ["O'Brien, Pat"], ["Dale, Cy"]),
        layout={"encoding": "utf-8", "header_row": 1},
    ),
    Case(
        "two-hundred-columns",
        GROUP,
        lines(
            ",".join(["Code", "Name", *WIDE]),
            ",".join(["C001", "Ann Lee", *(f"a{place}" for place in range(198))]),
            ",".join(["C002", "Bob Ray", *[""] * 198]),
            ",".join(["C003", '"Dale, Cy"', *['"x, y"'] * 198]),
        ).encode(),
        ["Code", "Name", *WIDE],
        numbered(
            2,
            ["C001", "Ann Lee", *(f"a{place}" for place in range(198))],
            ["C002", "Bob Ray", *[""] * 198],
            ["C003", "Dale, Cy", *["x, y"] * 198],
        ),
        layout=COMMAS,
    ),
    Case(
        "very-long-cell",
        GROUP,
        lines("Code,Name,Note", "C001,Ann Lee,x", f'C002,Bob Ray,"{LONG_CELL}"', "C003,Cy Dale,y").encode(),
        ["Code", "Name", "Note"],
        numbered(2, ["C001", "Ann Lee", "x"], ["C002", "Bob Ray", LONG_CELL], ["C003", "Cy Dale", "y"]),
        layout=COMMAS,
    ),
    Case(
        "packed-with-gzip",
        GROUP,
        lines("Code;Name;Town", "C001;Zoë Lee;Zürich", 'C002;"Ray; Bob";York', end="\r\n").encode(),
        ["Code", "Name", "Town"],
        numbered(2, ["C001", "Zoë Lee", "Zürich"], ["C002", "Ray; Bob", "York"]),
        layout={"encoding": "utf-8", "delimiter": ";", "quote": '"', "header_row": 1},
        is_packed=True,
    ),
    Case(
        "cells-with-blanks-around",
        GROUP,
        lines(
            "Code,Name,Type,Town", "C001 , Ann Lee,\tIndividual,Leeds  ", 'C002,"  Bob Ray ",Individual," York"'
        ).encode(),
        ["Code", "Name", "Type", "Town"],
        numbered(2, ["C001 ", " Ann Lee", "\tIndividual", "Leeds  "], ["C002", "  Bob Ray ", "Individual", " York"]),
        layout=COMMAS,
    ),
    Case(
        "cells-that-are-text-whatever-they-look-like",
        GROUP,
        lines(
            "Code,Name,Telephone,Fee,Since,Active",
            "007,NULL,+447700900123,1e5,2024-01-31,TRUE",
            "0042,None,07700 900456,1.50,31/01/2024,no",
            "1E3,NaN,(0113) 496 0001,-,1/2,0",
            "#N/A,N/A,#N/A,£0.00,NA,null",
        ).encode(),
        ["Code", "Name", "Telephone", "Fee", "Since", "Active"],
        numbered(
            2,
            ["007", "NULL", "+447700900123", "1e5", "2024-01-31", "TRUE"],
            ["0042", "None", "07700 900456", "1.50", "31/01/2024", "no"],
            ["1E3", "NaN", "(0113) 496 0001", "-", "1/2", "0"],
            ["#N/A", "N/A", "#N/A", "£0.00", "NA", "null"],
        ),
        layout=COMMAS,
    ),
    Case(
        "formulas",
        GROUP,
        lines(
            "Code,Name,Note",
            "C001,=1+1,+good",
            'C002,@home,"=HYPERLINK(""https://example.com"",""x"")"',
            "C003,-Dash,'=kept",
            "# C004,Bob # Ray,#",
        ).encode(),
        ["Code", "Name", "Note"],
        numbered(
            2,
            ["C001", "=1+1", "+good"],
            ["C002", "@home", '=HYPERLINK("https://example.com","x")'],
            ["C003", "-Dash", "'=kept"],
            ["# C004", "Bob # Ray", "#"],
        ),
        layout=COMMAS,
    ),
    Case(
        "not-imported-that-comes-back",
        "our own format",
        codecs.BOM_UTF8
        + lines(
            "Code,Name,Telephone,Note,import_row,import_outcome,import_reason,import_message",
            'C001,\'=1+1,+44 7700 900123,\'-Dash,2,error,not_in_list,"Type ""Zorp"" is not known, use another."',
            "C002,'@home,-5,''=kept,4,error,bad_format;too_long,Email has no @.",
            "C003,'t Hooft,0113 496 0001,'quoted',7,skipped,unchanged,Nothing to change.",
            end="\r\n",
        ).encode(),
        ["Code", "Name", "Telephone", "Note"],
        numbered(
            2,
            ["C001", "=1+1", "+44 7700 900123", "-Dash"],
            ["C002", "@home", "-5", "'=kept"],
            ["C003", "'t Hooft", "0113 496 0001", "'quoted'"],
        ),
        layout=COMMAS,
    ),
)
