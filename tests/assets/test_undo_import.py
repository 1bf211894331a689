"""Covers an undo as a Dagster run: lineage, check, metadata, tags, and the sentences for wrong codes.

Not here: that it does the same as the other doors (tests/undo/test_undo_doors.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from assets.whole_import import whole_import
from assets.whole_undo import whole_undo
from client_import.undo_job import ask_for_undo
from pipelines.definitions import defs
from tests.support.program import Program

EARLIER = b"Code,Name,Type\nA1,Ann,Individual\n"
FILE = b"Code,Name,Type\nA1,Anna,Individual\nA2,Bee,Ltd\nA3,Cee,Trust\n"


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Program:
    monkeypatch.setenv("CLIENT_IMPORT_HOME", str(tmp_path / "home"))
    return Program(tmp_path / "home")


def launch(instance: dg.DagsterInstance, job: str = "undo_import", **config: Any) -> dg.ExecuteInProcessResult:
    return defs.resolve_job_def(job).execute_in_process(
        run_config={
            "ops": {"undo" if job == "undo_import" else "source_file": {"config": config}},
            "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
        },
        instance=instance,
        raise_on_error=False,
    )


def metadata(result: dg.ExecuteInProcessResult, asset: str) -> dict[str, Any]:
    (found,) = (
        event.step_materialization_data.materialization
        for event in result.get_asset_materialization_events()
        if event.asset_key == dg.AssetKey(asset)
    )
    return {name: value.value for name, value in found.metadata.items()}


def test_the_clients_are_materialised_with_what_the_undo_did(instance: dg.DagsterInstance, program: Program) -> None:
    program.run(EARLIER)
    code = str(program.run(FILE)["code"])
    program.change("UPDATE clients SET name = 'Beatrice Smith' WHERE code = 'A2'")
    result = launch(instance, undoes=code)
    assert result.success
    job = program.store.jobs()[0]
    clients, undo = metadata(result, "clients"), metadata(result, "undo")
    counts = {"removed": 1, "put_back": 1, "brought_back": 0, "left_alone": 1}
    assert {name: clients[name] for name in counts} == {name: undo[name] for name in counts} == counts
    assert clients["dagster/row_count"] == 2
    assert clients["dagster/table_name"].endswith("clients")
    assert "name" in [column.name for column in clients["dagster/column_schema"].columns]
    assert clients["dagster/column_lineage"].deps_by_column["name"] == [
        dg.TableColumnDep(dg.AssetKey("undo"), "undoes")
    ]
    assert (undo["undoes"], undo["file"]) == (code, "clients.csv")
    assert "| the whole client | changed_since | 1 |" in undo["left"]
    assert undo["record"]["removedCount"] == job.counts.removed == 1
    (check,) = result.get_asset_check_evaluations()
    assert (check.check_name, check.passed) == ("undo_counts_add_up", True)
    assert "1 removed, 1 put back, 0 brought back, 1 left alone, of 3 clients" in (check.description or "")
    run = instance.get_run_by_id(result.run_id)
    assert run is not None
    tags = {name.partition("/")[2]: value for name, value in run.tags.items() if name.startswith("client_import/")}
    assert tags == {"job": job.code, "file": f"Undo of {code}", "started_by": "launchpad"}
    assert "Beatrice" not in str(list(result.all_events))


def test_a_queued_undo_is_run(instance: dg.DagsterInstance, program: Program) -> None:
    code = str(program.run(FILE)["code"])
    job = ask_for_undo(program.home, program.store, code, "test", starts_here=False)
    assert launch(instance, job_code=job.code).success
    assert program.store.job(job.code).counts.removed == 3
    assert program.clients() == []
    assert not launch(instance, job_code=job.code).success
    assert program.store.job(job.code).status == "Completed"


def test_wrong_codes_are_said_in_a_sentence_and_leave_no_job(instance: dg.DagsterInstance, program: Program) -> None:
    code = str(program.run(FILE)["code"])
    failed = str(program.run(b"%PDF-1.7")["code"])
    waits = program.receive(FILE)
    for config, sentence in (
        ({}, "Name the job to undo: ops, undo, config, undoes."),
        ({"undoes": "CODE-OF-THE-JOB"}, "There is no job CODE-OF-THE-JOB."),
        ({"undoes": "k3v9q2m7xt"}, "There is no job k3v9q2m7xt."),
        ({"undoes": failed}, f"Job {failed} ended as Failed and has changed nothing"),
        ({"undoes": waits}, f"Job {waits} is Queued and has changed nothing"),
        ({"job_code": code}, f"Job {code} is an import. To undo it, name it: ops, undo, config, undoes."),
    ):
        result = launch(instance, **config)
        assert not result.success
        assert sentence in str(result.all_events)
    assert len(program.store.jobs()) == 3
    assert len(program.clients()) == 3


def test_what_is_undone_is_not_undone_again(instance: dg.DagsterInstance, program: Program) -> None:
    code = str(program.run(FILE)["code"])
    assert launch(instance, undoes=code).success
    again = launch(instance, undoes=code)
    assert not again.success
    assert f"Job {code} is undone already, by job {program.store.jobs()[0].code}." in str(again.all_events)


def test_the_import_does_not_run_an_undo(instance: dg.DagsterInstance, program: Program) -> None:
    program.store.undos.ask("undoesajob", str(program.run(FILE)["code"]), "test", starts_here=True)
    result = launch(instance, "client_import", path="c.csv", job_code="undoesajob")
    assert not result.success
    assert "Job undoesajob is an undo, which the Dagster job undo_import runs." in str(result.all_events)


def test_all_assets_materialised_at_once_import_and_undo_nothing(
    instance: dg.DagsterInstance, program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLIENT_IMPORT_LAUNCH_FROM", str(tmp_path))
    (tmp_path / "clients.csv").write_bytes(FILE)
    result = dg.materialize(
        [whole_import, whole_undo],
        instance=instance,
        resources=defs.resources,
        run_config={"ops": {"source_file": {"config": {"path": str(tmp_path / "clients.csv")}}}},
        raise_on_error=False,
    )
    assert result.success
    assert [job.status for job in program.store.jobs()] == ["Completed"]
    assert "undo" not in {str(event.asset_key) for event in result.get_asset_materialization_events()}
    assert len(program.clients()) == 3


@pytest.mark.parametrize("job", ["client_import", "undo_import"])
def test_a_run_that_is_launched_has_a_time_limit(job: str) -> None:
    assert int(defs.resolve_job_def(job).tags["dagster/max_runtime"]) > 14_000
