"""The file of rows not imported (docs/rules.md, section 8): its bytes, its guard, and its way back in."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from client_import.paths import JobFolder
from client_import.reading.source import keep_source
from tests.support.previewing import preview
from tests.support.program import Program, import_options

BOM = b"\xef\xbb\xbf"
IMPORT_COLUMNS = ["import_row", "import_outcome", "import_reason", "import_message"]
FORMULAS = ["=1+1", "+cmd", "-1+2", "@SUM(A1)", "\tx", "\rx", "=", "-", "+", "@", "-x", "+44 ring me", "=-5"]
NO_FORMULAS = [
    "-5",
    "+5",
    "-1.5",
    "+33600000000",
    "+44 20 7946 0018",
    "+44 (0)20 7946-0018",
    "1e5",
    "-1e5",
    "a=b",
    "'",
    "'x",
]


def rejected(*notes: str) -> bytes:
    """A file whose every row is rejected for its Type, with ``notes`` in a column that goes to no field."""
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(["Name", "Type", "Note"])
    writer.writerows([f"Client {number}", "Zorp", note] for number, note in enumerate(notes))
    return text.getvalue().encode()


def left_by(program: Program, data: bytes, **options: Any) -> bytes:
    """The bytes of the file of rows not imported that ``data`` leaves."""
    return program.not_imported_bytes(program.run(data, **options)["code"])


def records(data: bytes) -> list[list[str]]:
    """The records of a CSV file as a spreadsheet has them, header first."""
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def read_back(program: Program, data: bytes) -> list[dict[str, str]]:
    """The cells that the importer reads from ``data``, by header."""
    folder = JobFolder(program.home.path / "look").create()
    keep_source(io.BytesIO(data), folder.source)
    seen = preview(program.database, program.known, folder, import_options(), 1, None)
    return list(seen.first_rows)


@pytest.mark.parametrize("end", [b"\n", b"\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("delimiter", [b",", b";"])
@pytest.mark.parametrize("bom", [b"", BOM])
def test_bytes_are_utf8_with_bom_comma_and_crlf(program: Program, end: bytes, delimiter: bytes, bom: bytes) -> None:
    lines = [b"Name,Type,Caf\xc3\xa9", b"Zo\xc3\xab,Zorp,x", b"Bob,,y", b""]
    data = left_by(program, bom + end.join(lines).replace(b",", delimiter))
    assert data.startswith(BOM + "Name,Type,Café,import_row,import_outcome,import_reason,import_message\r\n".encode())
    assert data.endswith(b"\r\n")
    assert data.count(b"\r\n") == data.count(b"\n") == data.count(b"\r") == 3
    assert not data.removeprefix(BOM).startswith(BOM)


def test_columns_are_those_of_the_source_then_the_import_columns(program: Program) -> None:
    data = b' Name ,Note,Note,,"a ""b"", c",Type\nAnn,1,2,3,4,Zorp\n'
    header, row = records(left_by(program, data))
    assert header == ["Name", "Note", "Note (2)", "Column4", 'a "b", c', "Type", *IMPORT_COLUMNS]
    assert row[:9] == ["Ann", "1", "2", "3", "4", "Zorp", "2", "error", "not_in_list"]


def test_every_row_not_imported_is_in_it_once_in_file_order(program: Program) -> None:
    program.run(b"Code,Name,Type\nA1,Ann,Ltd\n")
    data = b"Code,Name,Type\nB2,Bob,Zorp\nA1,Ann,Ltd\nC3,Cy,Ltd\n\nD4,,Zorp,x\nE5,Eve,Ltd\nE5,Eve,Ltd\n"
    data += b"F6,Fay,Ltd\nF6,Fred,Ltd\n"
    rows = program.not_imported(program.run(data)["code"])
    assert [(row["import_row"], row["import_outcome"], row["Code"]) for row in rows] == [
        ("2", "error", "B2"),
        ("3", "skipped", "A1"),
        ("6", "error", "D4"),
        ("8", "skipped", "E5"),
        ("9", "error", "F6"),
        ("10", "error", "F6"),
    ]
    assert sorted(rows[2]["import_reason"].split(";")) == ["missing_required", "not_in_list", "too_many_cells"]
    assert all(row["import_message"].endswith(".") for row in rows)


def test_there_is_no_file_when_every_row_was_imported(program: Program) -> None:
    code = program.run(b"Name,Type\nAnn,Ltd\n")["code"]
    assert not program.home.job(code).not_imported.exists()


@pytest.mark.parametrize(
    "cell",
    [
        "  two  blanks ",
        'a "quoted" word',
        '"',
        "two\nlines",
        "two\r\nlines",
        "e\u0301",
        "007",
        "1e5",
        "NULL",
        "#N/A",
        ",;|\t",
        "\u00a0",
    ],
)
def test_cells_are_as_they_were_in_the_file(program: Program, cell: str) -> None:
    assert records(left_by(program, rejected(cell)))[1][:3] == ["Client 0", "Zorp", cell]


def test_mapped_cells_are_as_they_were_before_they_were_normalised(program: Program) -> None:
    data = b'Name,Type,Email,Telephone\n"  Ann   Lee ",Zorp,Ann@EXAMPLE.com,020 7946 0018\n'
    assert records(left_by(program, data))[1][:4] == ["  Ann   Lee ", "Zorp", "Ann@EXAMPLE.com", "020 7946 0018"]


def test_short_rows_are_filled_up(program: Program) -> None:
    assert records(left_by(program, b"Name,Type,Note,Team\nAnn\n"))[1][:5] == ["Ann", "", "", "", "2"]


@pytest.mark.parametrize("cell", FORMULAS)
def test_formula_is_guarded(program: Program, cell: str) -> None:
    assert records(left_by(program, rejected(cell)))[1][2] == "'" + cell


@pytest.mark.parametrize("cell", NO_FORMULAS)
def test_numbers_telephone_numbers_and_other_text_are_not_guarded(program: Program, cell: str) -> None:
    assert records(left_by(program, rejected(cell)))[1][2] == cell


def test_no_cell_starts_as_a_formula_in_any_column(program: Program) -> None:
    data = b"Name,Type,Email\n=1+1,@x,-y\n"
    assert records(left_by(program, data))[1][:3] == ["'=1+1", "'@x", "'-y"]


@pytest.mark.parametrize("cell", [*FORMULAS, *NO_FORMULAS, "'=x", "''=x", "'+1", "'-", "''", "'@'"])
def test_guard_is_removed_on_the_way_in_and_nothing_else(program: Program, cell: str) -> None:
    assert read_back(program, left_by(program, rejected(cell)))[0]["Note"] == cell


@pytest.mark.parametrize(("cell", "stored"), [("'=x", "=x"), ("'@x", "@x"), ("'", "'"), ("'x", "'x")])
def test_a_guard_is_removed_without_import_columns_and_nothing_else(program: Program, cell: str, stored: str) -> None:
    program.run(f"Name,Type,TradingAs\nAnn,Ltd,{cell}\n".encode())
    assert [client["trading_as"] for client in program.clients()] == [stored]


def test_import_columns_are_ignored_on_the_way_in(program: Program) -> None:
    first = left_by(program, rejected("x", "=y"))
    assert set(read_back(program, first)[0]) == {"Name", "Type", "Note"}
    assert left_by(program, first) == first


def test_no_import_column_can_be_mapped_or_matched(program: Program) -> None:
    first = left_by(program, rejected("x"))
    assert program.plan(first)["reasons"] == {"not_in_list": 1}


def test_fixed_copy_imports_cleanly(program: Program) -> None:
    data = b'Code,Name,Type,Team,Telephone\nA1,"=Ann, ""A""",Zorp,"North\n1",+33600000000\n'
    data += b"B2,Bob,Ltd,@South,\nC3,Cy,Zorp,,\n"
    first = left_by(program, data)
    job = program.run(first.replace(b"Zorp", b"Ltd"))
    assert (job["createdCount"], job["outcome"], job["notImportedDownloadUrl"]) == (2, "Clean", None)
    assert [(c["code"], c["name"], c["team"], c["telephone"]) for c in program.clients()] == [
        ("A1", '=Ann, "A"', "North\n1", "+33600000000"),
        ("B2", "Bob", "@South", None),
        ("C3", "Cy", None, None),
    ]


