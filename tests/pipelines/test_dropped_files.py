"""Covers the run that imports several dropped files: in which order, as which runs, and what goes wrong in it.

The runs are Dagster's, in this process, and so are the runs within them.
"""

from __future__ import annotations

import dagster as dg

from pipelines.dropped_files import names_of_files
from tests.support.drop_runs import DropHome, Ticks, take_and_die

CSV = b"Code,Name,Type\nA1,%s,Ltd\n"


def several(drop: DropHome, tick: Ticks, *names: str) -> dg.RunRequest:
    """Drop files, the first the oldest, and return the request for all of them."""
    for number, name in enumerate(names):
        drop.put(name, CSV % name[:-4].encode(), age=100 - number)
    [request] = tick.recovered()
    assert request.job_name == "import_dropped"
    return request


def runs_of_imports(instance: dg.DagsterInstance) -> list[dg.DagsterRun]:
    """The runs of single imports, in the order in which they were begun."""
    return instance.get_runs(dg.RunsFilter(job_name="client_import"), ascending=True)


def test_files_that_are_whole_together_share_a_process_and_have_a_run_each(
    drop: DropHome, tick: Ticks, instance: dg.DagsterInstance
) -> None:
    names = ["one.csv", "two.csv", "three.csv", "four.csv"]
    result = tick.run(several(drop, tick, *names))
    assert result.success
    runs, jobs = runs_of_imports(instance), drop.jobs()[::-1]
    assert [job["fileName"] for job in jobs] == names
    assert [(job["createdCount"], job["updatedCount"]) for job in jobs] == [(1, 0), (0, 1), (0, 1), (0, 1)]
    assert [run.tags["client_import/file"] for run in runs] == names
    assert [run.tags["client_import/job"] for run in runs] == [job["code"] for job in jobs]
    assert {run.tags["client_import/started_by"] for run in runs} == {"drop folder"}
    assert {run.status for run in runs} == {dg.DagsterRunStatus.SUCCESS}
    imported = instance.fetch_materializations(dg.AssetKey("import_job"), limit=10).records
    assert [record.run_id for record in imported] == [run.run_id for run in runs][::-1]
    assert drop.names() == {f"done/{name}" for name in names}


def test_the_run_waits_in_the_queue_of_the_drop_folder_and_has_the_time_of_all_its_imports(
    drop: DropHome, tick: Ticks
) -> None:
    request = several(drop, tick, "one.csv", "two.csv", "three.csv")
    assert request.tags["client_import/queue"] == "drop folder"
    assert request.tags["dagster/max_retries"] == "0"
    assert request.tags["dagster/max_runtime"] == str(3 * (14_400 + 10))


def test_a_file_that_fails_or_has_gone_keeps_no_other_from_its_import(
    drop: DropHome, tick: Ticks, instance: dg.DagsterInstance
) -> None:
    request = several(drop, tick, "one.csv", "gone.csv", "changed.csv", "wrong.csv", "last.csv")
    (drop.folder / "gone.csv").unlink()
    drop.put("changed.csv", b"")
    drop.put("wrong.options.json", b'{"matchField": "Shoe"}')
    assert tick.run(request).success
    jobs = [(job["fileName"], job["status"]) for job in drop.jobs()[::-1]]
    assert jobs == [("one.csv", "Completed"), ("wrong.csv", "Failed"), ("last.csv", "Completed")]
    assert {"changed.csv", "failed/wrong.csv", "done/one.csv", "done/last.csv"} <= drop.names()


def test_a_run_that_is_done_again_imports_no_file_twice(
    drop: DropHome, tick: Ticks, instance: dg.DagsterInstance
) -> None:
    request = several(drop, tick, "one.csv", "two.csv")
    assert tick.run(request).success
    drop.put("one.csv", CSV % b"another")
    assert tick.run(request).success
    assert len(drop.jobs()) == len(runs_of_imports(instance)) == 2
    assert "one.csv" in drop.names()


def test_files_that_cannot_be_claimed_are_asked_for_three_times(drop: DropHome, tick: Ticks) -> None:
    (drop.home / "jobs").write_bytes(b"in the way")
    request = several(drop, tick, "one.csv", "two.csv")
    for tries in (2, 3, 4):
        assert not tick.run(request).success
        requests = tick()
        assert tick() == []
        if tries < 4:
            [request] = requests
    assert requests == []
    assert drop.names() == {"one.csv", "two.csv"}


def test_the_files_of_a_run_that_died_are_asked_for_again_unless_they_were_claimed(
    drop: DropHome, tick: Ticks, instance: dg.DagsterInstance
) -> None:
    request = several(drop, tick, "one.csv", "two.csv", "three.csv")
    run = instance.create_run_for_job(
        tick.job(request), run_config=request.run_config, status=dg.DagsterRunStatus.STARTED, tags=dict(request.tags)
    )
    assert names_of_files(run) == ["one.csv", "two.csv", "three.csv"]
    (drop.folder / "one.csv").unlink()  # it was imported before the process died
    assert tick() == []
    instance.report_run_failed(run, "Its process is gone.")
    [again] = tick()
    assert [file["name"] for file in again.run_config["ops"]["dropped_files"]["config"]["files"]] == [
        "two.csv",
        "three.csv",
    ]


def test_a_run_of_several_whose_process_is_gone_keeps_no_place_in_the_queue(
    drop: DropHome, tick: Ticks, instance: dg.DagsterInstance
) -> None:
    request = several(drop, tick, "one.csv", "two.csv")
    files = request.run_config["ops"]["dropped_files"]["config"]["files"]
    files[0]["job_code"] = "deadc0de42"  # that of the process which takes a file and dies
    run = instance.create_run_for_job(
        tick.job(request), run_config=request.run_config, status=dg.DagsterRunStatus.STARTED, tags=dict(request.tags)
    )
    assert tick() == []
    found = instance.get_run_by_id(run.run_id)
    assert found is not None
    assert not found.is_finished  # its first file may be about to be taken
    take_and_die(drop, "drop", "one.csv", "after taking")
    requests = tick()
    found = instance.get_run_by_id(run.run_id)
    assert found is not None
    assert found.is_finished
    [again] = requests or tick()
    assert again.tags["client_import/file"] == "two.csv"
    assert {"failed/one.csv", "two.csv"} <= drop.names()
