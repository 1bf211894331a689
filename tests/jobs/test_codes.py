"""Covers what may be a job code, or a name in the drop folder: neither ever leads out of its folder.

Not here: the same through the HTTP API (test_api_imports.py).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import sqlalchemy as sa

from client_import.clients.store import open_clients
from client_import.errors import ClientImportError, JobNotFoundError
from client_import.inbox.ingest import finalise_all
from client_import.jobs.tables import jobs
from client_import.options import NO_OPTIONS
from client_import.paths import Home, is_code, new_code
from client_import.settings import Settings
from pipelines.definitions import defs
from resources.inbox import InboxResource
from tests.support.cli import CommandLine
from tests.support.drop_runs import DropHome
from tests.support.program import Program

NO_CODES = (
    *("", "abc", "abcdefghij\n", "ABCDEFGHIJ", "abcdefghijk", "abcdefghi.", "ábcdefghij", "abcde fghi", "١١١١١١١١١١"),
    *(
        "../clients.duckdb",
        "..",
        "/etc/passwd",
        "../../../x",
        "abcd/fghij",
        "abcd\\fghij",
        "abcd\0fghij",
        "*",
        "a" * 500,
    ),
)
CSV = b"Code,Name,Type\nA1,Acme,Ltd\n"


@pytest.fixture
def drop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DropHome:
    monkeypatch.setenv("CLIENT_IMPORT_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("CLIENT_IMPORT_DROP", raising=False)
    return DropHome(tmp_path / "home")


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


def launch(instance: dg.DagsterInstance, **config: Any) -> str:
    """Run an import that fails; returns what it says."""
    result = defs.resolve_job_def("client_import").execute_in_process(
        run_config={"ops": {"source_file": {"config": {"path": "nowhere.csv", **config}}}},
        instance=instance,
        raise_on_error=False,
    )
    assert not result.success
    return str(list(result.all_events))


def everything_in(folder: Path) -> dict[str, bytes]:
    return {str(file): file.read_bytes() for file in folder.rglob("*") if file.is_file() and "sqlite" not in file.name}


def test_what_is_no_code_is_joined_to_no_path_and_names_no_job(program: Program) -> None:
    for text in NO_CODES:
        assert not is_code(text), text
        for use in (
            program.home.job,
            program.home.note,
            program.store.job,
            program.store.start,
            program.store.request_cancel,
            program.store.options,
        ):
            with pytest.raises(JobNotFoundError, match=r"^There is no job .*digits"):
                use(text)
        with pytest.raises(JobNotFoundError):
            program.store.create(text, "c.csv", NO_OPTIONS, "test")
        assert program.store.jobs() == [], text


def test_the_codes_that_are_made_are_codes() -> None:
    assert all(is_code(new_code()) for _ in range(100))


@pytest.mark.slow
@pytest.mark.parametrize("command", ["job", "cancel", "not-imported"])
def test_the_command_line_knows_no_such_job(command: str, tmp_path: Path) -> None:
    cli = CommandLine(tmp_path / "home")
    for text in ("../clients.duckdb", "a\x1b[31mb", "x" * 300):
        answer = cli(command, text)
        assert (answer.status, answer.stdout) == (2, "")
        assert answer.stderr.startswith("There is no job ")
        assert answer.stderr.strip().isprintable()
        assert len(answer.stderr) < 200


@pytest.mark.parametrize("code", ["../clients.duckdb", "../../outside", "/tmp/x", "A" * 10, "short"])
def test_a_launched_code_that_is_none_makes_no_job(code: str, drop: DropHome, instance: dg.DagsterInstance) -> None:
    assert Program(drop.home).run(CSV)["status"] == "Completed"
    drop.put("clients.csv", CSV)
    before = everything_in(drop.home.parent)
    for config in ({"dropped": "clients.csv"}, {}, {"path": str(drop.folder / "clients.csv")}):
        assert f"There is no job {code}" in launch(instance, job_code=code, **config)
    assert len(drop.jobs()) == 1
    assert everything_in(drop.home.parent) == before


@pytest.mark.parametrize("name", ["../clients.csv", "/etc/hosts.csv", "rejected/r.csv", "..", "nul\0.csv"])
def test_a_launched_name_with_a_folder_makes_no_job(name: str, drop: DropHome, instance: dg.DagsterInstance) -> None:
    (drop.home / "clients.csv").write_bytes(CSV)
    (drop.home / "clients.options.json").write_text('{"importMode": "secret"}')
    before = everything_in(drop.home.parent)
    said = launch(instance, dropped=name)
    assert "is no name of a file in the drop folder" in said
    assert '\\"secret\\"' not in said
    assert drop.jobs() == []
    assert everything_in(drop.home.parent) == before


def the_job() -> dg.JobDefinition:
    return defs.resolve_job_def("client_import")


@pytest.mark.parametrize("tag", ["../clients.duckdb", "/tmp/x", "A" * 10, "short", " abcdefghij"])
def test_a_repetition_whose_tag_is_no_code_makes_no_job(tag: str, drop: DropHome, instance: dg.DagsterInstance) -> None:
    launch(instance)
    [parent] = instance.get_runs()
    drop.put("clients.csv", CSV)
    before = everything_in(drop.home.parent)
    for config in ({"dropped": "clients.csv"}, {}):
        with dg.execute_job(
            dg.reconstructable(the_job),
            instance=instance,
            run_config={"ops": {"source_file": {"config": {"path": "nowhere.csv", **config}}}},
            tags={"client_import/job": tag},
            reexecution_options=dg.ReexecutionOptions(parent_run_id=parent.run_id),
            raise_on_error=False,
        ) as result:
            assert not result.success
            assert "There is no job" in str(result.all_events)
    assert drop.jobs() == []
    assert everything_in(drop.home.parent) == before


@pytest.mark.parametrize("config", [{"job_code": "abcdefghij"}, {"path": "nowhere.csv"}, {"path": ""}])
def test_what_is_not_there_makes_no_job(config: dict[str, str], drop: DropHome, instance: dg.DagsterInstance) -> None:
    launch(instance, **config)
    assert drop.jobs() == []


def test_a_job_whose_file_has_vanished_fails(drop: DropHome, instance: dg.DagsterInstance) -> None:
    program = Program(drop.home)
    code = program.receive(CSV)
    program.home.job(code).source.unlink()
    program.home.job(code).layout.unlink(missing_ok=True)
    launch(instance, job_code=code)
    [record] = drop.jobs()
    assert record["status"] == "Failed"


def test_a_row_that_somebody_wrote_under_no_code_is_no_job(program: Program) -> None:
    assert program.run(CSV)["status"] == "Completed"
    [job] = program.store.jobs()
    with program.job_tables() as connection:
        row = connection.execute(sa.select(jobs)).mappings().one()
        for code, status in (("../clients.duckdb", "InProgress"), ("../../outside", "Completed"), ("..", "Queued")):
            values = {name: row[name] for name in row if name != "number"} | {"code": code, "status": status}
            connection.execute(sa.insert(jobs).values(values))
    before = everything_in(program.home.path.parent)
    assert program.store.jobs() == [job]
    assert program.store.unfinished() == program.store.files.untidy(9) == program.store.waiting.start_requested() == []
    assert sum(tally.jobs for tally in program.store.figures.tallies().values()) == 1
    with pytest.raises(JobNotFoundError):
        program.store.job("../clients.duckdb")
    answer = CommandLine(program.home.path, **program.environment)("jobs", "--json")
    assert [each["code"] for each in answer.json] == [job.code]
    assert everything_in(program.home.path.parent) == before


def test_a_note_of_no_job_or_with_a_folder_in_its_name_is_not_followed(drop: DropHome) -> None:
    home, settings = Home(drop.home).create(), Settings(home=drop.home)
    home.taken.mkdir()
    program = Program(drop.home)
    program.run(b"Code,Name,Type\nA1,Acme,Zorp\n")
    [job] = program.store.jobs()
    (home.taken / "not-a-code").write_text(json.dumps({"name": "clients.csv", "row_error": None}))
    (home.taken / job.code).write_text(json.dumps({"name": "../../outside.csv", "row_error": None}))
    wrong = finalise_all(home, program.store, open_clients(settings, home), InboxResource().folder)
    assert len(wrong) == 1
    assert "is no name of a file in the drop folder" in wrong[0]
    assert {file.name for file in home.path.parent.iterdir()} == {"home"}


def test_every_error_of_a_name_is_a_sentence(drop: DropHome) -> None:
    with pytest.raises(ClientImportError, match=r"^x/y\.csv is no name"):
        InboxResource().folder.options("x/y.csv")
