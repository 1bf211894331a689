"""Reading a file (docs/rules.md, section 2): text cells, headers, row numbers, ragged records, kinds of files."""

from __future__ import annotations

import gzip
import io
import zipfile
from typing import Any

import pytest

from client_import.paths import JobFolder
from client_import.reading.source import keep_source
from tests.support.previewing import preview
from tests.support.program import Program, import_options


def look(program: Program, data: bytes, **options: Any) -> dict[str, Any]:
    """The preview of ``data``, with every row."""
    folder = JobFolder(program.home.path / "look").create()
    keep_source(io.BytesIO(data), folder.source)
    seen = preview(program.database, program.known, folder, import_options(**options), 1, None)
    return seen.to_json()


def names(program: Program) -> list[str]:
    """The names of all clients, sorted."""
    return sorted(client["name"] for client in program.clients())


def zipped(data: bytes) -> bytes:
    """A zip archive with ``data`` in it."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as files:
        files.writestr("clients.csv", data)
    return archive.getvalue()


def test_bytes_are_kept_exactly_as_they_came(program: Program) -> None:
    data = b'\xef\xbb\xbfName;"Type"\r\nAnn ;Ltd\n\n"Bo\rb";Ltd'
    code = program.run(data)["code"]
    assert program.home.job(code).source.read_bytes() == data


@pytest.mark.parametrize(
    "text",
    [
        "007",
        "+33600000000",
        "1e5",
        "NULL",
        "null",
        "NaN",
        "nan",
        "N/A",
        "None",
        "true",
        "1.50",
        "-",
        "2024-01-01",
        "1,5",
        "''",
    ],
)
def test_text_cells_survive_as_they_are(program: Program, text: str) -> None:
    program.run(f'Name,Type,TradingAs\nAnn,Ltd,"{text}"\n'.encode())
    assert [client["trading_as"] for client in program.clients()] == [text]


def test_codes_keep_their_leading_zeros(program: Program) -> None:
    program.run(b"Code,Name,Type\n007,Ann,Ltd\n7,Bob,Ltd\n1e5,Cy,Ltd\nNULL,Dee,Ltd\n")
    assert [client["code"] for client in program.clients()] == ["007", "1e5", "7", "NULL"]


@pytest.mark.parametrize(
    ("line", "headers"),
    [
        (b" Name ,  Type  ", ["Name", "Type"]),
        (b"Name,Type,Note,Note,Note", ["Name", "Type", "Note", "Note (2)", "Note (3)"]),
        (b"Name,Type,Note, Note", ["Name", "Type", "Note", "Note (2)"]),
        (b"Name,Type,,Note,", ["Name", "Type", "Column3", "Note", "Column5"]),
        ("Name,\ufeffType,\u200b,\xa0Note\u200e,\x7f".encode(), ["Name", "Type", "Column3", "Note", "Column5"]),
        (b'Name,Type,"Note,\n1"', ["Name", "Type", "Note,\n1"]),
    ],
    ids=["trimmed", "repeated", "repeated once trimmed", "blank", "invisible", "quoted"],
)
def test_header_labels(program: Program, line: bytes, headers: list[str]) -> None:
    cells = b",".join([b"Ann", b"Ltd", b"x", b"y", b"z"][: len(headers)])
    assert look(program, line + b"\n" + cells + b"\n")["headers"] == headers


@pytest.mark.parametrize("line", [b"Note,Note (2),Note", b"Note,Note,Note (2)", b"Column2,,Column2", b"a,,Column2"])
def test_header_labels_are_unique_whatever_the_file_calls_them(program: Program, line: bytes) -> None:
    headers = look(program, line + b"\n1,2,3\n", header=True, map={})["headers"]
    assert len(set(headers)) == len(headers) == 3


def test_without_a_header_labels_are_column1_and_so_on(program: Program) -> None:
    data = b"Ann,Ltd\nBob,Ltd\n"
    assert look(program, data, header=False)["headers"] == ["Column1", "Column2"]
    program.run(data, header=False, map={"Column1": "Name", "Column2": "Type"})
    assert names(program) == ["Ann", "Bob"]


@pytest.mark.parametrize(
    ("data", "has_header"),
    [
        (b"Name,Type\nAnn,Ltd\n", True),
        (b"A1,Ann,ann@example.com,2020-01-31\nB2,Bob,bob@example.com,2021-02-28\n", False),
    ],
)
def test_presence_of_a_header_is_detected(program: Program, data: bytes, has_header: bool) -> None:
    assert look(program, data)["hasHeaderRow"] == has_header


@pytest.mark.parametrize(
    ("above", "row"),
    [
        (b"\n\n", 4),
        (b"Clients of Smith & Co\n\n", 4),
        (b"Clients,,\nas of 1 May,,\n,,\n", 5),
        (b'"A title\nof two lines"\n', 3),
    ],
    ids=["blank lines", "a title", "titles filled up with blanks", "a title with a line break"],
)
def test_titles_and_blank_lines_above_the_header_are_passed_over(program: Program, above: bytes, row: int) -> None:
    job = program.run(above + b"Name,Type,Email\nAnn,Zorp,ann@example.com\nBob,Ltd,bob@example.com\n")
    assert (job["totalItems"], names(program)) == (2, ["Bob"])
    assert program.reasons(job["code"]) == {row: {"not_in_list"}}


def test_row_numbers_are_those_of_a_spreadsheet(program: Program) -> None:
    data = b'Name,Type\nAnn,Zorp\n\n"Bob\nof two lines",Zorp\n,\nCy,Zorp\n'
    assert set(program.reasons(program.run(data)["code"])) == {2, 4, 6}


UNSEEN = [",\u200b", "\ufeff,\xad", "\x1a", "\x7f,,", '"\u2060",\xa0']


@pytest.mark.parametrize(
    "blank", [b"", b",", b",,", b" , ", b'"",""', b'" ",\t', "\u00a0,\u2003".encode(), *map(str.encode, UNSEEN)]
)
def test_blank_records_are_neither_counted_nor_reported(program: Program, blank: bytes) -> None:
    job = program.run(b"Name,Type\n" + blank + b"\nAnn,Ltd\n" + blank + b"\nBob,Zorp\n" + blank + b"\n")
    assert (job["totalItems"], job["createdCount"], job["errorCount"]) == (2, 1, 1)
    assert program.reasons(job["code"]) == {5: {"not_in_list"}}


@pytest.mark.parametrize("data", [b"Name,Type,Note\n,,x\n", b"Name,Type\n,,x\n", b"Name,Type\n#N/A,\n"])
def test_record_with_any_cell_that_is_not_blank_is_a_data_row(program: Program, data: bytes) -> None:
    job = program.run(data)
    assert (job["totalItems"], job["errorCount"]) == (1, 1)


def test_short_record_is_filled_with_blanks(program: Program) -> None:
    job = program.run(b"Name,Type,TradingAs,Team\nAnn,Ltd\nBob,Ltd,Bobs,North\n")
    assert job["createdCount"] == 2
    assert [(c["trading_as"], c["team"]) for c in program.clients()] == [(None, None), ("Bobs", "North")]


@pytest.mark.parametrize(
    "surplus", [b",", b",,,", b", ,\t", b',""', *",\xa0 ,\u200b ,\ufeff\u2003 ,\x7f".encode().split()]
)
def test_blank_surplus_is_accepted(program: Program, surplus: bytes) -> None:
    job = program.run(b"Name,Type\nAnn,Ltd" + surplus + b"\nBob,Ltd\n")
    assert (job["createdCount"], names(program)) == (2, ["Ann", "Bob"])


def test_every_row_may_have_a_surplus(program: Program) -> None:
    job = program.run(b"Name,Type\nAnn,Ltd,x\nBob,Ltd,x\n")
    assert program.reasons(job["code"]) == {2: {"too_many_cells"}, 3: {"too_many_cells"}}


@pytest.mark.parametrize("surplus", [b",x", b",,x", b', "x', b',"x\ny"'])
def test_surplus_that_is_not_blank_is_rejected(program: Program, surplus: bytes) -> None:
    job = program.run(b"Name,Type\nAnn,Ltd" + surplus + b"\nBob,Ltd\n")
    assert program.reasons(job["code"]) == {2: {"too_many_cells"}}
    assert names(program) == ["Bob"]


def test_ragged_records_shift_and_drop_no_other_row(program: Program) -> None:
    data = b'Name,Type\nAnn,Ltd,x\n\n"Bob\n1",Ltd\nCy\n,Ltd,\nDee,Ltd,,\n\nEve,Ltd,x,y\nFay,Ltd\nGus,Zorp,x'
    job = program.run(data)
    assert names(program) == ["Bob 1", "Dee", "Fay"]
    assert (job["totalItems"], job["errorCount"]) == (8, 5)
    assert program.reasons(job["code"]) == {
        2: {"too_many_cells"},
        5: {"missing_required"},
        6: {"missing_required"},
        9: {"too_many_cells"},
        11: {"too_many_cells", "not_in_list"},
    }


@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"], ids=["no BOM", "BOM"])
@pytest.mark.parametrize("delimiter", [b",", b";"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gz"])
def test_utf8_files_are_read(program: Program, bom: bytes, delimiter: bytes, end: bytes, pack: Any) -> None:
    lines = [["Name", "Type", "Team"], ["Zoë", "Ltd", "Süd, 1; 2"], ["Żółw", "Ltd", ""]]
    text = end.join(delimiter.join(b'"%s"' % cell.encode() for cell in line) for line in lines)
    job = program.run(pack(bom + text))
    assert (job["createdCount"], job["totalItems"]) == (2, 2)
    assert [(client["name"], client["team"]) for client in program.clients()] == [("Zoë", "Süd, 1; 2"), ("Żółw", None)]


@pytest.mark.parametrize("rows", [1, 2, 9])
def test_delimiter_is_the_one_that_cuts_all_records_alike(program: Program, rows: int) -> None:
    seen = look(program, b"Name (last, first, middle);Type\n" + b"Lee;Ltd\n" * rows, map={}, header=True)
    assert (seen["delimiter"], len(seen["headers"])) == (";", 2)


@pytest.mark.parametrize(
    "data",
    [
        b"Name,Type\nAnn\0,Ltd\nBob,Ltd\n",
        "Name,Type\nZoë,Ltd\nBob,Ltd\n".encode("latin-1"),
        b"Name,Type\n\xff\xfe\xfd\xfc\xfb\xfa\xff\xff\xff,Ltd\nBob,Ltd\n",
    ],
    ids=["a NUL", "another encoding", "many bytes"],
)
def test_damaged_bytes_cost_their_row_however_short_the_file(program: Program, data: bytes) -> None:
    job = program.run(data, encoding="utf-8")
    assert (program.reasons(job["code"]), names(program)) == ({2: {"bad_encoding"}}, ["Bob"])


def test_an_apostrophe_that_quotes_nothing_is_no_quote(program: Program) -> None:
    data = b'Code,Utr,Name,Type,Team\n"A1",1955839661,"Ann Lee",Ltd,"\'x"\nA2,"2,234,567,890"\n'
    seen = look(program, data)
    assert (seen["quote"], seen["previewRows"][1]["Utr"]) == ('"', "2,234,567,890")


def test_detected_values_are_shown(program: Program) -> None:
    seen = look(program, "Name;Type\nZoë;Ltd\n".encode())
    assert (seen["encoding"], seen["delimiter"], seen["quote"]) == ("utf-8", ";", '"')
    assert seen["previewRows"] == [{"Name": "Zoë", "Type": "Ltd"}]


@pytest.mark.parametrize(
    ("data", "options"),
    [
        ("Name,Type\nZoë,Ltd\n".encode("latin-1"), {"encoding": "latin-1"}),
        ("Name,Type\nZoë,Ltd\n".encode("cp850"), {"encoding": "cp850"}),
        ("Name;Type\nZoë;Ltd\n".encode(), {"delimiter": ";"}),
        ("Name~Type\nZoë~Ltd\n".encode(), {"delimiter": "~"}),
        ("Name,Type\n'Zoë',Ltd\n".encode(), {"quote": "'"}),
        ('Name,Type,Team\nZoë,Ltd,"\n'.encode(), {"quote": "none"}),
        ('Name,Type,Team\nZoë,Ltd,"x\\"y"\n'.encode(), {"escape": "backslash"}),
        ('Name,Type,Team\nZoë,Ltd,"x\\"\n'.encode(), {"escape": "doubled"}),
        ("Name,Type,Team\r\nZoë,Ltd,a\nb\r\n".encode(), {"line_ending": "CRLF"}),
        ("Name,Type,Team\nZoë,Ltd,a\rb\n".encode(), {"line_ending": "lf"}),
        ("Zoë,Ltd\n".encode(), {"header": False, "map": {"Column1": "Name", "Column2": "Type"}}),
        ("Code,Name\nName,Type\nZoë,Ltd\n".encode(), {"header_row": "2"}),
        ("Client,Client\nname,type\nZoë,Ltd\n".encode(), {"header_row": "1-2"}),
    ],
    ids=[
        "encoding",
        "encoding of DOS",
        "delimiter",
        "unusual delimiter",
        "quote",
        "no quote",
        "backslash escapes",
        "backslash is a letter",
        "only CRLF ends a row",
        "only LF ends a row",
        "header",
        "row of the header",
        "rows of the header",
    ],
)
def test_each_detected_value_can_be_overridden(program: Program, data: bytes, options: dict[str, Any]) -> None:
    program.run(data, **options)
    assert names(program) == ["Zoë"]


@pytest.mark.parametrize(
    "data",
    [b"", b"\xef\xbb\xbf", b"\n\n \n", b"Name,Type", b"Name,Type\n\n,\n", gzip.compress(b""), b"Foo,Bar,Name\n"],
    ids=["empty", "BOM", "blank lines", "header", "blank records", "empty gz", "header without Type"],
)
def test_file_without_data_rows_completes_with_zeros(program: Program, data: bytes) -> None:
    job = program.run(data)
    assert (job["status"], job["outcome"]) == ("Completed", "NothingImported")
    assert [job[name] for name in job if name.endswith(("Count", "Items"))] == [0] * 6
    assert program.clients() == []


@pytest.mark.parametrize(
    ("data", "looks_like"),
    [
        (b"%PDF-1.7\n1 0 obj\n", "PDF"),
        (zipped(b"Name,Type\nAnn,Ltd\n"), "zip"),
        (b"\0" * 4096, "NUL"),
        (b"Name\0\0\0\0Type\0\0\0\0\n" * 100, "NUL"),
        (bytes(range(1, 32)) * 100, "control characters"),
        (gzip.compress(b"%PDF-1.7\n"), "PDF"),
        (gzip.compress(b"Name,Type\nAnn,Ltd\n" * 99)[:-20], "gzip"),
    ],
    ids=["PDF", "zip", "NUL bytes", "NUL bytes between words", "control characters", "gzipped PDF", "cut-off gzip"],
)
def test_what_is_no_table_of_text_is_failed_with_a_reason(program: Program, data: bytes, looks_like: str) -> None:
    job = program.run(data)
    assert job["status"] == "Failed"
    assert looks_like in job["failureReason"]
    assert program.clients() == []
