"""Covers a path typed into the Dagster UI: which files it may name, and what is never said of any other.

Not here: what a table of clients says in its errors (test_mapping.py).
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from client_import.settings import Settings
from pipelines.definitions import defs
from tests.support.program import Program

ROOT = Path(__file__).parents[2]
CSV = b"Code,Name,Type\nA1,Acme,Ltd\n"
SETTING = "CLIENT_IMPORT_LAUNCH_FROM"
KEY = b"-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUA\n-----END OPENSSH PRIVATE KEY-----\n"
SECRETS = {
    "private key": KEY,
    "passwd": b"root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\n",
    "shadow": b"root:$y$j9T$SECRETHASH$abc:19000:0:99999:7:::\ndaemon:*:19000:0:99999:7:::\n",
    "environment": b"CLIENT_IMPORT_API_KEYS=secret-of-mine\nCLIENT_IMPORT_SECRET=another\n",
    "one line": b"hunter2\n",
    "json": b'{"token": "hunter2", "next": "hunter3"}\n',
    "a list of names": b"Mrs Jane Roe\nMr John Doe\nMs Ann Other\nDr Bob Last\n",
}
MARKS = ("OPENSSH", "b3Blbn", "root:", "/bin/bash", "SECRETHASH", "secret-of-mine", "hunter", "Jane Roe", "John Doe")


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with the home folder in it, as it is by default."""
    work = tmp_path / "work"
    (work / "home" / "drop").mkdir(parents=True)
    monkeypatch.chdir(work)
    monkeypatch.setenv("CLIENT_IMPORT_HOME", str(work / "home"))
    monkeypatch.delenv(SETTING, raising=False)
    return work


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


def launch(instance: dg.DagsterInstance, path: str | Path, **config: Any) -> str | None:
    """Run an import of the file; returns None when that succeeds, else all that the run says."""
    result = defs.resolve_job_def("client_import").execute_in_process(
        run_config={"ops": {"source_file": {"config": {"path": str(path), **config}}}},
        instance=instance,
        raise_on_error=False,
    )
    return None if result.success else str(list(result.all_events))


def put(file: Path, content: bytes = CSV) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return file


@pytest.mark.parametrize(
    "place", ["clients.csv", "below/it/clients.csv", "home/drop/clients.csv", "./x/../clients.csv"]
)
def test_by_default_it_is_in_the_working_folder_or_the_drop_folder(
    place: str, work: Path, instance: dg.DagsterInstance
) -> None:
    (work / "x").mkdir()
    put(work / place)
    assert launch(instance, place) is None
    assert launch(instance, work / place) is None


def test_by_default_it_may_be_one_of_the_examples(work: Path, instance: dg.DagsterInstance) -> None:
    assert launch(instance, ROOT / "examples" / "clients.csv") is None


@pytest.mark.parametrize(
    "place",
    ["outside.csv", "work2/clients.csv", "work/home/jobs/clients.csv", "work/.hidden.csv", "work/.git/config.csv"],
)
def test_nothing_else_is_opened(place: str, work: Path, instance: dg.DagsterInstance) -> None:
    file = put(work.parent / place)
    for path in (file, os.path.relpath(file), f"home/drop/../../{os.path.relpath(file)}"):
        said = launch(instance, path)
        assert said is not None
        assert SETTING in said
    assert Program(work / "home").store.jobs() == []


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "/etc/shadow", "/etc/nothing", "/dev/zero", "~root/x", "~nobody9/x", "a\0b"]
)
def test_files_of_the_system_are_not_opened_nor_said_to_be_there(
    path: str, work: Path, instance: dg.DagsterInstance
) -> None:
    said = launch(instance, path)
    assert said is not None
    assert SETTING in said
    assert "root:" not in said
    assert "No such file" not in said


def test_links_are_resolved_before_it_is_decided(work: Path, instance: dg.DagsterInstance) -> None:
    outside = put(work.parent / "outside" / "clients.csv")
    (work / "link.csv").symlink_to(outside)
    (work / "folder").symlink_to(outside.parent)
    (work / "round.csv").symlink_to("round.csv")
    (work / "within.csv").symlink_to(put(work / "clients.csv"))
    for path in ("link.csv", "folder/clients.csv", "round.csv"):
        said = launch(instance, path)
        assert said is not None, path
    assert launch(instance, "within.csv") is None


def test_a_file_with_another_name_elsewhere_is_rejected(work: Path, instance: dg.DagsterInstance) -> None:
    outside = put(work.parent / "outside" / "clients.csv")
    for place in ("twin.csv", "home/drop/twin.csv"):
        (work / place).hardlink_to(outside)
        said = launch(instance, place)
        assert said is not None
        assert "has another name as well (a hard link)" in said
        assert Program(work / "home").store.jobs() == []
    (work / "twin.csv").unlink()
    (work / "home" / "drop" / "twin.csv").unlink()
    put(work / "twin.csv")
    assert launch(instance, "twin.csv") is None


