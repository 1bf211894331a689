"""Headers with one error, and unusual things between and around cells and lines (docs/rules.md, section 2)."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from client_import.options import ImportOptions
from client_import.reading.detect import detect_layout
from tests.corpus.reading import read
from tests.support.limits import LIMITS
from tests.support.program import Program

LABELS = ("Code", "Name", "Type")
ROWS = (("C001", "Ann Lee", "Ltd"), ("C002", "Bob Ray", "Ltd"))
DELIMITERS = (",", ";", "\t", "|")


def imported(program: Program, data: str) -> tuple[list[tuple[str, ...]], str]:
    """Codes and names of the clients that the import of ``data`` makes, and its notes."""
    job = program.run(data.encode())
    assert job["errorCount"] == 0
    return [(client["code"], client["name"]) for client in program.clients()], " ".join(job["notes"])


def table(delimiter: str = ",") -> str:
    return "".join(f"{delimiter.join(row)}\n" for row in ROWS)


@pytest.mark.parametrize(
    ("header", "says"),
    [
        ('Code,"Name,Type', "quote too many"),
        ('"Code,Name,Type', "quote too many"),
        ('Code,Name,"Type', "quote too many"),
        ('Code,Name",Type', "quote too many"),
        ('Code,Name,Type"', "quote too many"),
        ('"Code,"Name","Type"', "quote too many"),
        ('"Code","Name,"Type"', "quote too many"),
        ('"Code,Name,Type"', "quotes around several labels"),
        ('"Code,Name",Type', "quotes around several labels"),
        ("Code Name,Type", "lacks a delimiter"),
        ("Code,Name Type", "lacks a delimiter"),
        ("CodeName,Type", "lacks a delimiter"),
        ('"Code""Name","Type"', "lacks a delimiter"),
        ("Client Code Client Name,Client Type", "lacks a delimiter"),
        ("Code Name Type", "lacks delimiters"),
        ("Code  Name   Type", "lacks delimiters"),
        ("Code:Name:Type", "lacks delimiters"),
        ("Code / Name / Type", "lacks delimiters"),
        ("Client Code Client Name Client Type", "lacks delimiters"),
        ("Code;Name;Type;", "semicolons between its labels"),
        ("Code;Name,Type", "several delimiters"),
        ("Code\tName,Type", "several delimiters"),
    ],
)
def test_header_with_one_error_is_the_header(program: Program, header: str, says: str) -> None:
    clients, notes = imported(program, f"{header}\n{table()}")
    assert clients == [("C001", "Ann Lee"), ("C002", "Bob Ray")]
    assert "The header in row 1" in notes
    assert says in notes


@pytest.mark.parametrize(("above", "below"), itertools.permutations(DELIMITERS, 2))
def test_header_with_another_delimiter_than_the_rows_is_the_header(program: Program, above: str, below: str) -> None:
    clients, notes = imported(program, f"{above.join(LABELS)}\n{table(below)}")
    assert clients == [("C001", "Ann Lee"), ("C002", "Bob Ray")]
    assert "between its labels" in notes


@pytest.mark.parametrize(
    "data",
    [
        b"Code;Name;Type\nC001,Ann,Ltd,\nC002,Bob,Ltd,\n",
        b"Code,Name,Type,\nC001;Ann;Ltd\nC002;Bob;Ltd\n",
        b"Code;Name;Type;Shoe;Hat;Mood;Sky\nC001,Ann,Ltd,1,2,3,4\nC002,Bob,Ltd,5,6,7,8\n",
        b'"Code";"Name";"Type"\n"C001","Ann","Ltd"\n"C002","Bob","Ltd"\n',
        b"sep=,\nCode;Name;Type\nC001,Ann,Ltd\nC002,Bob,Ltd\n",
    ],
    ids=["rows end in one", "header ends in one", "most labels unknown", "quoted", "below sep"],
)
def test_rows_decide_which_delimiter_it_is(program: Program, data: bytes) -> None:
    assert program.run(data)["createdCount"] == 2
    assert [client["name"] for client in program.clients()] == ["Ann", "Bob"]


def test_it_is_found_below_a_title_and_repeated(program: Program) -> None:
    job = program.run(b"Clients\n\nCode;Name;Type\nC001,Ann,Ltd\nCode;Name;Type\nCode,Name,Type\nC002,Bob,Ltd\n")
    assert job["createdCount"] == 2
    assert program.reasons(job["code"]) == {5: {"repeated_header"}, 6: {"repeated_header"}}


@pytest.mark.parametrize("line", ["Report; Name; Date", "Company Name,Type", "Code,Type", 'Code,Size 12",Type'])
def test_line_that_is_none_is_left_as_it_is(tmp_path: Path, line: str) -> None:
    path = tmp_path / "file.csv"
    path.write_text(f"{line}\n{table()}")
    layout = detect_layout(path, ImportOptions(), LIMITS)
    assert not any("The header in row" in note for note in layout.notes)


def test_rows_with_another_width_cost_no_label(program: Program) -> None:
    job = program.run(b"Company Name,Type\nC001,Ann,Ltd\nC002,Bob,Ltd\n")
    assert program.reasons(job["code"]) == {2: {"too_many_cells", "not_in_list"}, 3: {"too_many_cells", "not_in_list"}}


@pytest.mark.parametrize(
    "data",
    [
        'Code, Name, Type\nC001, "Lee, Ann", Ltd\nC002, "Bob ""B"" Ray", Ltd\n',
        '"Code",  "Name", "Type"\n"C001",  "Lee, Ann",\t"Ltd"\n"C002", "Bob ""B"" Ray", "Ltd"\n',
        'Code; Name; Type\nC001; "Lee, Ann"; Ltd\nC002; "Bob ""B"" Ray"; Ltd\n',
        'Code Name Type\nC001 "Lee, Ann" Ltd\nC002 "Bob ""B"" Ray" Ltd\n',
        'Code Name Type \nC001 "Lee, Ann" Ltd \nC002 "Bob ""B"" Ray" Ltd \n',
        '"Code" "Name" "Type"\n"C001" "Lee, Ann" "Ltd"\n"C002" "Bob ""B"" Ray" "Ltd"\n',
        '“Code”,“Name”,“Type”\n“C001”,“Lee, Ann”,“Ltd”\n“C002”,“Bob "B" Ray”,“Ltd”\n',
        '“Code”;“Name”;“Type”\r“C001”;“Lee, Ann”;“Ltd”\r“C002”;“Bob "B" Ray”;“Ltd”\r',
        '„Code“,„Name“,„Type“\r\n„C001“,„Lee, Ann“,„Ltd“\r\n„C002“,„Bob "B" Ray“,„Ltd“\r\n',
        '‘Code’,‘Name’,‘Type’\n‘C001’,‘Lee, Ann’,‘Ltd’\n‘C002’,‘Bob "B" Ray’,‘Ltd’',
        '“Code”, “Name”, Type\n“C001”, “Lee, Ann”, Ltd\n“C002”, “Bob "B" Ray”, Ltd\n',
        '"Code,Name,Type"\n"C001,""Lee, Ann"",Ltd"\n"C002,""Bob """"B"""" Ray"",Ltd"\n',
        'Code,Name,Type\r\n"C001,""Lee, Ann"",Ltd"\r\n"C002,""Bob """"B"""" Ray"",Ltd"\r\n',
        '"Code;Name;Type"\n"C001;Lee, Ann;Ltd"\n"C002;Bob ""B"" Ray;Ltd"\n',
        '"Code\tName\tType"\r"C001\tLee, Ann\tLtd"\r"C002\tBob ""B"" Ray\tLtd"\r',
    ],
)
def test_cells_are_found_whatever_stands_between_and_around_them(program: Program, data: str) -> None:
    clients, _ = imported(program, data)
    assert clients == [("C001", "Lee, Ann"), ("C002", 'Bob "B" Ray')]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ("“Code”,“Name”,“Type”\n“C001”,“Ann”,“Ltd”\n", "curly quotes"),
        ('"Code,Name,Type"\n"C001,Ann,Ltd"\n', "Whole lines are in quotes"),
    ],
)
def test_what_stands_around_cells_is_noted(program: Program, data: str, says: str) -> None:
    assert says in imported(program, data)[1]


@pytest.mark.parametrize(
    ("data", "headers"),
    [
        ("Name\nAnn Lee\nBob Ray\n", ("Name",)),
        ("Client Name\nAnn Lee\nBob Ray\n", ("Client Name",)),
        ("Contact Name\nAnn Lee\nBob Ray\n", ("Contact Name",)),
        ("Customer Town\nNew York\nLos Angeles\n", ("Customer Town",)),
        ("Client Contact Name\nAnn Marie Lee\nBob Ray Dale\n", ("Client Contact Name",)),
        ("Foo Name,Bar Code\nAnn Lee,C1\nBob Ray,C2\n", ("Foo Name", "Bar Code")),
        ("Address\n1 High St\n2 Low St\n", ("Address",)),
        ('Name\n"Smith, John"\n"Lee, Ann"\n', ("Name",)),
        ('"Name"\n"Smith, John"\n"Lee, Ann"\n', ("Name",)),
        ('Address\n"1 High St, Leeds, LS1"\n"2 Low St, York, YO1"\n', ("Address",)),
        ("Code,Name\nC1,“Best” Ltd\nC2,The “B” Ltd\n", ("Code", "Name")),
    ],
)
def test_words_with_blanks_and_quotes_are_no_columns(tmp_path: Path, data: str, headers: tuple[str, ...]) -> None:
    path = tmp_path / "file.csv"
    path.write_text(data)
    layout = detect_layout(path, ImportOptions(), LIMITS)
    assert layout.headers == headers
    assert len(read(path, layout)[0]) == 2


@pytest.mark.parametrize("block", [32, 57, 64, 1 << 20])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("kind", ["lines", "curly"])
def test_what_is_around_is_taken_off_wherever_the_blocks_are_cut(
    tmp_path: Path, kind: str, end: str, block: int
) -> None:
    rows = [[f"C{number}", "x" * (number * 7 % 11), "a, b"] for number in range(60)]
    if kind == "lines":
        lines = ['"Code,Name,Type"', *(f'"{code},{name},""{text}"""' for code, name, text in rows)]
    else:
        lines = ["“Code”,“Name”,“Type”", *(f"“{code}”,“{name}”,“{text}”" for code, name, text in rows)]
    path = tmp_path / "file.csv"
    path.write_bytes(end.join(lines).encode())
    layout = detect_layout(path, ImportOptions(), LIMITS)
    assert read(path, layout, block) == ({number: tuple(row) for number, row in enumerate(rows, 2)}, {})
