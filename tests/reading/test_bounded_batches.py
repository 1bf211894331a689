"""Batches of rows are bounded by their records and cells, however short the records are."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from client_import.reading.layout import Layout
from client_import.reading.reader import read_rows
from client_import.reading.record_blocks import MOST_RECORDS
from tests.support.limits import LIMITS

ROWS = 2 * MOST_RECORDS + 12_345
ROOT = Path(__file__).parents[2]


def batches(path: Path, data: bytes, labels: tuple[str, ...] = ("Code",)) -> list[tuple[int, int, int]]:
    """The first row number, the last, and the number of rows of each batch."""
    path.write_bytes(data)
    read = read_rows(path, Layout("utf-8", ",", '"', labels, header_row=1), LIMITS)
    return [(int(batch.rows[0]), int(batch.rows[-1]), len(batch.rows)) for batch in read]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("record", "rows"),
    [
        (b"x\n", 1),
        (b"x\r\n", 1),
        (b"x\r", 1),
        (b'"x\n\ny"\n', 1),
        (b'"x""\r\n"\r\n', 1),
        (b'x\n"y"\n', 2),
        (b'a"b\n', 1),
        (b'"a"b\n"c"\n', 2),
    ],
)
def test_many_short_records_come_in_batches_of_bounded_size(tmp_path: Path, record: bytes, rows: int) -> None:
    read = batches(tmp_path / "source", b"Code\n" + record * ROWS)
    assert max(count for _, _, count in read) <= 2 * MOST_RECORDS
    assert len(read) > 1
    assert [first for first, _, _ in read] == [2, *(last + 1 for _, last, _ in read[:-1])]
    assert sum(count for _, _, count in read) == rows * ROWS


def test_short_records_of_a_wide_table_come_in_small_batches(tmp_path: Path) -> None:
    labels = tuple(f"H{place}" for place in range(2_000))
    read = batches(tmp_path / "source", b"\n" + b"x\n" * 10_000, labels)
    assert max(count for _, _, count in read) <= 2_000
    assert read[-1][1] == 10_001


def test_records_behind_an_open_quote_come_in_batches_of_bounded_size(tmp_path: Path) -> None:
    read = batches(tmp_path / "source", b'Code\n"x\n' + b"x\n" * (9 << 20))
    assert max(count for _, _, count in read) <= 2 * MOST_RECORDS
    assert sum(count for _, _, count in read) == (9 << 20) + 1


_IMPORT = """
import sys
from pathlib import Path
from client_import.paths import JobFolder
from client_import.clients.store import open_clients
from client_import.paths import Home
from client_import.jobs.store import JobStore
from client_import.jobs.known_mappings import KnownMappings
from client_import.options import ImportOptions
from client_import.reading.limits import Limits
from client_import.merge.plan import make_plan
from client_import.reports.rejects_file import write_rejects
from client_import.settings import read_settings
from client_import.validation.stage import stage
from client_import.mapping.file_spec import make_file_spec
from tests.support.peak import peak
folder, settings, options = JobFolder(Path(sys.argv[1])), read_settings(), ImportOptions()
home, limits = Home(folder.path), Limits.of(settings)
with peak() as taken:
    known = make_file_spec(folder.source, options, KnownMappings(home, JobStore.at(home.job_store)), limits)
    staged = stage(folder, known.layout, known.mapping, options, limits, 2, lambda progress: None)
    with open_clients(settings, home).open() as session:
        make_plan(session, folder, known.mapping, options, staged)
    write_rejects(folder)
print(taken.megabytes)
"""

HEADER = b"Code,Name,Type,Email,Telephone,PostCode,CompanyNumber,UTR,VatNumber,Website,YearEnd,Status\n"


@pytest.mark.slow
@pytest.mark.parametrize(
    "data",
    [
        b"Code\n" + b"x\n" * 2_000_000,
        HEADER + b"C1,N,zz,bad@,12,zz,zz,12,zz,z z,zz,zz\n" * 200_000,
        b"Code,Name,Type\n" + b"A,b,Ltd,x\n" * 800_000,
    ],
    ids=["short records", "many errors", "surplus cells"],
)
def test_memory_of_an_import_does_not_grow_with_what_is_wrong(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "source").write_bytes(data)
    environment = {**os.environ, "CLIENT_IMPORT_HOME": str(tmp_path), "CLIENT_IMPORT_MEMORY_LIMIT": "300MB"}
    ended = subprocess.run(
        [sys.executable, "-c", _IMPORT, str(tmp_path)], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert ended.returncode == 0, ended.stderr
    assert int(ended.stdout) < 650
