"""Covers :mod:`pipelines.lost_runs`: runs of dropped files whose process died before anything tells so.

What died later, with a job that is linked to its run, is in test_drop_sensor.py and test_dropped_files.py.
"""

from __future__ import annotations

from collections.abc import Iterator

import dagster as dg
import pytest

from client_import.jobs.store import JobStore
from pipelines.lost_runs import end_lost_runs
from tests.support.drop_runs import DropHome, Ticks, take_and_die
from tests.support.program import Program

CSV = b"Code,Name,Type\nA1,Acme,Ltd\n"


@pytest.fixture
def store(drop: DropHome) -> Iterator[JobStore]:
    program = Program(drop.home)
    yield program.store
    program.store.close()


def begun(tick: Ticks, request: dg.RunRequest, **config: str) -> dg.DagsterRun:
    """A run of the request that has started and goes on."""
    request.run_config["ops"].get("source_file", {"config": {}})["config"].update(config)
    return tick.instance.create_run_for_job(
        tick.job(request), run_config=request.run_config, status=dg.DagsterRunStatus.STARTED, tags=dict(request.tags)
    )


def is_ended(instance: dg.DagsterInstance, run: dg.DagsterRun) -> bool:
    found = instance.get_run_by_id(run.run_id)
    assert found is not None
    return found.is_finished


@pytest.mark.parametrize("names", [["one.csv"], ["one.csv", "two.csv"]])
def test_a_run_that_has_begun_no_job_is_ended_when_it_had_the_time_to(
    names: list[str], drop: DropHome, tick: Ticks, instance: dg.DagsterInstance, store: JobStore
) -> None:
    for name in names:
        drop.put(name, CSV)
    [request] = tick.recovered()
    run = begun(tick, request)
    end_lost_runs(instance, store)
    assert not is_ended(instance, run)
    end_lost_runs(instance, store, begin_seconds=0)
    assert is_ended(instance, run)
    assert {name for request in tick() for name in str(request.run_config).split("'")} >= {*names}


def test_a_run_that_names_no_dropped_file_may_take_its_time(
    tick: Ticks, instance: dg.DagsterInstance, store: JobStore
) -> None:
    """A file of the Launchpad is copied before there is a job."""
    config = {"ops": {"source_file": {"config": {"path": "large.csv"}}}}
    run = begun(tick, dg.RunRequest(job_name="client_import", run_config=config))
    end_lost_runs(instance, store, begin_seconds=0)
    assert not is_ended(instance, run)


def test_a_run_that_died_while_it_took_the_file_is_ended_with_its_job(
    drop: DropHome, tick: Ticks, instance: dg.DagsterInstance
) -> None:
    """Its job is not linked to it yet."""
    drop.put("one.csv", CSV)
    [request] = tick.recovered()
    run = begun(tick, request, job_code="deadc0de42")  # that of the process which takes a file and dies
    take_and_die(drop, "drop", "one.csv", "before taking")
    tick()
    assert is_ended(instance, run)
