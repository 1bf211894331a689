"""Covers what a run makes of a dropped file: its job, its options, the rows to correct, and whatever goes wrong.

The runs are Dagster's, in this process. Not here: a real daemon, which test_drop_daemon.py has.
"""

from __future__ import annotations

import json
import os
import shutil
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import dagster as dg
import fsspec
import pytest

from client_import.failpoints import VARIABLE, arm
from client_import.jobs.record import Status, now
from client_import.mapping.saved import make_mapping
from tests.support.cli import CommandLine, wait_until
from tests.support.drop_runs import DropHome, Ticks, other_file_system, take_and_die
from tests.support.program import Program

ROOT = Path(__file__).parents[2]
CSV = b"Code,Name,Type\nA1,Acme,Ltd\n"
MIXED = b"Code,Name,Type\nA1,Acme,Ltd\nA2,Bee,Zorp\n"


def import_all(tick: Ticks) -> list[bool]:
    """Do two ticks and the runs they ask for; whether each was a success."""
    return [tick.run(request).success for request in tick.recovered()]


def notes(drop: DropHome) -> list[str]:
    folder = drop.home / "taken"
    return [note.name for note in folder.glob("*") if not note.name.startswith(".")] if folder.exists() else []


def test_a_dropped_file_becomes_the_source_of_its_job(drop: DropHome, tick: Ticks) -> None:
    drop.put("clients.csv", CSV)
    [request] = tick.recovered()
    assert tick.run(request).success
    [job] = drop.jobs()
    assert (job["code"], job["fileName"]) == (request.tags["client_import/job"], "clients.csv")
    assert (job["status"], job["createdCount"]) == ("Completed", 1)
    assert drop.names() == {"done/clients.csv"}
    assert (drop.folder / "done" / "clients.csv").read_bytes() == CSV
    assert notes(drop) == []


def test_rejected_rows_come_back_and_are_dropped_again(drop: DropHome, tick: Ticks) -> None:
    drop.put("clients.csv", MIXED)
    assert import_all(tick) == [True]
    assert drop.names() == {"rejected/clients.not_imported.csv", "done/clients.csv"}
    rejected = drop.folder / "rejected" / "clients.not_imported.csv"
    assert b"Zorp" in rejected.read_bytes()
    fixed = rejected.read_bytes().replace(b'"Zorp"', b'"Trust"', 1)
    rejected.unlink()
    drop.put("clients.not_imported.csv", fixed)
    assert import_all(tick) == [True]
    assert drop.names() == {"done/clients.csv", "done/clients.not_imported.csv"}
    assert [(job["createdCount"], job["errorCount"]) for job in drop.jobs()] == [(1, 0), (1, 1)]
    assert drop.codes() == ["A1", "A2"]


def test_the_rows_of_an_earlier_file_are_kept(drop: DropHome, tick: Ticks) -> None:
    for _ in range(2):
        drop.put("clients.csv", MIXED)
        import_all(tick)
    code = drop.jobs()[0]["code"]
    assert drop.names() == {
        *("rejected/clients.not_imported.csv", f"rejected/clients.{code}.not_imported.csv"),
        *("done/clients.csv", f"done/clients.{code}.csv"),
    }


def test_the_same_content_under_another_name_changes_nothing(drop: DropHome, tick: Ticks) -> None:
    for name in ("one.csv", "two.csv"):
        drop.put(name, CSV)
        import_all(tick)
    second, first = drop.jobs()
    assert (first["createdCount"], second["createdCount"], second["skippedCount"]) == (1, 0, 1)
    assert drop.names() == {"done/one.csv", "done/two.csv"}  # rows that are rightly skipped need no correction