def test_fixed_copy_of_a_file_without_a_header_imports_with_the_same_mapping(program: Program) -> None:
    mapping = {"Column1": "Name", "Column2": "Type"}
    first = left_by(program, b"Ann,Zorp\nBob,Ltd\n", header=False, map=mapping)
    job = program.run(first.replace(b"Zorp", b"Ltd"), map=mapping)
    assert (job["createdCount"], job["outcome"]) == (1, "Clean")


def test_fixed_copy_below_a_title_imports_cleanly(program: Program) -> None:
    first = left_by(program, b"Clients of May\n\nName;Type;Team\nAnn;Zorp;x\nBob;Ltd;y\n")
    assert records(first)[1][3] == "4"
    assert program.run(first.replace(b"Zorp", b"Ltd"))["outcome"] == "Clean"


any_text = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
formula_like = st.builds("".join, st.lists(st.sampled_from(list("'=+-@\t\r\n\"1 ,;x")), max_size=6))


@pytest.mark.slow
@settings(deadline=None, max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(notes=st.lists(any_text | formula_like | st.builds("{}{}".format, formula_like, any_text), min_size=1))
def test_any_text_comes_back_byte_for_byte(program: Program, notes: list[str]) -> None:
    first = left_by(program, rejected(*notes))
    assert [row["Note"] for row in read_back(program, first)] == notes
    again = left_by(program, first)
    columns = [[record[:3] + record[4:] for record in records(data)] for data in (first, again)]
    assert columns[0] == columns[1]
    assert not [note for _, _, note, *_ in columns[0] if note.startswith(("=", "@", "\t", "\r"))]


def test_every_error_of_very_many_rows_is_told_with_its_row(program: Program) -> None:
    wrong = "".join(f"X{number},Zorp,no-mail,Zorp\n" for number in range(40_000))
    left = records(left_by(program, f"Name,Type,Email,Status\n{wrong}".encode()))[1:]
    assert [row[-4] for row in left] == [str(number) for number in range(2, 40_002)]
    assert {row[-2] for row in left} == {"bad_format;not_in_list"}
    assert len({row[-1] for row in left}) == 1
    assert [left[0][-1].count(header) for header in ("Type", "Email", "Status")] == [1, 1, 1]
