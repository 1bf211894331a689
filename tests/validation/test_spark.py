"""A huge file staged by Spark comes out as one staged here; what is wrong with a cluster is said in a sentence.

The cluster is a real one on loopback, and so these tests are long; they are skipped where it cannot be started.
test_spark_away.py is about a cluster that is not there.
"""

from __future__ import annotations

import signal
import sys
import time
import venv
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from client_import.errors import Cancelled, ClusterError, SourceError
from client_import.paths import JobFolder
from client_import.reading.cut import cut
from client_import.reading.part import WHOLE
from client_import.validation.spark import SparkCluster
from client_import.validation.stage import Staged, stage_parts
from client_import.validation.stage_part import Staging, StagingProgress
from tests.support.cli import CommandLine
from tests.support.limits import limits
from tests.support.spark import Cluster, missing, spark_cluster
from tests.validation.test_staging_parts import LABELS, ignore, one_by_one, result, staging_of

BLOCK = 1 << 16
PART_MB = 8
PLAIN = [b"C%d,Ann %d,Ltd,01/02/2020,0113 496 0%03d", b"C%d,Bob %d,Zorp,01/02/2020,x%d"]
QUOTED = [b'"C%d","Ann\r\n""%d"", Bee","Ltd","01/02/2020","0113 496 0%03d"', b'"C%d","Bob\n%d","Zorp",,"x%d"']

pytestmark = [
    pytest.mark.long,
    pytest.mark.slow,
    pytest.mark.skipif(bool(missing()), reason=f"not installed: {missing()}"),
]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with spark_cluster(tmp_path_factory.mktemp("spark")) as started:
        yield started


def file_of(records: Sequence[bytes], size: int, remarks: str = "") -> bytes:
    lines, length, number = [f"{LABELS},Remarks".encode()], 0, 0
    while length < size:
        lines.append(b"%s,%s" % (records[number % 5 == 0] % (number, number, number % 1_000), remarks.encode()))
        length, number = length + len(lines[-1]) + 1, number + 1
    return b"\n".join([*lines, b""])


def staged_here(folder: Path, data: bytes) -> dict[str, Any]:
    whole = staging_of(folder, data, BLOCK)
    return result(whole, stage_parts(whole, [WHOLE], partial(one_by_one, whole)))


def staged_by_spark(url: str, staging: Staging, report: Any = ignore) -> Staged:
    parts = cut(staging.folder.source, staging.layout, staging.limits, BLOCK, BLOCK)
    with SparkCluster(url, BLOCK).runner(staging, report) as run:
        return stage_parts(staging, parts, run)


@pytest.mark.parametrize("records", [PLAIN, QUOTED], ids=["plain", "quoted with line breaks"])
def test_file_is_staged_as_here(cluster: Cluster, tmp_path: Path, records: list[bytes]) -> None:
    data = file_of(records, 8 * BLOCK)
    staging = staging_of(tmp_path / "spark", data, BLOCK)
    staged = staged_by_spark(cluster.url, staging)
    assert staged.parts > 6
    assert result(staging, staged) == staged_here(tmp_path / "here", data)


def test_rejects_file_has_the_same_bytes(cluster: Cluster, tmp_path: Path) -> None:
    """Of an import by the settings, of a file whose first half is plain, and the second quoted with line breaks."""
    half = 2 * (PART_MB << 20) + (1 << 19)
    plain, quoted = (file_of(records, half, "x" * 2_000) for records in (PLAIN, QUOTED))
    (tmp_path / "clients.csv").write_bytes(plain + quoted.partition(b"\n")[2])
    files, said = [], []
    for name, url in (("here", ""), ("spark", cluster.url)):
        cli = CommandLine(tmp_path / name, CLIENT_IMPORT_SPARK=url, CLIENT_IMPORT_PART_MB=str(PART_MB))
        answer = cli("run", tmp_path / "clients.csv", "--json")
        assert answer.status == 3, answer
        said.append([answer.json[count] for count in ("totalItems", "createdCount", "skippedCount", "errorCount")])
        folder = cli.home / "jobs" / answer.json["code"]
        files.append([(folder / file).read_bytes() for file in ("not_imported.csv", "rejected.csv")])
        assert len(list((folder / "parts").iterdir())) == (4 if url else 1)
        assert not (folder / "attempts").exists()
    assert said[0] == said[1]
    assert files[0] == files[1]


def test_executor_that_is_killed_loses_nothing(cluster: Cluster, tmp_path: Path) -> None:
    data = file_of(PLAIN, 40 * BLOCK)
    staging, killed = staging_of(tmp_path / "spark", data, BLOCK), list[int]()

    def kill_one(progress: StagingProgress) -> None:
        if progress.rows and not killed:
            [first, *_] = cluster.executors()
            first.send_signal(signal.SIGKILL)
            killed.append(first.pid)

    staged = staged_by_spark(cluster.url, staging, kill_one)
    assert killed
    assert result(staging, staged) == staged_here(tmp_path / "here", data)
    assert not staging.folder.attempts.exists()


