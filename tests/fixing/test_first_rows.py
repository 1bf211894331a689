"""Covers the first rejected rows of a dry run, with their cells as the file has them."""

from __future__ import annotations

import io

from client_import.dry_run import dry_run
from client_import.fixing.first_rows import RejectedRow
from client_import.mapping.file_spec import make_file_spec
from client_import.options import NO_OPTIONS
from client_import.paths import JobFolder
from client_import.reading.source import keep_source
from tests.fixing.test_grid import WRONG
from tests.support.limits import limits
from tests.support.program import Program


def rejected(program: Program, data: bytes, limit: int) -> tuple[RejectedRow, ...]:
    folder = JobFolder(program.home.path / "preview").create()
    keep_source(io.BytesIO(data), folder.source)
    spec = make_file_spec(folder.source, NO_OPTIONS, program.known, limits())
    return dry_run(program.database, folder, spec, NO_OPTIONS, limits(), 1, rejected=limit).rejected


def test_rows_have_their_cells_and_everything_that_is_wrong(program: Program) -> None:
    rows = rejected(program, WRONG, 100)
    assert [(row.row, [(error.header, error.reason) for error in row.errors]) for row in rows] == [
        (2, [("Type", "not_in_list"), ("NiNumber", "bad_format"), ("Email", "bad_format")]),
        (4, [("Name", "missing_required")]),
        (5, [(None, "too_many_cells")]),
        (6, [("Code", "duplicate_in_file")]),
        (7, [("Email", "bad_format")]),
        (8, [("Code", "duplicate_in_file")]),
        (9, [("Type", "not_in_list")]),
    ]
    assert rows[0].cells == ("A1", "Ann", "Zorp", "•••", "nope")
    assert rows[6].cells == ("=F6", 'Fay, "F"\nFox', "Zorp", "", "f@example.com")


def test_only_so_many_rows_are_returned(program: Program) -> None:
    assert [row.row for row in rejected(program, WRONG, 2)] == [2, 4]
    assert rejected(program, WRONG, 0) == ()
    assert rejected(program, b"Code,Name,Type\nA1,Ann,Ltd\n", 5) == ()


def test_rows_far_apart_are_found(program: Program) -> None:
    lines = [f"R{n},Name {n},{'Zorp' if n % 40_000 == 0 else 'Ltd'}" for n in range(1, 90_000)]
    rows = rejected(program, ("Code,Name,Type\n" + "\n".join(lines)).encode(), 5)
    assert [(row.row, row.cells[0]) for row in rows] == [(40_001, "R40000"), (80_001, "R80000")]
