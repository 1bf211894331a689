"""Files with every delimiter, with the others inside their cells, and with rows that use another one."""

from __future__ import annotations

from tests.corpus.case import Case, lines, numbered

GROUP = "delimiter"
HEADERS = ["Code", "Name", "Type", "Town"]


def certain(delimiter: str, **more: object) -> dict[str, object]:
    """A layout that is certain of its delimiter."""
    return {"encoding": "utf-8", "delimiter": delimiter, "header_row": 1, **more}


def plain(name: str, delimiter: str) -> Case:
    """Three clients with nothing awkward but the delimiter."""
    header = ["Code", "Name", "Type", "Town"]
    rows = [
        ["C001", "Ann Lee", "Individual", "Leeds"],
        ["C002", "Dale and Sons", "Partnership", "York"],
        ["C003", "Harbour Trust", "Charity", "Hull"],
    ]
    text = lines(*(delimiter.join(cells) for cells in [header, *rows]))
    return Case(name, GROUP, text.encode(), header, numbered(2, *rows), layout=certain(delimiter))


CASES = (
    plain("commas", ","),
    plain("semicolons", ";"),
    plain("tabs", "\t"),
    plain("pipes", "|"),
    Case(
        "semicolons-with-decimal-commas",
        GROUP,
        lines(
            "Code;Name;Fee;Hours;Rate",
            "C001;Ann Lee;1200,50;10,5;114,33",
            "C002;Bob Ray;95,00;1,0;95,00",
            "C003;Cy Dale;310,25;3,5;88,64",
        ).encode(),
        ["Code", "Name", "Fee", "Hours", "Rate"],
        numbered(
            2,
            ["C001", "Ann Lee", "1200,50", "10,5", "114,33"],
            ["C002", "Bob Ray", "95,00", "1,0", "95,00"],
            ["C003", "Cy Dale", "310,25", "3,5", "88,64"],
        ),
        layout=certain(";"),
    ),
    Case(
        "semicolons-with-more-commas-in-the-cells",
        GROUP,
        lines(
            "Code;Name;Address",
            "C001;Lee, Ann;12 High Street, Headingley, Leeds, LS6",
            "C002;Ray, Bob;The Old Mill, 3 Mill Lane, Micklegate, York",
            "C003;Dale, Cy;Flat 2, 8 Dock Road, Victoria Dock, Hull",
        ).encode(),
        ["Code", "Name", "Address"],
        numbered(
            2,
            ["C001", "Lee, Ann", "12 High Street, Headingley, Leeds, LS6"],
            ["C002", "Ray, Bob", "The Old Mill, 3 Mill Lane, Micklegate, York"],
            ["C003", "Dale, Cy", "Flat 2, 8 Dock Road, Victoria Dock, Hull"],
        ),
        layout=certain(";"),
    ),
    Case(
        "commas-with-semicolons-in-the-cells",
        GROUP,
        lines(
            "Code,Name,Tags,Town",
            "C001,Ann Lee,vip;gold;old,Leeds",
            "C002,Bob Ray,new;silver;web,York",
            "C003,Cy Dale,vip;bronze;web,Hull",
        ).encode(),
        ["Code", "Name", "Tags", "Town"],
        numbered(
            2,
            ["C001", "Ann Lee", "vip;gold;old", "Leeds"],
            ["C002", "Bob Ray", "new;silver;web", "York"],
            ["C003", "Cy Dale", "vip;bronze;web", "Hull"],
        ),
        layout=certain(","),
    ),
    Case(
        "tabs-with-commas-in-the-cells",
        GROUP,
        lines("Code\tName\tTown", "C001\tLee, Ann\tLeeds", "C002\tRay, Bob\tYork", "C003\tDale, Cy\tHull").encode(),
        ["Code", "Name", "Town"],
        numbered(2, ["C001", "Lee, Ann", "Leeds"], ["C002", "Ray, Bob", "York"], ["C003", "Dale, Cy", "Hull"]),
        layout=certain("\t"),
    ),
    Case(
        "tabs-with-blank-cells",
        GROUP,
        lines("Code\tName\tEmail\tTown", "C001\tAnn Lee\t\t", "\tBob Ray\t\tYork", "\t\t\tHull").encode(),
        ["Code", "Name", "Email", "Town"],
        numbered(2, ["C001", "Ann Lee", "", ""], ["", "Bob Ray", "", "York"], ["", "", "", "Hull"]),
        layout=certain("\t"),
    ),
    Case(
        "pipes-with-all-others-in-the-cells",
        GROUP,
        lines(
            "Code|Name|Note",
            "C001|Lee, Ann|calls at 9:30; never on Fridays",
            "C002|Ray, Bob|pays late; sends cheques, in person",
            "C003|Dale, Cy|moved 1/5/2024; new address, see letter",
        ).encode(),
        ["Code", "Name", "Note"],
        numbered(
            2,
            ["C001", "Lee, Ann", "calls at 9:30; never on Fridays"],
            ["C002", "Ray, Bob", "pays late; sends cheques, in person"],
            ["C003", "Dale, Cy", "moved 1/5/2024; new address, see letter"],
        ),
        layout=certain("|"),
    ),
    Case(
        "semicolons-with-commas-in-a-label",
        GROUP,
        lines('Code;"Name (last, first, middle)";Type', "C001;Lee;Individual", "C002;Ray;Individual").encode(),
        ["Code", "Name (last, first, middle)", "Type"],
        numbered(2, ["C001", "Lee", "Individual"], ["C002", "Ray", "Individual"]),
        layout=certain(";", quote='"'),
    ),
    Case(
        "sep-line",
        GROUP,
        lines("sep=;", "Code;Name;Fee", "C001;Lee, Ann;1,50", "C002;Ray, Bob;2,00", end="\r\n").encode(),
        ["Code", "Name", "Fee"],
        numbered(3, ["C001", "Lee, Ann", "1,50"], ["C002", "Ray, Bob", "2,00"]),
        layout={"encoding": "utf-8", "delimiter": ";", "header_row": 2},
    ),
    Case(
        "another-delimiter-at-one-place",
        GROUP,
        lines(
            "Code,Name,Type,Town",
            "C001,Ann Lee,Individual,Leeds",
            "C002;Bob Ray,Individual,York",
            "C003,Cy Dale,Individual,Hull",
            "C004,Di Moss,Individual,Ely",
        ).encode(),
        HEADERS,
        numbered(
            2,
            ["C001", "Ann Lee", "Individual", "Leeds"],
            ["C002;Bob Ray", "Individual", "York", ""],
            ["C003", "Cy Dale", "Individual", "Hull"],
            ["C004", "Di Moss", "Individual", "Ely"],
        ),
        layout=certain(","),
    ),
    Case(
        "another-delimiter-in-one-row",
        GROUP,
        lines(
            "Code,Name,Type,Town",
            "C001,Ann Lee,Individual,Leeds",
            "C002;Bob Ray;Individual;York",
            "C003,Cy Dale,Individual,Hull",
            "C004,Di Moss,Individual,Ely",
        ).encode(),
        HEADERS,
        numbered(
            2,
            ["C001", "Ann Lee", "Individual", "Leeds"],
            ["C002;Bob Ray;Individual;York", "", "", ""],
            ["C003", "Cy Dale", "Individual", "Hull"],
            ["C004", "Di Moss", "Individual", "Ely"],
        ),
        layout=certain(","),
    ),
    Case(
        "trailing-delimiters",
        GROUP,
        lines("Code,Name,Town,", "C001,Ann Lee,Leeds,", "C002,Bob Ray,York,", "C003,Cy Dale,Hull,").encode(),
        ["Code", "Name", "Town", "Column4"],
        numbered(2, ["C001", "Ann Lee", "Leeds", ""], ["C002", "Bob Ray", "York", ""], ["C003", "Cy Dale", "Hull", ""]),
        layout=certain(","),
    ),
    Case(
        "trailing-delimiters-below-the-header-only",
        GROUP,
        lines("Code,Name,Town", "C001,Ann Lee,Leeds,", "C002,Bob Ray,York,", "C003,Cy Dale,Hull,").encode(),
        ["Code", "Name", "Town"],
        numbered(2, ["C001", "Ann Lee", "Leeds"], ["C002", "Bob Ray", "York"], ["C003", "Cy Dale", "Hull"]),
        layout=certain(","),
    ),
)
