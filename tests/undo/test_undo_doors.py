"""Covers that every door undoes a job alike, and how each says that a job cannot be undone.

More of the Dagster job is in tests/assets/test_undo_import.py.
"""

from __future__ import annotations

import csv
import io
import re
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from pipelines.definitions import defs
from pipelines.job_run import QUIET
from tests.support.api_server import IMPORTS, ApiServer, is_problem
from tests.support.cli import CommandLine, wait_until
from tests.support.program import Program

pytestmark = pytest.mark.slow

BEFORE = b"Code,Name,Type,Email\nA1,Ann,Individual,\nA2,Bob,Ltd,bob@example.com\n"
FILE = b"Code,Name,Type,Email\nA1,Anna,Individual,\nA2,Bo,Ltd,bo@example.com\nA3,Cee,Trust,\nA4,Dee,Trust,\n"
LATER = b"Code,Name\nA2,Bobby\nA4,Di\n"

COUNTS = {"createdCount": 0, "updatedCount": 2, "skippedCount": 1, "removedCount": 1}
LEFT = [
    {"code": "A2", "field": "Name", "reason": "changed_since"},
    {"code": "A4", "field": None, "reason": "changed_since"},
]
UNDONE = {"A1": ("Ann", None), "A2": ("Bobby", "bob@example.com"), "A4": ("Di", None)}