def test_the_setting_names_other_folders(
    work: Path, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = put(work.parent / "one" / "clients.csv"), put(work.parent / "two" / "clients.csv")
    monkeypatch.setenv(SETTING, f"{one.parent}, ../two")
    assert Settings().launch_folders == (one.parent, work / ".." / "two")
    assert launch(instance, one) is None
    assert launch(instance, two) is None
    assert launch(instance, put(work / "clients.csv")) is not None


@pytest.mark.parametrize("kind", ["folder", "pipe", "gone"])
def test_what_is_no_file_makes_no_job(kind: str, work: Path, instance: dg.DagsterInstance) -> None:
    if kind == "folder":
        (work / "x.csv").mkdir()
    elif kind == "pipe":
        os.mkfifo(work / "x.csv")
    said = launch(instance, "x.csv")
    assert said is not None
    assert Program(work / "home").store.jobs() == []


@pytest.mark.parametrize("config", [{}, {"column_mappings": {"Name": "Name"}}, {"match_field": "Email"}], ids=str)
@pytest.mark.parametrize("header", [True, None])
@pytest.mark.parametrize("secret", SECRETS)
def test_nothing_of_a_file_that_is_no_table_is_said(
    secret: str, header: bool | None, config: dict[str, Any], work: Path, instance: dg.DagsterInstance
) -> None:
    file = put(work / "clients.csv", SECRETS[secret])
    said = launch(instance, file, **config, **({"has_header_row": header} if header else {}))
    assert said is not None
    assert [mark for mark in MARKS if mark in said] == []
    records = str([job.to_json() for job in Program(work / "home").store.jobs()])
    assert [mark for mark in MARKS if mark in records] == []


@pytest.mark.parametrize(
    "resources",
    [
        {"inbox": {"config": {"place": "{outside}"}}},
        {"job_store": {"config": {"home": "{outside}"}}},
        {"clients_database": {"config": {"home": "{outside}"}}},
    ],
    ids=lambda resources: next(iter(resources)),
)
@pytest.mark.parametrize("name", ["client_import", "undo_import", "import_dropped"])
def test_no_run_has_resources_of_its_own(
    name: str, resources: dict[str, Any], work: Path, instance: dg.DagsterInstance
) -> None:
    outside = put(work.parent / "outside" / "clients.csv")
    config: dict[str, Any] = json.loads(json.dumps(resources).replace("{outside}", str(outside.parent)))
    ops = {
        "client_import": {"source_file": {"config": {"path": "clients.csv", "dropped": "clients.csv"}}},
        "undo_import": {"undo": {"config": {"undoes": "k3v9q2m7xt"}}},
        "import_dropped": {"dropped_files": {"config": {"files": []}}},
    }
    job = defs.resolve_job_def(name)
    config = {name: value for name, value in config.items() if name in job.resource_defs}
    result = job.execute_in_process({"ops": ops[name], "resources": config}, instance=instance, raise_on_error=False)
    assert result.success is not bool(config)
    if config:
        assert "take `resources` out of the launch" in str(list(result.all_events))
    assert outside.read_bytes() == CSV
    assert [path.name for path in outside.parent.iterdir()] == ["clients.csv"]


@pytest.mark.parametrize(
    "config",
    [
        *({name: {"env": "SECRET_OF_MINE"}} for name in ("path", "dropped", "job_code", "encoding", "sheet")),
        {"fail_if_empty": {"env": "SECRET_OF_MINE"}},
        {"column_mappings": {"Code": {"env": "SECRET_OF_MINE"}}},
        {"value_mappings": {"Type": {"Ltd": {"env": "SECRET_OF_MINE"}}}},
    ],
    ids=lambda config: next(iter(config)),
)
def test_no_value_is_that_of_an_environment_variable(
    config: dict[str, Any], work: Path, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_OF_MINE", "hunter2")
    put(work / "clients.csv")
    said = launch(instance, **{"path": "clients.csv", **config})
    assert said is not None
    assert "hunter2" not in said
    assert Program(work / "home").store.jobs() == []


def test_a_header_may_be_called_as_dagster_calls_a_variable(work: Path, instance: dg.DagsterInstance) -> None:
    put(work / "clients.csv", b"Code,env,Type\nA1,Acme,env\n")
    mapped = {
        "column_mappings": {"Code": "Code", "env": "Name", "Type": "Type"},
        "value_mappings": {"Type": {"env": "Trust"}},
    }
    assert launch(instance, "clients.csv", **mapped) is None
    assert [client["type"] for client in Program(work / "home").clients()] == ["Trust"]