def test_a_failed_import_over_its_error_limit_leaves_the_rows_to_correct(drop: DropHome, tick: Ticks) -> None:
    drop.put("options.json", b'{"maxErrors": 0}')
    drop.put("clients.csv", MIXED)
    assert import_all(tick) == [False]
    [job] = drop.jobs()
    assert (job["status"], job["errorCount"]) == ("Failed", 1)
    rejected = "rejected/clients.not_imported.csv"
    assert drop.names() == {"options.json", rejected, "failed/clients.csv", "failed/clients.csv.txt"}
    why = (drop.folder / "failed" / "clients.csv.txt").read_text("utf-8")
    assert str(job["failureReason"]) in why
    assert f"All rows of the file are in {drop.folder}/{rejected}" in why
    assert drop.codes() == []


def test_options_beside_the_file_are_used_and_taken_along(drop: DropHome, tick: Ticks) -> None:
    drop.put("options.json", b'{"importMode": "CreateOnly", "maxErrors": "0"}')
    mapping = [{"csvHeader": "No", "targetField": "Code"}, {"csvHeader": "Who", "targetField": "Name"}]
    own = {"columnMappings": mapping, "defaultClientType": "Trust", "hasHeaderRow": True}
    drop.put("a.options.json", json.dumps(own).encode())
    drop.put("a.csv", b"No,Who\nA1,Acme\n")
    assert import_all(tick) == [True]
    assert drop.names() == {"options.json", "done/a.csv", "done/a.options.json"}
    assert drop.codes() == ["A1"]
    program = Program(drop.home)
    [job] = program.store.jobs()
    assert program.store.options(job.code).import_mode == "CreateOnly"
    assert program.clients()[0]["type"] == "Trust"
    program.store.close()


def test_words_are_mapped_by_the_options_beside_the_file_and_by_a_saved_mapping(drop: DropHome, tick: Ticks) -> None:
    program = Program(drop.home)
    columns = [{"csvHeader": name, "targetField": name} for name in ("Code", "Name", "Type")]
    words = {"code": "ours", "name": "ours", "columnMappings": columns, "valueMappings": {"Type": {"Estate": "Trust"}}}
    program.store.mappings.save(make_mapping(words, "ours"))
    drop.put("options.json", b'{"mappingCode": "ours", "defaultClientType": "Ltd"}')
    drop.put("a.options.json", b'{"valueMappings": [{"targetField": "Type", "from": "Widow", "to": "Individual"}]}')
    drop.put("a.csv", b"Code,Name,Type\nA1,Ann,widow\nA2,Bob,estate\nA3,Cy,\n")
    assert import_all(tick) == [True]
    assert [client["type"] for client in program.clients()] == ["Individual", "Trust", "PrivateLimitedCompany"]
    drop.put("b.options.json", b'{"valueMappings": {"Type": {"Widow": "Shoe"}}}')
    drop.put("b.csv", CSV)
    assert import_all(tick) == [False]
    assert "b.options.json is wrong" in str(drop.jobs()[0]["failureReason"])
    assert "is no member of the list of Type" in str(drop.jobs()[0]["failureReason"])
    program.store.close()


@pytest.mark.parametrize("whose", ["clients.options.json", "options.json"])
@pytest.mark.parametrize(("content", "word"), [(b"{", "not JSON"), (b'{"matchField": "Shoe"}', "matchField")])
def test_a_wrong_options_file_fails_the_import(
    whose: str, content: bytes, word: str, drop: DropHome, tick: Ticks
) -> None:
    drop.put(whose, content)
    drop.put("clients.csv", CSV)
    assert import_all(tick) == [False]
    [job] = drop.jobs()
    assert job["status"] == "Failed"
    assert f"The options file {whose} " in str(job["failureReason"])
    assert word in str(job["failureReason"])
    failed = {"failed/clients.csv", "failed/clients.csv.txt"}
    assert drop.names() == {*failed, whose if whose == "options.json" else "failed/clients.options.json"}
    assert (drop.folder / "failed" / "clients.csv").read_bytes() == CSV
    assert word in (drop.folder / "failed" / "clients.csv.txt").read_text("utf-8")
    assert (tick.recovered(), notes(drop)) == ([], [])


