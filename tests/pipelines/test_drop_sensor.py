"""Covers when the sensor and the schedule ask for runs, and for which files; test_drop_runs.py has the runs."""

from __future__ import annotations

import os
from datetime import UTC, datetime

import dagster as dg
import pytest

from client_import.inbox.folder import Waiting, open_drop_folder
from client_import.inbox.local import LocalBackend
from client_import.inbox.watch import REST_SECONDS
from client_import.paths import Home
from client_import.settings import Settings, read_settings
from pipelines.definitions import defs
from pipelines.drop_sensor import FILES_A_TICK, MOST_FILES_ASKED_FOR, WATCH_SECONDS, drop_folder
from pipelines.dropped_files import request_of_several
from pipelines.nightly_batch import nightly_batch
from resources.inbox import InboxResource
from tests.support.drop_runs import DropHome, Ticks, take_and_die
from tests.support.program import Program

CSV = b"Code,Name,Type\nA1,Acme,Ltd\n"


def files(requests: list[dg.RunRequest]) -> list[str]:
    """The names of the files that runs are asked for, in the order of their imports."""
    return [name for request in requests for name in names_of(request)]


def names_of(request: dg.RunRequest) -> list[str]:
    if request.job_name == "import_dropped":
        return [file["name"] for file in request.run_config["ops"]["dropped_files"]["config"]["files"]]
    return [request.tags["client_import/file"]]


def test_a_file_is_asked_for_once_when_it_has_stopped_growing(drop: DropHome, tick: Ticks) -> None:
    assert tick() == []
    assert tick.said.startswith(f"Nothing waits in {drop.folder}")
    file = drop.put("clients.csv", CSV)
    assert tick() == []
    drop.put("clients.csv", CSV + b"A2,Bee,Ltd\n")
    assert tick() == []
    [request] = tick()
    status = file.stat()
    assert request.run_key == f"clients.csv/{status.st_size}/{status.st_mtime_ns}"
    config = request.run_config["ops"]["source_file"]["config"]
    assert config["dropped"] == "clients.csv"
    assert request.tags["client_import/job"] == config["job_code"]
    assert request.tags["client_import/file"] == "clients.csv"
    assert request.tags["client_import/started_by"] == "drop folder"
    assert [tick() for _ in range(3)] == [[], [], []]
    assert file.read_bytes() == CSV + b"A2,Bee,Ltd\n"  # it is the run that takes it


def test_thousands_are_asked_for_oldest_first_over_ticks(drop: DropHome, tick: Ticks) -> None:
    for number in range(5000):
        drop.put(f"{number % 7}-{number}.csv", b"", age=10_000 - number)
    assert tick() == []
    asked = []
    while requests := tick():
        [request] = requests
        assert len(names_of(request)) <= FILES_A_TICK
        asked += requests
    assert files(asked) == [f"{number % 7}-{number}.csv" for number in range(5000)]
    assert len({request.run_key for request in asked}) == len(asked)
    codes = {
        file["job_code"] for request in asked for file in request.run_config["ops"]["dropped_files"]["config"]["files"]
    }
    assert len(codes) == 5000


def test_a_lost_cursor_is_a_first_tick(drop: DropHome, tick: Ticks) -> None:
    drop.put("clients.csv", CSV)
    tick()
    for lost in (None, "", "nonsense", "{}", "[]"):
        tick.cursor = lost
        assert tick() == []
    assert files(tick()) == ["clients.csv"]


def test_a_file_replaced_by_another_is_a_new_one(drop: DropHome, tick: Ticks) -> None:
    drop.put("clients.csv", CSV, age=100)
    [first] = tick.recovered()
    drop.put("clients.csv", CSV)
    [second] = tick.recovered()
    assert first.run_key != second.run_key


def test_the_very_same_file_dropped_again_is_asked_for_again(drop: DropHome, tick: Ticks) -> None:
    file = drop.put("clients.csv", CSV, age=100)
    time = file.stat().st_mtime
    keys = set()
    for _ in range(4):
        drop.put("clients.csv", CSV)
        os.utime(file, (time, time))
        [request] = tick.recovered()
        assert tick.run(request).success
        keys.add(request.run_key)
        assert tick() == []
    assert len(keys) == 4
    assert [job["createdCount"] for job in drop.jobs()] == [0, 0, 0, 1]


def test_what_is_not_imported_is_told(drop: DropHome, tick: Ticks) -> None:
    drop.put("clients.docx", b"PK")
    (drop.folder / "link.csv").symlink_to(drop.folder / "clients.docx")
    assert tick.recovered() == []
    assert "clients.docx: its name ends in none of .csv" in tick.said
    assert "link.csv: a link; links are not followed" in tick.said
    drop.put("clients.csv", CSV)
    assert files(tick.recovered()) == ["clients.csv"]


def test_a_drop_folder_that_cannot_be_used_is_told(drop: DropHome, tick: Ticks) -> None:
    drop.put("clients.csv", CSV)
    tick()
    cursor = tick.cursor
    drop.folder.rename(drop.home / "elsewhere")
    drop.folder.write_bytes(b"")
    assert tick() == []
    assert "CLIENT_IMPORT_DROP" in tick.said
    assert tick.cursor == cursor
    drop.folder.unlink()
    (drop.home / "elsewhere").rename(drop.folder)
    assert files(tick()) == ["clients.csv"]


