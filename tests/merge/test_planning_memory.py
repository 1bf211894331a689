"""Planning takes the memory that DuckDB may use and some: it does not grow with the rows, nor do pages of errors."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from client_import.reports.row_errors_page import error_groups, errors_of
from tests.support.program import Program

ROOT = Path(__file__).parents[2]
LIMIT_MB = 60
"""What DuckDB may use, in these tests: files of some megabytes reach it."""

HEADER = b"Code,Name,Type,Email,Telephone,PostCode,CompanyNumber,UTR,VatNumber,Website,YearEnd,Status\n"
WRONG = b"C1,N,zz,bad@,12,zz,zz,12,zz,z z,zz,zz\n"

_STAGE_OR_PLAN = """
import sys
from pathlib import Path
from client_import.paths import Home, JobFolder
from client_import.clients.store import open_clients
from client_import.jobs.store import JobStore
from client_import.jobs.known_mappings import KnownMappings
from client_import.options import ImportOptions
from client_import.reading.limits import Limits
from client_import.merge.plan import make_plan
from client_import.settings import read_settings
from client_import.validation.stage import Staged, stage
from client_import.mapping.file_spec import make_file_spec
from tests.support.peak import peak
folder, settings, options = JobFolder(Path(sys.argv[1])), read_settings(), ImportOptions()
home, limits = Home(folder.path), Limits.of(settings)
known = make_file_spec(folder.source, options, KnownMappings(home, JobStore.at(home.job_store)), limits)
if sys.argv[2] == "stage":
    stage(folder, known.layout, known.mapping, options, limits, 2, lambda progress: None)
else:
    with peak() as taken, open_clients(settings, home).open() as session:
        make_plan(session, folder, known.mapping, options, Staged.load(folder.staged))
    print(taken.megabytes)
"""


def megabytes_to_plan(folder: Path, data: bytes) -> int:
    """What the process that plans the import of ``data`` takes for that, in MiB; another one has staged the rows."""
    folder.mkdir()
    (folder / "source").write_bytes(data)
    settings = {"CLIENT_IMPORT_HOME": str(folder), "CLIENT_IMPORT_MEMORY_LIMIT": f"{LIMIT_MB}MB"}
    for step in ("stage", "plan"):
        ended = subprocess.run(
            [sys.executable, "-c", _STAGE_OR_PLAN, str(folder), step],
            cwd=ROOT,
            env={**os.environ, **settings},
            capture_output=True,
            text=True,
        )
        assert ended.returncode == 0, ended.stderr
    return int(ended.stdout)


def repeated_clients(rows: int) -> bytes:
    """So many rows that are each client 30 times, with 30 names."""
    clients = rows // 30
    return b"Code,Name,Type\n" + b"".join(b"C%d,Ann %d,Ltd\n" % (row % clients, row // clients) for row in range(rows))


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.parametrize(
    ("some", "many"),
    [
        (HEADER + WRONG * 60_000, HEADER + WRONG * 240_000),
        (repeated_clients(300_000), repeated_clients(1_200_000)),
        (b"Code,Name\n" + b"x\n" * 300_000, b"Code,Name\n" + b"x\n" * 1_200_000),
    ],
    ids=["many errors", "each client 30 times", "short rows"],
)
def test_planning_four_times_the_rows_takes_no_more_memory(tmp_path: Path, some: bytes, many: bytes) -> None:
    before = megabytes_to_plan(tmp_path / "some", some)
    assert megabytes_to_plan(tmp_path / "many", many) < before + LIMIT_MB


def test_pages_of_errors_come_within_the_memory_that_duckdb_may_use(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = program.run(HEADER + WRONG * 20_000)
    folder = program.home.job(job["code"])
    monkeypatch.setenv("CLIENT_IMPORT_MEMORY_LIMIT", "24MB")
    every = sum(group.count for group in error_groups(folder))
    row_errors = errors_of(folder, every - 50, 100)
    assert (len(row_errors), row_errors[-1].row) == (50, 20_001)
    assert not [*program.home.scratch.iterdir()]
