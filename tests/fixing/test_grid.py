"""Covers the rejected rows as a grid: their pages, what is typed into them, its verdicts, and the file made of them."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from client_import.errors import FixError, StoreError
from client_import.fixing.grid import Grid, GridRow, WantedRows
from client_import.fixing.typed import Cell
from client_import.row_errors import SkipReason
from tests.support.limits import limits
from tests.support.program import Program

EVERY = WantedRows()

WRONG = (
    b"Code,Name,Type,NiNumber,Email\n"
    b"A1,Ann,Zorp,secret,nope\n"
    b"\n"
    b"B2,,Individual,,b@example.com\n"
    b"C3,Cy,Ltd,,,left,over\n"
    b"D4,Dee,Ltd,,\n"
    b"d4,Eve,Ltd,,nope\n"
    b"D4,Dora,Ltd,,\n"
    b'=F6,"Fay, ""F""\nFox",Zorp,,f@example.com\n'
    b"G7,Gus,Ltd,,g@example.com\n"
)


def grid_of(program: Program, job: dict[str, Any]) -> Grid:
    return Grid(program.home.job(job["code"]), program.store.options(job["code"]), limits())


def told(row: GridRow) -> list[tuple[str | None, str]]:
    return [(error.header, error.reason) for error in row.errors]


@pytest.fixture
def job(program: Program) -> dict[str, Any]:
    return program.run(WRONG)


@pytest.fixture
def grid(program: Program, job: dict[str, Any]) -> Grid:
    return grid_of(program, job)


def again(program: Program, grid: Grid) -> dict[str, Any]:
    """The job that imports the rejected rows with what is typed."""
    target = program.home.path / "fixed.csv"
    grid.write(grid.folder.rejected, target)
    return program.run(target.read_bytes())


def test_grid_has_the_cells_of_every_rejected_row_and_their_errors(grid: Grid) -> None:
    page = grid.page(EVERY, 0, 100)
    assert [(column.header, column.field, column.is_sensitive) for column in page.columns] == [
        ("Code", "Code", False),
        ("Name", "Name", False),
        ("Type", "Type", False),
        ("NiNumber", "NiNumber", True),
        ("Email", "Email", False),
        ("import_record", None, False),
    ]
    assert [(row.row, told(row)) for row in page.rows] == [
        (2, [("Type", "not_in_list"), ("NiNumber", "bad_format"), ("Email", "bad_format")]),
        (4, [("Name", "missing_required")]),
        (5, [("import_record", "too_many_cells")]),
        (6, [("Code", "duplicate_in_file")]),
        (7, [("Email", "bad_format")]),
        (8, [("Code", "duplicate_in_file")]),
        (9, [("Type", "not_in_list")]),
    ]
    assert page.rows[0].cells == ("A1", "Ann", "Zorp", "•••", "nope", "")
    assert page.rows[6].cells == ("=F6", 'Fay, "F"\nFox', "Zorp", "", "f@example.com", "")
    assert (page.total, page.wanted, page.touched) == (7, 7, 0)
    assert not any(row.typed for row in page.rows)


def test_sentences_are_those_of_the_import(program: Program, job: dict[str, Any], grid: Grid) -> None:
    then = {int(row["import_row"]): row["import_message"] for row in program.rejected(job["code"])}
    for row in grid.page(EVERY, 0, 100).rows:
        said = [error.message for error in row.errors]
        if row.row == 5:
            assert "import_record still has that" in said[0]
        else:
            assert sorted(said) == sorted(each for each in said if each in then[row.row])
            assert sum(map(len, said)) + len(said) - 1 == len(then[row.row])


def test_what_is_sensitive_is_shown_to_those_who_may(grid: Grid) -> None:
    assert grid.page(EVERY, 0, 1, reveal=True).rows[0].cells[3] == "secret"
    (row,) = grid.type([Cell(2, "NiNumber", "AB 12 34 56 C")])
    assert (row.cells[3], told(row)) == ("•••", [("Type", "not_in_list"), ("Email", "bad_format")])


def test_each_cell_is_judged_as_it_is_typed(grid: Grid) -> None:
    (row,) = grid.type([Cell(2, "Type", "Ltd"), Cell(2, "Email", "ann@")])
    assert told(row) == [("NiNumber", "bad_format"), ("Email", "bad_format")]
    assert row.typed == ("Type", "Email")
    (row,) = grid.type([Cell(2, "Type", None)])
    assert (row.cells[2], row.typed) == ("Zorp", ("Email",))
    assert grid.page(WantedRows(typed_only=True), 0, 10).rows == (row,)


def test_an_error_that_came_from_other_rows_holds_until_its_cell_is_changed(grid: Grid) -> None:
    (row,) = grid.type([Cell(6, "Name", "Deirdre")])
    assert told(row) == [("Code", "duplicate_in_file")]
    (row,) = grid.type([Cell(6, "Code", "D5")])
    assert told(row) == []


def test_a_damaged_record_is_wrong_until_it_is_emptied(program: Program, grid: Grid) -> None:
    (row,) = grid.type([Cell(5, "Email", "left@example.com")])
    assert told(row) == [("import_record", "too_many_cells")]
    (row,) = grid.type([Cell(5, "import_record", "")])
    assert told(row) == []
    assert again(program, grid)["createdCount"] == 1


def test_an_emptied_row_is_left_out(program: Program, grid: Grid) -> None:
    (row,) = grid.type([Cell(4, header, "") for header in ("Code", "Type", "Email")])
    assert (row.is_blank, row.errors) == (True, ())
    assert again(program, grid)["errorCount"] == 6


def test_the_last_step_that_says_something_of_a_cell_counts(grid: Grid) -> None:
    grid.type([Cell(2, "Type", "Zerp")])
    replaced = grid.replace("Type", "Zorp", "Ltd")
    grid.type([Cell(9, "Type", "Zorp")])
    assert replaced.rows == 1
    types = {row.row: row.cells[2] for row in grid.page(EVERY, 0, 100).rows}
    assert (types[2], types[9]) == ("Zerp", "Zorp")
    assert grid.replace("Type", "Zerp", "Individual").rows == 1
    grid.type([Cell(9, "Type", None)])
    types = {row.row: row.cells[2] for row in grid.page(EVERY, 0, 100).rows}
    assert (types[2], types[9]) == ("Individual", "Ltd")


def test_a_replacement_can_be_taken_back(grid: Grid) -> None:
    done = grid.replace("Type", "Zorp", "Ltd")
    assert done.rows == 2
    assert grid.page(EVERY, 0, 1).replacements == (done,)
    assert grid.page(EVERY, 0, 1).rows[0].typed == ("Type",)
    grid.take_back(done.step)
    assert grid.page(EVERY, 0, 1).replacements == ()
    assert grid.page(EVERY, 0, 1).rows[0].cells[2] == "Zorp"


@pytest.mark.parametrize(
    ("wanted", "rows"),
    [
        (WantedRows("Email"), [2, 7]),
        (WantedRows("Email", "bad_format"), [2, 7]),
        (WantedRows(reason="not_in_list"), [2, 9]),
        (WantedRows("Code", "duplicate_in_file"), [6, 8]),
        (WantedRows("import_record"), [5]),
        (WantedRows("Email", "too_long"), []),
        (WantedRows(reason=SkipReason.UNCHANGED), []),
    ],
)
def test_rows_are_filtered_by_column_and_reason_and_paged(grid: Grid, wanted: WantedRows, rows: list[int]) -> None:
    assert [row.row for row in grid.page(wanted, 0, 100).rows] == rows
    assert grid.page(wanted, 0, 1).wanted == len(rows)
    assert [row.row for at in range(len(rows)) for row in grid.page(wanted, at, 1).rows] == rows
    assert grid.page(wanted, len(rows), 5).rows == ()


def test_a_filtered_row_stays_when_it_is_put_right(grid: Grid) -> None:
    grid.type([Cell(9, "Type", "Ltd")])
    assert [row.row for row in grid.page(WantedRows("Type"), 0, 9).rows] == [2, 9]


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (lambda grid: grid.type([Cell(2, "Email", "a@b.example"), Cell(3, "Email", "x")]), "Row 3 is not one of"),
        (lambda grid: grid.type([Cell(2, "Email", "a@b.example"), Cell(2, "Zip", "x")]), "no column Zip"),
        (lambda grid: grid.type([Cell(2, "Email", "a@b.example"), Cell(2, "Name", "é" * 600_000)]), "bytes. Shorten"),
        (lambda grid: grid.type([Cell(2, "import_row", "x")]), "no column import_row"),
        (lambda grid: grid.replace("Zip", "x", "y"), "no column Zip"),
        (lambda grid: grid.replace("Type", "Zurp", "Ltd"), 'says "Zurp" now'),
        (lambda grid: grid.page(WantedRows("Zip"), 0, 1), "no column Zip"),
    ],
)
def test_nothing_is_kept_of_what_does_not_fit(grid: Grid, act: Callable[[Grid], object], words: str) -> None:
    with pytest.raises(FixError, match=words):
        act(grid)
    assert grid.page(EVERY, 0, 1).touched == 0


def test_rows_put_right_are_imported_and_the_others_rejected_again(program: Program, grid: Grid) -> None:
    grid.type([Cell(2, "NiNumber", ""), Cell(2, "Email", ""), Cell(4, "Name", " Bea ")])
    grid.replace("Type", "Zorp", "Ltd")
    then = again(program, grid)
    assert (then["createdCount"], then["errorCount"]) == (3, 4)
    assert [(client["code"], client["name"]) for client in program.clients()] == [
        ("=F6", 'Fay, "F" Fox'),
        ("A1", "Ann"),
        ("B2", "Bea"),
        ("G7", "Gus"),
    ]


def test_untouched_rows_are_written_as_they_were(program: Program, job: dict[str, Any], grid: Grid) -> None:
    target = program.home.path / "fixed.csv"
    grid.write(grid.folder.rejected, target)
    assert target.read_bytes() == program.rejected_bytes(job["code"])
    grid.type([Cell(9, "Code", '-F6, "x"\n')])
    grid.write(grid.folder.rejected, target)
    assert target.read_bytes() == program.rejected_bytes(job["code"]).replace(b"'=F6", b'\'-F6, ""x""\n')


def test_all_rows_of_a_stopped_import_are_written(program: Program) -> None:
    job = program.run(WRONG, max_errors="1")
    assert job["status"] == "Failed"
    grid = grid_of(program, job)
    assert [row.row for row in grid.page(EVERY, 0, 100).rows] == [2, 4, 5, 6, 7, 8, 9]
    grid.type([Cell(4, "Name", "Bea")])
    target = program.home.path / "fixed.csv"
    grid.write(grid.folder.not_imported, target)
    then = program.run(target.read_bytes())
    assert (then["createdCount"], then["errorCount"]) == (2, 6)


def test_a_value_is_replaced_in_rejected_rows_alone(program: Program) -> None:
    rows = b"A1,Ann,Ltd,United Kingdom\nB2,Bob,Zorp,United Kingdom\nC3,Cid,Zorp,France\n"
    data = b"Code,Name,Type,RegisteredAddressCountry\n" + rows
    grid = grid_of(program, program.run(data, max_errors="1"))
    grid.replace("RegisteredAddressCountry", "United Kingdom", "Ireland")
    grid.replace("Type", "Zorp", "Trust")
    target = program.home.path / "fixed.csv"
    grid.write(grid.folder.not_imported, target)
    assert program.run(target.read_bytes())["createdCount"] == 3
    countries = [client["registered_address_country"] for client in program.clients()]
    assert countries == ["United Kingdom", "Ireland", "France"]


@pytest.mark.slow
def test_every_verdict_is_what_the_import_says(program: Program) -> None:
    """Any cells typed into any rows: the grid says of each row what the import of the written file says."""
    chance = random.Random(7)
    lines = [f"R{n},Name {n},{chance.choice(['Ltd', 'Zorp'])},x{n}@,12/13/2020" for n in range(300)]
    grid = grid_of(program, program.run(("Code,Name,Type,Email,DateOfBirth\n" + "\n".join(lines)).encode()))
    texts = [
        "",
        "Ltd",
        "a@example.com",
        "=1",
        "'=1",
        "#N/A",
        "é\n",
        "1/2/1990",
        "x" * 300,
        '"',
        "\ufffd",
        " Individual ",
    ]
    rows = [row.row for row in grid.page(EVERY, 0, 1_000).rows]
    for row in chance.sample(rows, 200):
        headers = chance.sample(["Name", "Type", "Email", "DateOfBirth"], 3)
        grid.type([Cell(row, header, chance.choice(texts)) for header in headers])
    said = [(row.cells[0], sorted(error.message for error in row.errors)) for row in grid.page(EVERY, 0, 1_000).rows]
    code = again(program, grid)["code"]
    then = {row["Code"]: row["import_message"] for row in program.rejected(code)}
    for client, messages in said:
        rest = then.get(client, "")
        for message in messages:
            assert message in rest
            rest = rest.replace(message, "", 1)
        for needed in (
            "Type is blank, and a new client needs a type. Fill it in, or give a default type.",
            "Name is blank, and a new client needs a name. Fill it in.",
        ):  # the clients say so
            rest = rest.replace(needed, "")
        assert rest.strip() == ""


def test_a_file_that_somebody_has_corrected_meanwhile_is_read_anew(grid: Grid, program: Program) -> None:
    grid.type([Cell(2, "Name", "Anna")])
    grid.folder.rejected.write_bytes(grid.folder.rejected.read_bytes().replace(b"Zorp", b"Individual"))
    rows = grid_of(program, {"code": grid.folder.path.name}).page(EVERY, 0, 100).rows
    assert (rows[0].cells[1:3], rows[6].cells[2]) == (("Anna", "Individual"), "Individual")
    lines = grid.folder.rejected.read_bytes().splitlines(keepends=True)
    grid.folder.rejected.write_bytes(b"".join(line for line in lines if b"A1" not in line))
    page = grid_of(program, {"code": grid.folder.path.name}).page(WantedRows("Email"), 0, 100)
    assert [row.row for row in page.rows] == [7]


def test_a_file_that_is_damaged_is_told(program: Program, grid: Grid) -> None:
    grid.page(EVERY, 0, 1)
    (grid.folder.fixes / "typed.sqlite").write_bytes(b"no database" * 100)
    with pytest.raises(StoreError, match="cannot be kept"):
        grid_of(program, {"code": grid.folder.path.name}).page(EVERY, 0, 1)
    grid.folder.rejected.unlink()
    (grid.folder.fixes / "groups.json").unlink()
    with pytest.raises(StoreError, match="cannot be read"):
        grid_of(program, {"code": grid.folder.path.name}).page(EVERY, 0, 1)