@pytest.mark.parametrize("content", [b"%PDF-1.7", b"Code,Name\nA1\xff"])
def test_a_file_that_cannot_be_read_or_mapped_fails_once(content: bytes, drop: DropHome, tick: Ticks) -> None:
    drop.put("options.json", b'{"matchField": "Email"}')
    drop.put("clients.csv", content)
    assert import_all(tick) == [False]
    [job] = drop.jobs()
    assert job["status"] == "Failed"
    assert (drop.folder / "failed" / "clients.csv").read_bytes() == content
    names = {"options.json", "failed/clients.csv", "failed/clients.csv.txt"}
    assert (tick.recovered(), drop.names(), notes(drop)) == ([], names, [])


def test_what_failed_is_put_right_and_dropped_again(drop: DropHome, tick: Ticks) -> None:
    drop.put("clients.options.json", b'{"importMode": "Sometimes"}')
    drop.put("clients.csv", CSV)
    assert import_all(tick) == [False]
    why = (drop.folder / "failed" / "clients.csv.txt").read_text("utf-8")
    assert f"move clients.csv (with clients.options.json) back into {drop.folder}: it is imported again then" in why
    (drop.folder / "failed" / "clients.options.json").unlink()
    (drop.folder / "failed" / "clients.csv").rename(drop.folder / "clients.csv")
    assert import_all(tick) == [True]
    assert drop.names() == {"done/clients.csv", "failed/clients.csv.txt"}
    assert drop.codes() == ["A1"]


