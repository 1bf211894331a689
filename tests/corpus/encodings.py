"""Files in every encoding, and files with bytes that their encoding does not know."""

from __future__ import annotations

import codecs

from tests.corpus.case import Case, Row, lines, numbered

GROUP = "encoding"
HEADERS = ["Code", "Name", "Type", "Email", "Town"]
TEXT = lines(
    "Code,Name,Type,Email,Town",
    "C001,Zoë Müller,Individual,zoe@example.com,Zürich",
    "C002,José Núñez & Söhne,Private limited company,jose@example.com,A Coruña",
    "C003,Chloë O'Brien,Sole trader,chloe@example.com,Besançon",
    'C004,"Øster, Bjørn",Individual,bjorn@example.com,Tromsø',
    end="\r\n",
)
ROWS = numbered(
    2,
    ["C001", "Zoë Müller", "Individual", "zoe@example.com", "Zürich"],
    ["C002", "José Núñez & Söhne", "Private limited company", "jose@example.com", "A Coruña"],
    ["C003", "Chloë O'Brien", "Sole trader", "chloe@example.com", "Besançon"],
    ["C004", "Øster, Bjørn", "Individual", "bjorn@example.com", "Tromsø"],
)
WIDE_TEXT = lines(
    "Code,Name,Type,Fee,Town",
    "C001,Żółw Sp. z o.o.,Private limited company,€ 1.200,Łódź",
    "C002,山田 太郎,Individual,€ 95,東京",
    "C003,Ελένη Παππά,Sole trader,€ 310,Αθήνα",
    'C004,"Smith, “Bob” 😀",Individual,€ 80,Leeds',
)
WIDE_HEADERS = ["Code", "Name", "Type", "Fee", "Town"]
WIDE_ROWS = numbered(
    2,
    ["C001", "Żółw Sp. z o.o.", "Private limited company", "€ 1.200", "Łódź"],
    ["C002", "山田 太郎", "Individual", "€ 95", "東京"],
    ["C003", "Ελένη Παππά", "Sole trader", "€ 310", "Αθήνα"],
    ["C004", "Smith, “Bob” 😀", "Individual", "€ 80", "Leeds"],
)
TYPOGRAPHIC_TEXT = lines(
    "Code,Name,Type,Fee,Note",
    "C001,Renée Lefèvre,Individual,€ 1200,‘first’ client",
    "C002,O’Brien & Sons,Partnership,€ 95,“old” friend – since 1999",
    "C003,Café Šárka,Sole trader,€ 310,5 % off…",
)
TYPOGRAPHIC_ROWS = numbered(
    2,
    ["C001", "Renée Lefèvre", "Individual", "€ 1200", "‘first’ client"],
    ["C002", "O’Brien & Sons", "Partnership", "€ 95", "“old” friend – since 1999"],
    ["C003", "Café Šárka", "Sole trader", "€ 310", "5 % off…"],
)
PLAIN_TEXT = lines(
    "Code,Name,Type,Email,Town",
    "C001,Ann Lee,Individual,ann@example.com,Leeds",
    "C002,Bob Ray,Individual,bob@example.com,York",
    "C003,Cy Dale,Individual,cy@example.com,Hull",
    end="\r\n",
)
PLAIN_ROWS = numbered(
    2,
    ["C001", "Ann Lee", "Individual", "ann@example.com", "Leeds"],
    ["C002", "Bob Ray", "Individual", "bob@example.com", "York"],
    ["C003", "Cy Dale", "Individual", "cy@example.com", "Hull"],
)


def encoded(name: str, encoding: str, data: bytes) -> Case:
    """The clients above in one encoding."""
    layout = {"encoding": encoding, "delimiter": ",", "quote": '"', "header_row": 1}
    if encoding.startswith("utf"):
        return Case(name, GROUP, data, WIDE_HEADERS, WIDE_ROWS, layout=layout)
    return Case(name, GROUP, data, HEADERS, ROWS, layout=layout)


def damaged(
    name: str, encoding: str, data: bytes, rejected: dict[int, str], headers: list[str], rows: list[Row]
) -> Case:
    """A file whose rejected rows have bytes that ``encoding`` does not know."""
    layout = {"encoding": encoding, "delimiter": ",", "header_row": 1}
    kept = [(number, cells) for number, cells in rows if number not in rejected]
    return Case(name, GROUP, data, headers, kept, rejected, layout)


