"""Files whose header is missing, below something, over two lines, or has awkward labels."""

from __future__ import annotations

from tests.corpus.case import Case, Row, lines, numbered

GROUP = "header"
HEADERS = ["Code", "Name", "Type", "Town"]
LINES = (
    "Code,Name,Type,Town",
    "C001,Ann Lee,Individual,Leeds",
    "C002,Dale and Sons,Partnership,York",
    "C003,Harbour Trust,Charity,Hull",
)
CELLS = (
    ["C001", "Ann Lee", "Individual", "Leeds"],
    ["C002", "Dale and Sons", "Partnership", "York"],
    ["C003", "Harbour Trust", "Charity", "Hull"],
)


def headed(name: str, text: str, headers: list[str], rows: list[Row], header_row: int | None = 1) -> Case:
    layout = {"encoding": "utf-8", "delimiter": ","} | ({} if header_row is None else {"header_row": header_row})
    return Case(name, GROUP, text.encode(), headers, rows, layout=layout)


def below(name: str, *above: str) -> Case:
    """Three clients and their header below the lines ``above``."""
    row = len(above) + 1
    return headed(name, lines(*above, *LINES), HEADERS, numbered(row + 1, *CELLS), row)


CASES = (
    headed(
        "no-header",
        lines(
            "C001,Ann Lee,ann@example.com,31/01/2020",
            "C002,Bob Ray,bob@example.com,28/02/2021",
            "C003,Cy Dale,cy@example.com,15/03/2022",
        ),
        ["Column1", "Column2", "Column3", "Column4"],
        numbered(
            1,
            ["C001", "Ann Lee", "ann@example.com", "31/01/2020"],
            ["C002", "Bob Ray", "bob@example.com", "28/02/2021"],
            ["C003", "Cy Dale", "cy@example.com", "15/03/2022"],
        ),
        0,
    ),
    below("header-below-a-title", "Clients of Smith & Co"),
    below("header-below-a-title-with-a-comma", "Client list, June 2024"),
    below("header-below-blank-lines", "", "", ""),
    below(
        "header-below-titles-and-blank-lines",
        "Smith & Co, chartered accountants, Leeds",
        "",
        "Client list",
        "Printed on 01/06/2024, page 1",
        "",
    ),
    below("header-below-titles-filled-up-with-delimiters", "Clients of Smith & Co,,,", ",,,", "June 2024,,,"),
    below("header-below-a-quoted-title", '"Clients of Smith & Co, Leeds"', '""'),
    below("header-below-named-facts", "Practice:,Smith & Co", "Printed:,01/06/2024", "By:,Ann Lee", ""),
    headed(
        "header-over-two-lines",
        lines(
            "Client,,Address,,",
            "Code,Name,Line 1,Town,Postcode",
            "C001,Ann Lee,12 High Street,Leeds,LS6 1AA",
            "C002,Bob Ray,3 Mill Lane,York,YO1 7HH",
            "C003,Cy Dale,8 Dock Road,Hull,HU1 2AB",
        ),
        ["Client Code", "Client Name", "Address Line 1", "Address Town", "Address Postcode"],
        numbered(
            3,
            ["C001", "Ann Lee", "12 High Street", "Leeds", "LS6 1AA"],
            ["C002", "Bob Ray", "3 Mill Lane", "York", "YO1 7HH"],
            ["C003", "Cy Dale", "8 Dock Road", "Hull", "HU1 2AB"],
        ),
        None,
    ),
    headed(
        "header-over-two-lines-below-a-title",
        lines(
            "Client list, June 2024",
            "",
            "Client,,Contact,,",
            "Code,Name,Email,Telephone,Town",
            "C001,Ann Lee,ann@example.com,0113 496 0001,Leeds",
            "C002,Bob Ray,bob@example.com,0113 496 0002,York",
            "C003,Cy Dale,cy@example.com,0113 496 0003,Hull",
        ),
        ["Client Code", "Client Name", "Contact Email", "Contact Telephone", "Contact Town"],
        numbered(
            5,
            ["C001", "Ann Lee", "ann@example.com", "0113 496 0001", "Leeds"],
            ["C002", "Bob Ray", "bob@example.com", "0113 496 0002", "York"],
            ["C003", "Cy Dale", "cy@example.com", "0113 496 0003", "Hull"],
        ),
        None,
    ),
    headed(
        "header-wrapped-over-two-lines",
        lines(
            "Company,Contact,Post",
            "name,e-mail,code",
            "Lee Joinery Ltd,ann@example.com,LS6 1AA",
            "Ray Motors Ltd,bob@example.com,YO1 7HH",
            "Dale Design Ltd,cy@example.com,HU1 2AB",
        ),
        ["Company name", "Contact e-mail", "Post code"],
        numbered(
            3,
            ["Lee Joinery Ltd", "ann@example.com", "LS6 1AA"],
            ["Ray Motors Ltd", "bob@example.com", "YO1 7HH"],
            ["Dale Design Ltd", "cy@example.com", "HU1 2AB"],
        ),
        None,
    ),
    headed(
        "header-above-rows-of-words",
        lines("Name,Town,Country", "Ann Lee,Leeds,England", "Bob Ray,Cardiff,Wales", "Cy Dale,Perth,Scotland"),
        ["Name", "Town", "Country"],
        numbered(2, ["Ann Lee", "Leeds", "England"], ["Bob Ray", "Cardiff", "Wales"], ["Cy Dale", "Perth", "Scotland"]),
    ),
    headed(
        "header-above-a-row-with-blanks",
        lines("Name,Type,Email,Town", "Ann Lee,Individual,,", "Bob Ray,Individual,bob@example.com,York", "Cy Dale,,,"),
        ["Name", "Type", "Email", "Town"],
        numbered(
            2,
            ["Ann Lee", "Individual", "", ""],
            ["Bob Ray", "Individual", "bob@example.com", "York"],
            ["Cy Dale", "", "", ""],
        ),
    ),
    headed(
        "header-with-line-breaks-in-its-labels",
        lines('Code,"Company\nname","Post\ncode"', "C001,Lee Joinery,LS6 1AA", "C002,Ray Motors,YO1 7HH"),
        ["Code", "Company\nname", "Post\ncode"],
        numbered(2, ["C001", "Lee Joinery", "LS6 1AA"], ["C002", "Ray Motors", "YO1 7HH"]),
    ),
    headed(
        "header-with-repeated-labels",
        lines("Code,Name,Note,Note,Note", "C001,Ann Lee,a,b,c", "C002,Bob Ray,d,e,f"),
        ["Code", "Name", "Note", "Note (2)", "Note (3)"],
        numbered(2, ["C001", "Ann Lee", "a", "b", "c"], ["C002", "Bob Ray", "d", "e", "f"]),
    ),
    headed(
        "header-with-blank-labels",
        lines("Code,Name,,Town,", "C001,Ann Lee,a,Leeds,b", "C002,Bob Ray,c,York,d"),
        ["Code", "Name", "Column3", "Town", "Column5"],
        numbered(2, ["C001", "Ann Lee", "a", "Leeds", "b"], ["C002", "Bob Ray", "c", "York", "d"]),
    ),
    headed(
        "header-with-blanks-around-its-labels",
        lines("Code , Name,\tType ,  Town  ", "C001,Ann Lee,Individual,Leeds", "C002,Bob Ray,Individual,York"),
        HEADERS,
        numbered(2, ["C001", "Ann Lee", "Individual", "Leeds"], ["C002", "Bob Ray", "Individual", "York"]),
    ),
    headed(
        "header-with-numbers-in-its-labels",
        lines("Name,2023,2024,2025", "Ann Lee,1200,1250,1300", "Bob Ray,95,95,100"),
        ["Name", "2023", "2024", "2025"],
        numbered(2, ["Ann Lee", "1200", "1250", "1300"], ["Bob Ray", "95", "95", "100"]),
    ),
    headed(
        "header-shorter-than-the-rows",
        lines("Code,Name", "C001,Ann Lee,,", "C002,Bob Ray,,", "C003,Cy Dale,,"),
        ["Code", "Name"],
        numbered(2, ["C001", "Ann Lee"], ["C002", "Bob Ray"], ["C003", "Cy Dale"]),
    ),
)