def test_a_file_whose_import_is_cancelled_goes_to_the_failed_ones(
    drop: DropHome, tick: Ticks, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    drop.put("clients.csv", CSV)
    [request] = tick.recovered()
    program, code = Program(drop.home), request.tags["client_import/job"]
    paused = tmp_path / "paused"
    arm(f"taken=pause {paused}")

    def cancel() -> None:
        wait_until(paused.exists, "the file to be taken")
        program.store.request_cancel(code)
        paused.unlink()

    canceller = threading.Thread(target=cancel)
    canceller.start()
    try:
        assert not tick.run(request).success
    finally:
        canceller.join()
        arm("")
        program.store.close()
    assert [job["status"] for job in drop.jobs()] == ["Cancelled"]
    assert drop.names() == {"failed/clients.csv", "failed/clients.csv.txt"}
    why = (drop.folder / "failed" / "clients.csv.txt").read_text("utf-8")
    assert "The import was cancelled; nothing was imported." in why
    assert code in why


def test_a_file_that_no_run_gets_to_take_stays_where_it_is(drop: DropHome, tick: Ticks) -> None:
    drop.put("clients.csv", CSV)
    config = {
        "ops": {"source_file": {"config": {"path": "clients.csv", "dropped": "clients.csv", "job_code": "no code"}}}
    }
    assert not tick.run(dg.RunRequest(run_key="wrong", run_config=config)).success
    assert (drop.names(), drop.jobs(), notes(drop)) == ({"clients.csv"}, [], [])
    assert import_all(tick) == [True]


@pytest.mark.parametrize("what", ["deleted", "replaced"])
def test_a_file_that_is_not_there_any_more_makes_no_job(what: str, drop: DropHome, tick: Ticks) -> None:
    drop.put("clients.csv", CSV)
    [request] = tick.recovered()
    (drop.folder / "clients.csv").unlink()
    if what == "replaced":
        drop.put("clients.csv", MIXED[:20])
    result = tick.run(request)
    [run] = tick.instance.get_runs()
    assert run.status is dg.DagsterRunStatus.CANCELED
    assert "clients.csv is not in the drop folder any more" in str(result.all_events)
    assert result.get_asset_materialization_events() == []
    assert result.get_asset_check_evaluations() == []
    assert (drop.jobs(), notes(drop)) == ([], [])
    assert not list((drop.home / "jobs").iterdir())
    assert drop.names() == ({"clients.csv"} if what == "replaced" else set())


def test_of_two_runs_for_one_file_one_imports_it(drop: DropHome, tick: Ticks) -> None:
    drop.put("clients.csv", CSV)
    [first] = tick.recovered()
    tick.cursor = None
    [second] = tick.recovered()
    assert tick.run(first).success
    tick.run(second)
    assert [run.status.value for run in tick.instance.get_runs()] == ["CANCELED", "SUCCESS"]
    [job] = drop.jobs()
    assert job["code"] == first.tags["client_import/job"]


def test_a_run_done_again_imports_nothing_again(drop: DropHome, tick: Ticks) -> None:
    drop.put("clients.csv", CSV)
    [request] = tick.recovered()
    assert tick.run(request).success
    drop.put("clients.csv", MIXED)
    before = drop.jobs()
    assert not tick.run(request).success
    assert drop.jobs() == before
    assert drop.names() == {"clients.csv", "done/clients.csv"}


def test_a_dropped_file_can_be_named_in_the_launchpad(drop: DropHome, tick: Ticks) -> None:
    drop.put("clients.csv", CSV)
    config = {"ops": {"source_file": {"config": {"path": "clients.csv", "dropped": "clients.csv"}}}}
    assert tick.run(dg.RunRequest(run_key="by hand", run_config=config)).success
    [job] = drop.jobs()
    run = tick.instance.get_runs()[0]
    assert run.tags["client_import/job"] == job["code"]
    assert run.tags["client_import/started_by"] == "launchpad"


def test_what_died_after_taking_is_failed_by_the_next_tick(drop: DropHome, tick: Ticks) -> None:
    drop.put("clients.csv", CSV)
    take_and_die(drop, "drop", "clients.csv", "after taking")
    assert drop.names() == set()
    assert notes(drop) == ["deadc0de42"]
    assert tick() == []
    [job] = drop.jobs()
    assert (job["status"], job["fileName"]) == ("Failed", "clients.csv")
    assert "gone" in str(job["failureReason"])
    assert drop.names() == {"failed/clients.csv", "failed/clients.csv.txt"}
    assert (drop.folder / "failed" / "clients.csv").read_bytes() == CSV
    assert notes(drop) == []


@pytest.mark.slow
def test_a_tick_has_what_died_after_its_commit_reported_elsewhere(drop: DropHome, tick: Ticks) -> None:
    cli = CommandLine(drop.home)
    cli("run", "-", "--quiet", stdin=MIXED, **{VARIABLE: "applied=kill"})
    assert [job["status"] for job in drop.jobs()] == ["InProgress"]
    assert tick() == []
    wait_until(lambda: drop.jobs()[0]["status"] == "Completed", "the job to be settled")
    [job] = drop.jobs()
    assert (job["createdCount"], job["errorCount"]) == (1, 1)
    assert "Zorp" in (drop.home / "jobs" / job["code"] / "not_imported.csv").read_text("utf-8-sig")


def test_a_run_that_goes_on_where_another_died_keeps_to_the_options(drop: DropHome, tick: Ticks) -> None:
    drop.put("clients.options.json", b'{"importMode": "Sometimes"}')
    drop.put("clients.csv", CSV)
    take_and_die(drop, "drop", "clients.csv", "after taking")
    config = {
        "ops": {"source_file": {"config": {"path": "clients.csv", "dropped": "clients.csv", "job_code": "deadc0de42"}}}
    }
    assert not tick.run(dg.RunRequest(run_key="again", run_config=config)).success
    [job] = drop.jobs()
    assert job["status"] == "Failed"
    assert "The options file clients.options.json is wrong" in str(job["failureReason"])
    assert notes(drop) == []


def test_a_run_that_goes_on_where_the_taking_was_broken_off_fails(drop: DropHome, tick: Ticks) -> None:
    drop.put("clients.csv", CSV)
    take_and_die(drop, "drop", "clients.csv", "before taking")
    config = {
        "ops": {"source_file": {"config": {"path": "clients.csv", "dropped": "clients.csv", "job_code": "deadc0de42"}}}
    }
    result = tick.run(dg.RunRequest(run_key="again", run_config=config))
    [check] = result.get_asset_check_evaluations()
    assert (result.success, check.passed) == (False, False)
    assert drop.names() == {"clients.csv"}
    assert import_all(tick) == [True]
    assert [job["status"] for job in drop.jobs()] == ["Completed", "Failed"]
    assert notes(drop) == []


needs_another_disk = pytest.mark.skipif(
    other_file_system() is None, reason="there is only one file system that can be written to here"
)


@pytest.fixture
def another_disk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """A drop folder on another file system than the home folder."""
    folder = (other_file_system() or tmp_path) / f"drop-{os.getpid()}-{tmp_path.name}"
    monkeypatch.setenv("CLIENT_IMPORT_DROP", str(folder))
    folder.mkdir()
    yield folder
    shutil.rmtree(folder)


@needs_another_disk
def test_what_died_while_copying_is_put_back_and_imported(drop: DropHome, another_disk: Path, tick: Ticks) -> None:
    (another_disk / "clients.csv").write_bytes(CSV)
    (another_disk / "clients.options.json").write_bytes(b'{"importMode": "UpdateOnly"}')
    take_and_die(drop, str(another_disk), "clients.csv", "while copying")
    assert {file.name for file in another_disk.iterdir()} == {".deadc0de42.taken", "clients.options.json"}
    assert import_all(tick) == [True]
    assert [(job["status"], job["skippedCount"]) for job in drop.jobs()] == [("Completed", 1), ("Failed", 0)]
    assert {str(file.relative_to(another_disk)) for file in another_disk.rglob("*")} == {
        *("done", "done/clients.csv", "done/clients.options.json")
    }


@needs_another_disk
def test_a_cancelled_file_whose_job_has_lost_its_folder_does_not_come_back(
    drop: DropHome, another_disk: Path, tick: Ticks
) -> None:
    (another_disk / "clients.csv").write_bytes(CSV)
    take_and_die(drop, str(another_disk), "clients.csv", "while copying")
    program = Program(drop.home)
    cancelled = replace(program.store.job("deadc0de42"), status=Status.CANCELLED, completed_date=now())
    program.store.finish(cancelled)
    program.store.close()
    shutil.rmtree(program.home.job("deadc0de42").path)
    assert import_all(tick) == []
    assert {str(file.relative_to(another_disk)) for file in another_disk.rglob("*") if file.is_file()} == {
        *("failed/clients.csv", "failed/clients.csv.txt")
    }


def test_a_drop_folder_elsewhere(drop: DropHome, tick: Ticks, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CLIENT_IMPORT_DROP", f"memory://{tmp_path.name}/in")
    folder = fsspec.filesystem("memory")
    path = f"/{tmp_path.name}/in"
    folder.makedirs(path)
    folder.pipe_file(f"{path}/clients [1].csv", MIXED)
    folder.pipe_file(f"{path}/clients [1].options.json", b'{"blankCells": "clear"}')
    folder.pipe_file(f"{path}/options.json", b"{}")
    assert import_all(tick) == [True]
    rejected = f"{path}/rejected/clients [1].not_imported.csv"
    done = [f"{path}/done/clients [1].csv", f"{path}/done/clients [1].options.json"]
    assert folder.find(path) == [*done, f"{path}/options.json", rejected]
    assert bytes(folder.cat_file(done[0])) == MIXED
    fixed = bytes(folder.cat_file(rejected)).replace(b'"Zorp"', b'"Trust"', 1)
    folder.pipe_file(f"{path}/again.csv", fixed)
    assert import_all(tick) == [True]
    assert drop.codes() == ["A1", "A2"]
    assert [job["status"] for job in drop.jobs()] == ["Completed", "Completed"]