def once(data: bytes, old: bytes, new: bytes) -> bytes:
    """``data`` with the one place of ``old`` replaced."""
    assert data.count(old) == 1, (old, data.count(old))
    return data.replace(old, new)


BAD = "bad_encoding"
LE, BE = codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE

CASES = (
    encoded("utf-8", "utf-8", WIDE_TEXT.encode()),
    encoded("utf-8-with-bom", "utf-8", codecs.BOM_UTF8 + WIDE_TEXT.encode()),
    Case(
        "utf-8-with-bom-before-a-quoted-label",
        GROUP,
        codecs.BOM_UTF8 + lines('"Code","Name, full"', '"C001","Zoë, Lee"', '"C002","Bo, Ray"').encode(),
        ["Code", "Name, full"],
        numbered(2, ["C001", "Zoë, Lee"], ["C002", "Bo, Ray"]),
        layout={"encoding": "utf-8", "delimiter": ",", "quote": '"', "header_row": 1},
    ),
    encoded("utf-16-le-with-bom", "utf-16-le", LE + WIDE_TEXT.encode("utf-16-le")),
    encoded("utf-16-be-with-bom", "utf-16-be", BE + WIDE_TEXT.encode("utf-16-be")),
    encoded("utf-16-le-without-bom", "utf-16-le", WIDE_TEXT.encode("utf-16-le")),
    encoded("utf-16-be-without-bom", "utf-16-be", WIDE_TEXT.encode("utf-16-be")),
    Case(
        "utf-16-le-of-a-spreadsheet",
        GROUP,
        LE + TEXT.replace(",", "\t").replace("Øster\t", "Øster,").encode("utf-16-le"),
        HEADERS,
        ROWS,
        layout={"encoding": "utf-16-le", "delimiter": "\t", "quote": '"', "header_row": 1},
    ),
    Case(
        "windows-1252",
        GROUP,
        TYPOGRAPHIC_TEXT.encode("windows-1252"),
        ["Code", "Name", "Type", "Fee", "Note"],
        TYPOGRAPHIC_ROWS,
        layout={"encoding": "windows-1252", "delimiter": ",", "header_row": 1},
    ),
    Case(
        "windows-1252-with-one-accent",
        GROUP,
        once(PLAIN_TEXT.encode(), b"Cy Dale", b"Cy Dal\xe9"),
        HEADERS,
        [*PLAIN_ROWS[:2], (4, ["C003", "Cy Dalé", "Individual", "cy@example.com", "Hull"])],
        layout={"encoding": "windows-1252", "delimiter": ",", "header_row": 1},
    ),
    encoded("latin-1", "windows-1252", TEXT.encode("latin-1")),
    damaged(
        "utf-8-with-a-damaged-byte", "utf-8", once(TEXT.encode(), "é N".encode(), b"\xe9 N"), {3: BAD}, HEADERS, ROWS
    ),
    damaged(
        "utf-8-with-a-cut-off-letter", "utf-8", once(TEXT.encode(), "çon".encode(), b"\xc3"), {4: BAD}, HEADERS, ROWS
    ),
    damaged(
        "windows-1252-with-undefined-bytes",
        "windows-1252",
        once(once(TEXT.encode("windows-1252"), b"Chlo\xeb", b"Chlo\x81"), b"Bj\xf8rn", b"Bj\x9drn"),
        {4: BAD, 5: BAD},
        HEADERS,
        ROWS,
    ),
    damaged(
        "utf-16-with-a-lone-surrogate",
        "utf-16-le",
        LE + once(PLAIN_TEXT.encode("utf-16-le"), "Ray".encode("utf-16-le"), "R".encode("utf-16-le") + b"\x00\xd8y\0"),
        {3: BAD},
        HEADERS,
        PLAIN_ROWS,
    ),
    damaged(
        "utf-16-cut-off-in-a-letter",
        "utf-16-le",
        LE + PLAIN_TEXT.removesuffix("\r\n").encode("utf-16-le")[:-1],
        {4: BAD},
        HEADERS,
        PLAIN_ROWS,
    ),
    damaged(
        "nul-byte-in-a-cell", "utf-8", once(PLAIN_TEXT.encode(), b"Bob Ray", b"Bob\0Ray"), {3: BAD}, HEADERS, PLAIN_ROWS
    ),
)