def test_staging_ends_when_the_job_is_cancelled(cluster: Cluster, tmp_path: Path) -> None:
    staging, asked = staging_of(tmp_path / "spark", file_of(PLAIN, 400 * BLOCK), BLOCK), list[float]()

    def cancel(progress: StagingProgress) -> None:
        if progress.rows:
            asked.append(time.monotonic())
            raise Cancelled

    with pytest.raises(Cancelled):
        staged_by_spark(cluster.url, staging, cancel)
    assert time.monotonic() - asked[0] < 20  # it is less than two seconds where nothing else runs
    assert not staging.folder.staged.exists()
    staging.folder.drop_working_files()
    assert {path.name for path in staging.folder.path.iterdir()} == {"source", "layout.json"}


def test_progress_goes_up_to_all_rows(cluster: Cluster, tmp_path: Path) -> None:
    heard = list[StagingProgress]()
    staging = staging_of(tmp_path / "spark", file_of(QUOTED, 20 * BLOCK), BLOCK)
    staged = staged_by_spark(cluster.url, staging, heard.append)
    rows = [progress.rows for progress in heard]
    assert rows == sorted(rows)
    assert len(set(rows)) > 2
    assert rows[-1] <= staged.total_items
    assert max(progress.read_bytes for progress in heard) <= staging.folder.source.stat().st_size


def test_what_is_wrong_with_the_file_is_said_as_ever(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLIENT_IMPORT_MAX_RECORDS", "3000")
    known = staging_of(tmp_path / "spark", file_of(PLAIN, 6 * BLOCK), BLOCK)
    staging = Staging(known.folder, known.layout, known.mapping, known.rules, limits(), BLOCK)
    with pytest.raises(SourceError, match="more than 3,000 records, blank ones counted"):
        staged_by_spark(cluster.url, staging)


def test_home_folder_that_is_not_shared_is_said(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = staging_of(tmp_path / "spark", file_of(PLAIN, 6 * BLOCK), BLOCK)
    monkeypatch.chdir(tmp_path)
    here = JobFolder(Path("/proc/self/cwd/spark"))  # another folder in each process
    staging = Staging(here, known.layout, known.mapping, known.rules, known.limits, BLOCK)
    with pytest.raises(ClusterError, match=r"cannot use the folder /proc/self/cwd/spark .*Put CLIENT_IMPORT_HOME"):
        staged_by_spark(cluster.url, staging)


def bare_python(folder: Path) -> Path:
    """A Python without any libraries."""
    venv.create(folder / "bare", symlinks=True)
    return folder / "bare" / "bin" / "python"


def other_python(folder: Path) -> Path:
    """A Python that says that it is of another minor version; there may be none that is."""
    python = folder / "other"
    (folder / "sitecustomize.py").write_text(
        "import collections, sys\n"
        "parts = collections.namedtuple('version_info', 'major minor micro releaselevel serial')\n"
        "sys.version_info = parts(3, 7, 1, 'final', 0)\n"
    )
    python.write_text(f'#!/bin/sh\nPYTHONPATH="{folder}:$PYTHONPATH" exec {sys.executable} "$@"\n')
    python.chmod(0o755)
    return python


@pytest.mark.parametrize(
    ("python", "sentence"),
    [
        (bare_python, "lack the libraries of client-import .*Install"),
        (other_python, "run another Python than this program. Give them Python 3"),
    ],
)
def test_python_that_cannot_do_it_is_said(
    cluster: Cluster, tmp_path: Path, python: Callable[[Path], Path], sentence: str
) -> None:
    cluster.run_python(python(tmp_path))
    staging = staging_of(tmp_path / "job", file_of(PLAIN, 5 * BLOCK), BLOCK)
    try:
        with pytest.raises(ClusterError, match=sentence):
            staged_by_spark(cluster.url, staging)
    finally:
        cluster.run_python(sys.executable)


@pytest.mark.parametrize("is_cancelled", [False, True], ids=["left to it", "cancelled"])
def test_connect_server_that_goes_away_is_said(tmp_path: Path, is_cancelled: bool) -> None:
    (tmp_path / "spark").mkdir()
    with spark_cluster(tmp_path / "spark") as started:
        staging, killed = staging_of(tmp_path / "job", file_of(PLAIN, 200 * BLOCK), BLOCK), list[float]()

        def kill(progress: StagingProgress) -> None:
            if progress.rows and not killed:
                started.processes[0].kill()
                killed.append(time.monotonic())
            elif killed and is_cancelled:
                raise Cancelled

        with pytest.raises((ClusterError, Cancelled)) as raised:
            staged_by_spark(started.url, staging, kill)
    if is_cancelled:
        assert raised.type is Cancelled
    else:
        sentence = f"The Spark cluster at {started.url[5:]} cannot be reached ("
        assert str(raised.value).startswith(sentence)
        assert "Start its Connect server, or correct CLIENT_IMPORT_SPARK" in str(raised.value)
    assert not staging.folder.staged.exists()
