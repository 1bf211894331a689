"""A file that is staged part by part is staged as if it were one part, whoever stages them, and however often."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from client_import.errors import SourceError
from client_import.field_types.registry import Rules
from client_import.mapping.file_spec import FileSpec
from client_import.mapping.resolve import resolve
from client_import.options import ImportOptions
from client_import.paths import CELLS, ROW_ERRORS, JobFolder
from client_import.reading.cut import cut
from client_import.reading.detect import detect_layout
from client_import.reading.part import WHOLE, Part
from client_import.reports.rejects_file import write_rejects
from client_import.validation.stage import Staged, stage_parts
from client_import.validation.stage_part import PartTask, StagedPart, Staging, StagingProgress, stage_part
from tests.corpus.__main__ import FOLDER
from tests.support.limits import LIMITS, limits

FILES = sorted(path for path in FOLDER.iterdir() if path.suffix in (".csv", ".gz") and path.stat().st_size)
SMALLEST = 1
LABELS = "Code,Name,Type,IncorporationDate,Telephone"
CLIENTS = [
    f"C{number},Ann {number},Ltd,{number % 28 + 1}/{number % 12 + 1}/2020,0113 496 0{number:03}" for number in range(40)
]


def staging_of(folder: Path, data: bytes, block_bytes: int) -> Staging:
    """The staging of ``data`` in a new folder, its first column mapped to Code, and others as they are named."""
    folder.mkdir(parents=True)
    (folder / "source").write_bytes(data)
    layout = detect_layout(folder / "source", ImportOptions(), LIMITS)
    pairs = {layout.headers[0]: "Code"} | {label: label for label in layout.headers[1:] if label in LABELS.split(",")}
    options = ImportOptions.parse(
        {"column_mappings": [{"csv_header": header, "target_field": field} for header, field in pairs.items()]}
    )
    mapping = resolve(layout, options, None, ())
    FileSpec(layout, mapping).save(folder / "layout.json")
    return Staging(JobFolder(folder), layout, mapping, Rules(day_first=True), LIMITS, block_bytes)


def ignore(_: StagingProgress) -> None:
    return


def one_by_one(staging: Staging, tasks: Sequence[PartTask]) -> Iterable[StagedPart]:
    return (stage_part(staging, task, 1, ignore) for task in tasks)


def parts_of(staging: Staging) -> list[Part]:
    return cut(staging.folder.source, staging.layout, staging.limits, SMALLEST, staging.block_bytes)


def result(staging: Staging, staged: Staged) -> dict[str, Any]:
    """Everything the steps behind see of the staged rows."""
    folder = staging.folder
    cells = pa.concat_tables([pa.ipc.open_file(path).read_all() for path in folder.cells])
    tables = [pa.concat_tables(map(pq.read_table, paths)) for paths in (folder.rows, folder.row_errors)]
    return {
        "staged": replace(staged, parts=1),
        "loaded": replace(Staged.load(folder.staged), parts=1),
        **{name: table.to_pydict() for name, table in zip(("cells", "rows", "errors"), (cells, *tables), strict=True)},
    }


def assert_staged_alike(folder: Path, data: bytes, block_bytes: int) -> int:
    """Return the number of parts."""
    whole, cut_up = (staging_of(folder / name, data, block_bytes) for name in ("whole", "parts"))
    parts = parts_of(cut_up)
    expected = result(whole, stage_parts(whole, [WHOLE], partial(one_by_one, whole)))
    staged = stage_parts(cut_up, parts, partial(one_by_one, cut_up))
    assert staged.parts == len(parts)
    assert result(cut_up, staged) == expected
    assert not cut_up.folder.attempts.exists()
    return len(parts)


@pytest.mark.parametrize("path", FILES, ids=[path.name for path in FILES])
def test_every_awkward_file_is_staged_alike(tmp_path: Path, path: Path) -> None:
    assert_staged_alike(tmp_path, path.read_bytes(), max(100, path.stat().st_size // 4))


OTHERS = ["", "", ",,,,", LABELS, "Email,Name,Code", "Former clients", "Page 1 of 2", "Total: 12", "End", "---"]
ODD = ["C9,Zoe", "C8,Bob,Ltd,12/25/2020,", "C7,#N/A,Zorp,,,", "C6,NULL,Ltd,1/2/2020,n/a", "Prepared by Ann"]
LINES = st.lists(st.sampled_from([*CLIENTS[:3], *OTHERS, *ODD]), max_size=40)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(LINES, st.sampled_from([64, 100, 200]), st.booleans())
@example([*CLIENTS[:4], "", "Email,Name,Code", *CLIENTS[4:], LABELS, *CLIENTS], 64, True)
@example([*CLIENTS[:4], "Total: 12", *[""] * 300], 64, True)
@example([client for client in CLIENTS for client in (client, "")], 64, True)
def test_lines_that_are_no_clients_are_found_wherever_parts_begin(lines: list[str], block: int, ends: bool) -> None:
    text = "\n".join([LABELS, *CLIENTS[:2], *lines]) + "\n" * ends
    with tempfile.TemporaryDirectory() as folder:
        assert_staged_alike(Path(folder) / "job", text.encode(), block)


DATA = "\n".join([LABELS, *CLIENTS, ""]).encode()


@pytest.fixture
def staging(tmp_path: Path) -> Staging:
    return staging_of(tmp_path / "job", DATA, 200)


@pytest.fixture
def expected(tmp_path: Path) -> dict[str, Any]:
    whole = staging_of(tmp_path / "whole", DATA, 200)
    return result(whole, stage_parts(whole, [WHOLE], partial(one_by_one, whole)))


def test_what_an_attempt_before_has_left_is_not_taken_for_this_one(staging: Staging, expected: dict[str, Any]) -> None:
    """One that had a plan, more parts, and cells that equal stored values."""
    folder = staging.folder
    stage_parts(staging, parts_of(staging), partial(one_by_one, staging))
    folder.plan.write_text("{}")
    for file in (folder.remaining_errors, folder.parts / f"000099.{ROW_ERRORS}", folder.parts / f"000099.{CELLS}"):
        shutil.copyfile(folder.row_errors[0], file)
    assert result(staging, stage_parts(staging, parts_of(staging), partial(one_by_one, staging))) == expected


def test_rejects_file_is_not_written_without_all_parts(staging: Staging) -> None:
    stage_parts(staging, parts_of(staging), partial(one_by_one, staging))
    staging.folder.cells[1].unlink()
    with pytest.raises(FileNotFoundError, match="has 6 of the 7 parts"):
        write_rejects(staging.folder)
    staging.folder.drop_working_files()
    with pytest.raises(FileNotFoundError, match="has 0 of the 7 parts"):
        write_rejects(staging.folder)


class LostError(Exception):
    """The process that staged a part is gone."""


def test_a_lost_attempt_is_made_again(staging: Staging, expected: dict[str, Any]) -> None:
    def fail(_: StagingProgress) -> None:
        raise LostError

    def run(tasks: Sequence[PartTask]) -> Iterable[StagedPart]:
        for task in tasks:
            with pytest.raises(LostError):
                stage_part(staging, task, 1, fail)
        return one_by_one(staging, tasks)

    assert result(staging, stage_parts(staging, parts_of(staging), run)) == expected
    assert len(list(staging.folder.parts.iterdir())) == 3 * len(parts_of(staging))


def test_of_repeated_attempts_one_is_taken(staging: Staging, expected: dict[str, Any]) -> None:
    def run(tasks: Sequence[PartTask]) -> Iterable[StagedPart]:
        for task in reversed(tasks):
            yield stage_part(staging, task, 1, ignore)
            yield stage_part(staging, task, 1, ignore)

    assert result(staging, stage_parts(staging, parts_of(staging), run)) == expected
    assert len(list(staging.folder.parts.iterdir())) == 3 * len(parts_of(staging))


def test_a_late_attempt_changes_nothing(staging: Staging, expected: dict[str, Any]) -> None:
    tasks: list[PartTask] = []

    def run(wanted: Sequence[PartTask]) -> Iterable[StagedPart]:
        tasks.extend(wanted)
        return one_by_one(staging, wanted)

    staged = stage_parts(staging, parts_of(staging), run)
    with pytest.raises(FileNotFoundError):
        stage_part(staging, tasks[1], 1, ignore)
    assert result(staging, staged) == expected
    staging.folder.attempts.mkdir()  # one that lasts until the job is retried
    stage_part(staging, tasks[1], 1, ignore)
    assert result(staging, staged) == expected
    assert result(staging, stage_parts(staging, parts_of(staging), partial(one_by_one, staging))) == expected


def stage_elsewhere(staging: Staging, task: PartTask) -> tuple[int, StagedPart]:
    return os.getpid(), stage_part(staging, task, 1, ignore)


def test_two_processes_stage_the_parts_of_a_file(staging: Staging, expected: dict[str, Any]) -> None:
    used = set()
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as pool:

        def run(tasks: Sequence[PartTask]) -> Iterable[StagedPart]:
            for process, attempt in pool.map(partial(stage_elsewhere, staging), tasks):
                used.add(process)
                yield attempt

        assert result(staging, stage_parts(staging, parts_of(staging), run)) == expected
    assert os.getpid() not in used


def test_more_rows_than_a_file_may_have_are_too_many_in_all_parts_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLIENT_IMPORT_MAX_ROWS", str(len(CLIENTS) - 1))
    known = staging_of(tmp_path / "job", DATA, 200)
    staging = Staging(known.folder, known.layout, known.mapping, known.rules, limits(), known.block_bytes)
    with pytest.raises(SourceError, match="more than 39 rows, the most an import takes"):
        stage_parts(staging, parts_of(staging), partial(one_by_one, staging))
    assert not staging.folder.staged.exists()