def test_a_run_that_fails_before_it_takes_the_file_is_repeated_twice(drop: DropHome, tick: Ticks) -> None:
    (drop.home / "jobs").write_bytes(b"in the way")
    drop.put("clients.csv", CSV)
    [request] = tick.recovered()
    for tries in (2, 3, 4):
        assert not tick.run(request).success
        requests = tick()
        assert tick() == []
        if tries < 4:
            [request] = requests
    assert requests == []
    assert drop.names() == {"clients.csv"}
    (drop.home / "jobs").unlink()
    drop.put("clients.csv", CSV + b"\n")
    [request] = tick.recovered()
    assert tick.run(request).success


def started_run(instance: dg.DagsterInstance, tags: dict[str, str]) -> dg.DagsterRun:
    """A run that has started and goes on."""
    return instance.create_run_for_job(
        defs.resolve_job_def("client_import"),
        run_config={"ops": {"source_file": {"config": {"path": "clients.csv"}}}},
        status=dg.DagsterRunStatus.STARTED,
        tags=tags,
    )


def test_with_runs_for_many_files_waiting_no_more_are_asked_for(
    drop: DropHome, tick: Ticks, instance: dg.DagsterInstance
) -> None:
    for number in range(2):
        drop.put(f"{number}.csv", CSV, age=10 - number)
    tick()
    several = [Waiting(f"a{number}.csv", 1, number) for number in range(MOST_FILES_ASKED_FOR - 2)]
    request = request_of_several(several, "key", "drop folder")
    instance.create_run_for_job(
        defs.resolve_job_def("import_dropped"),
        run_config=request.run_config,
        status=dg.DagsterRunStatus.STARTED,
        tags=dict(request.tags),
    )
    started_run(instance, {"client_import/queue": "drop folder", "client_import/file": "b.csv"})
    assert files(tick()) == ["0.csv"]
    started_run(instance, {"client_import/queue": "drop folder", "client_import/file": "0.csv"})
    assert tick() == []
    for run in instance.get_runs():
        instance.delete_run(run.run_id)
    assert files(tick()) == ["1.csv"]


def test_the_schedule_asks_for_everything_oldest_first(drop: DropHome, instance: dg.DagsterInstance) -> None:
    for number in range(3):
        drop.put(f"{number}.csv", CSV, age=10 + number)
    drop.put("notes.pdf", b"")
    context = dg.build_schedule_context(scheduled_execution_time=datetime(2026, 11, 25, 2, tzinfo=UTC))
    requests = nightly_batch(context, inbox=InboxResource())
    assert isinstance(requests, list)
    assert files(requests) == ["2.csv", "1.csv", "0.csv"]
    assert len({request.run_key for request in requests}) == 3
    assert {request.tags["client_import/started_by"] for request in requests} == {"nightly batch"}
    for request in requests:
        assert Ticks(instance).run(request).success
    nothing = nightly_batch(context, inbox=InboxResource())
    assert isinstance(nothing, dg.SkipReason)


def test_the_sensor_is_on_and_the_schedule_off_until_switched() -> None:
    schedule = defs.resolve_schedule_def("nightly_batch")
    assert schedule.default_status is dg.DefaultScheduleStatus.STOPPED
    assert (schedule.cron_schedule, schedule.execution_timezone) == ("0 2 * * *", "UTC")
    assert defs.resolve_sensor_def("drop_folder").default_status is dg.DefaultSensorStatus.RUNNING


def test_the_drop_folder_is_where_the_settings_say(drop: DropHome, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLIENT_IMPORT_DROP", str(drop.home / "other" / "place"))
    folder = open_drop_folder(read_settings(), Home(drop.home))
    assert folder.shown == str(drop.home / "other" / "place")
    assert (drop.home / "other" / "place").is_dir()


def test_a_run_whose_process_is_gone_keeps_no_place_in_the_queue(
    drop: DropHome, tick: Ticks, instance: dg.DagsterInstance
) -> None:
    drop.put("clients.csv", CSV)
    take_and_die(drop, "drop", "clients.csv", "after taking")
    run = started_run(instance, {"client_import/job": "deadc0de42"})
    program = Program(drop.home)
    program.store.link("deadc0de42", run.run_id)
    program.store.close()
    tick()
    found = instance.get_run_by_id(run.run_id)
    assert found is not None
    assert found.is_finished


@pytest.mark.parametrize("count", [1, 3])
def test_files_that_come_together_are_asked_for_in_the_tick_that_sees_them_first(
    count: int, drop: DropHome, instance: dg.DagsterInstance
) -> None:
    for number in range(count):
        drop.put(f"{number}.csv", CSV, age=10 - number)
    [request] = Ticks(instance, watch_seconds=4)()
    assert names_of(request) == [f"{number}.csv" for number in range(count)]


def test_the_sensor_watches_the_folder_all_the_time() -> None:
    """Dagster begins no tick sooner than five seconds after the one before; the time between them is unwatched.

    It passes over a tick when a millisecond is missing to the interval: of five seconds, every second tick.
    """
    inbox = defs.resources["inbox"] if defs.resources else None
    assert isinstance(inbox, InboxResource)
    assert inbox.watch_seconds == WATCH_SECONDS
    assert (drop_folder.minimum_interval_seconds, Settings().drop_seconds) == (4, 5)
    assert REST_SECONDS + LocalBackend.look_seconds < 5 <= WATCH_SECONDS