Door = Callable[[Path, str], tuple[dict[str, Any], dict[str, Any] | None, str]]
"""Undoes a job; returns the record, the dry run from before if the door has one, and the file of what is left."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    with ApiServer(tmp_path_factory.mktemp("undo") / "home") as server:
        yield server


def from_python(home: Path, code: str) -> tuple[dict[str, Any], dict[str, Any] | None, str]:
    program = Program(home)
    plan = program.undo_preview(code).to_json()
    record = program.undo(code)
    return record, plan, program.not_imported_bytes(record["code"]).decode()


def on_the_command_line(home: Path, code: str) -> tuple[dict[str, Any], dict[str, Any] | None, str]:
    cli = CommandLine(home)
    plan = cli("undo", code, "--dry-run", "--json")
    record = cli("undo", code, "--json")
    assert (plan.status, record.status, plan.stderr, record.stderr) == (0, 0, "", "")
    return record.json, plan.json, cli("not-imported", record.json["code"]).stdout


def in_dagster(home: Path, code: str) -> tuple[dict[str, Any], dict[str, Any] | None, str]:
    with dg.DagsterInstance.ephemeral() as instance:
        config = {"ops": {"undo": {"config": {"undoes": code}}}, "loggers": QUIET}
        assert defs.resolve_job_def("undo_import").execute_in_process(config, instance).success
    program = Program(home)
    job = program.store.jobs()[0].with_url("somewhere")
    return job.to_json(), None, program.not_imported_bytes(job.code).decode()


def through_the_api(server: ApiServer, code: str) -> tuple[dict[str, Any], dict[str, Any] | None, str]:
    plan = server.client.post(f"{IMPORTS}/{code}/undo", params={"dryRun": True})
    assert plan.status_code == 200, plan.text
    assert server.client.post(f"{IMPORTS}/{code}/undo", json={"dryRun": True}).json() == plan.json()
    answer = server.client.post(f"{IMPORTS}/{code}/undo")
    assert answer.status_code in (201, 202), answer.text
    record = server.ended(answer.json()["code"])
    return record, plan.json(), server.client.get(record["notImportedDownloadUrl"]).text


@pytest.mark.parametrize("door", ["python", "command line", "api", "dagster"])
def test_every_door_undoes_alike(
    door: str, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    server: ApiServer | None = request.getfixturevalue("server") if door == "api" else None
    home = server.home if server else tmp_path / "home"
    monkeypatch.setenv("CLIENT_IMPORT_HOME", str(home))
    program = Program(home)
    program.run(BEFORE)
    code = str(program.run(FILE)["code"])
    program.run(LATER)
    if server:
        record, plan, left = through_the_api(server, code)
    else:
        doors: dict[str, Door] = {"python": from_python, "command line": on_the_command_line, "dagster": in_dagster}
        record, plan, left = doors[door](home, code)
    assert plan in (None, {**COUNTS, "notes": [], "left": LEFT})
    shown = {name: record[name] for name in ("status", "fileName", "undoes", "totalItems", "errorCount", "outcome")}
    assert shown == {
        "status": "Completed", "fileName": f"Undo of {code}", "undoes": code,
        "totalItems": 4, "errorCount": 0, "outcome": "Clean",
    }  # fmt: skip
    assert {name: record[name] for name in COUNTS} == COUNTS
    assert record["notImportedDownloadUrl"]
    assert {client["code"]: (client["name"], client["email"]) for client in program.clients()} == UNDONE
    rows = csv.DictReader(io.StringIO(left.removeprefix("\ufeff"), newline=""))
    assert [(row["Code"], row["Field"] or None, row["import_reason"]) for row in rows] == [
        tuple(each.values()) for each in LEFT
    ]


class Wrong:
    """A home with a job for each reason why one cannot be undone, and words that say it."""

    def __init__(self, home: Path) -> None:
        program = Program(home)
        older, undone, self.unchanged = (
            str(program.run(data)["code"])
            for data in (b"Code,Name,Type\nZ1,Zed,Ltd\n", b"Code,Name,Type\nZ2,Zoe,Ltd\n", b"Code,Name,Type\n")
        )
        program.change(f"UPDATE import_jobs SET number = NULL WHERE code = '{older}'")
        self.undo = program.undo(undone)["code"]
        failed, waits = program.run(b"%PDF-1.7")["code"], program.receive(b"Code,Name,Type\nZ3,Zac,Ltd\n")
        self.sentences = {
            older: "older than the history of changes, so it cannot be undone",
            undone: f"is undone already, by job {self.undo}. To have it again, undo {self.undo}.",
            self.unchanged: "has changed no client, so there is nothing to undo",
            failed: "ended as Failed and has changed nothing, so there is nothing to undo",
            waits: "is Queued and has changed nothing, so there is nothing to undo",
        }


def test_the_api_says_that_a_job_cannot_be_undone(server: ApiServer) -> None:
    wrong = Wrong(server.home)
    before = server.codes()
    for code, sentence in wrong.sentences.items():
        for dry_run in (False, True):
            answer = server.client.post(f"{IMPORTS}/{code}/undo", json={"dryRun": dry_run})
            is_problem(answer, 409, f"Job {code} ", sentence)
    is_problem(server.client.post(f"{IMPORTS}/k3v9q2m7xt/undo"), 404, "There is no job k3v9q2m7xt")
    is_problem(server.client.post(f"{IMPORTS}/{wrong.undo}/undo", json={"dry": True}), 400)
    assert server.codes() == before


def test_the_api_shows_undos_and_what_is_undone(server: ApiServer) -> None:
    record = server.run(b"Code,Name,Type\nY1,Yan,Ltd\n")
    assert not {"undoes", "undoneBy", "removedCount"} & set(record)
    undo = server.client.post(f"{IMPORTS}/{record['code']}/undo").json()
    assert server.job(record["code"]) == {**record, "undoneBy": undo["code"]}
    shown = {job["code"]: job for job in server.client.get(IMPORTS).json()}
    assert shown[undo["code"]]["removedCount"] == 1
    assert shown[record["code"]]["undoneBy"] == undo["code"]
    assert server.client.get(f"{IMPORTS}/{undo['code']}/errors").json() == []
    is_problem(server.client.get(f"{IMPORTS}/{undo['code']}/plan"), 409, "is an undo, which has no file")
    is_problem(server.put(undo["code"]), 409, "is an undo, which has no file")


def test_the_command_line_says_that_a_job_cannot_be_undone(tmp_path: Path) -> None:
    wrong = Wrong(tmp_path / "home")
    cli = CommandLine(tmp_path / "home")
    before = cli.jobs()
    older, undone, *_which_the_api_tells = wrong.sentences
    sentences = {code: wrong.sentences[code] for code in (older, undone)}
    for code, sentence in {**sentences, "../etc/passwd": "There is no job ../etc/passwd"}.items():
        answer = cli("undo", code)
        assert (answer.status, answer.stdout) == (2, "")
        assert sentence in answer.stderr
    assert cli.jobs() == before


def test_the_command_line_says_it_in_words(tmp_path: Path) -> None:
    program, cli = Program(tmp_path / "home"), CommandLine(tmp_path / "home")
    program.run(BEFORE)
    code = str(program.run(FILE)["code"])
    program.run(LATER)
    plan = cli("undo", code, "--dry-run")
    assert plan.stdout == "1 client would be removed, 2 put back, 1 was changed since and stays.\n"
    done = cli("undo", code)
    undo = program.store.jobs()[0].code
    assert re.sub(r" in \d+(\.\d)? s", "", done.stdout).splitlines() == [
        f"Completed  Undo of {code}: 4 clients - 1 removed, 2 put back, 0 brought back, 1 left alone",
        f"What was left alone, and why: {program.home.job(undo).not_imported}",
        f"To take that back: client-import undo {undo}",
        f"Job {undo}: client-import job {undo}",
    ]
    table = cli("jobs").stdout
    assert ("removed" in table, "undone by" in table) == (True, True)
    assert f"undone by    {undo}" in " ".join(cli("job", code).stdout.splitlines())
    assert "put back" in cli("job", undo).stdout
    quiet = cli("undo", undo, "--quiet")
    assert (quiet.status, quiet.stdout, quiet.stderr) == (0, "", "")
    nothing = cli("not-imported", program.store.jobs()[0].code)
    assert (nothing.status, nothing.stdout) == (0, "")
    assert "left nothing alone" in nothing.stderr


def test_a_signal_cancels_an_undo(tmp_path: Path) -> None:
    program, cli = Program(tmp_path / "home"), CommandLine(tmp_path / "home")
    code = str(program.run(FILE)["code"])
    with cli.locked():
        process = cli.start("undo", code, "--json")
        wait_until(cli.is_waiting, "the undo to wait for the clients")
        process.send_signal(signal.SIGINT)
        answer = cli.end(process)
    assert (answer.status, answer.json["status"], answer.json["undoes"]) == (130, "Cancelled", code)
    assert len(program.clients()) == 4
