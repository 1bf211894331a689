"""An import as a Dagster run: lineage, checks, metadata, tags, and the same record as without Dagster.

Not here: a run through a real daemon and webserver.
"""

from __future__ import annotations

import base64
import io
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from PIL import Image

from assets.whole_import import whole_import
from assets.whole_undo import whole_undo
from client_import.options import ImportOptions
from pipelines.definitions import defs
from tests.support.limits import LIMITS
from tests.support.postgres import PASSWORD
from tests.support.program import Program

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]

CONFIG = {"ops": {"source_file": {"config": {"path": "clients.csv"}}}}

WRONGLY_SET = f"""
import dagster as dg
from pipelines.definitions import defs
with dg.DagsterInstance.ephemeral() as instance:
    result = defs.resolve_job_def("client_import").execute_in_process({CONFIG!r}, instance, raise_on_error=False)
print(result.success)
print([event.step_failure_data.error.message for event in result.all_events if event.is_step_failure])
"""

KINDS = """
from pipelines.definitions import defs
specs = {spec.key.to_user_string(): spec for spec in defs.resolve_all_asset_specs()}
print(sorted(specs["clients"].kinds), sorted(specs["import_job"].kinds))
"""

FILE = (
    b"Code,Name,Type,NI Number,Notes\r\n"
    b"A1,Acme,Ltd,AB123456C,\r\n"
    b"A2,Bee,Zorp,,\r\n"
    b"A2,Bee,Trust,,x\r\n"
    b"A3,Cee,Trust,secret9X,\r\n"
)


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CLIENT_IMPORT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("CLIENT_IMPORT_LAUNCH_FROM", str(tmp_path))
    return tmp_path / "home"


def launch(instance: dg.DagsterInstance, **config: Any) -> dg.ExecuteInProcessResult:
    return defs.resolve_job_def("client_import").execute_in_process(
        run_config={
            "ops": {"source_file": {"config": config}},
            "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
        },
        instance=instance,
        raise_on_error=False,
    )


def write(folder: Path, data: bytes = FILE) -> str:
    file = folder / "clients.csv"
    file.write_bytes(data)
    return str(file)


def metadata(result: dg.ExecuteInProcessResult, asset: str) -> dict[str, Any]:
    found = [
        event.step_materialization_data.materialization
        for event in result.get_asset_materialization_events()
        if event.asset_key == dg.AssetKey(asset)
    ]
    assert len(found) == 1
    return {name: value.value for name, value in found[0].metadata.items()}


def test_definitions_load_through_workspace_yaml(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "dagster", "definitions", "validate", "-w", str(ROOT / "workspace.yaml")]
    done = subprocess.run(
        command, cwd=ROOT, env={"PATH": "", "DAGSTER_HOME": str(tmp_path)}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_definitions_are_loadable_and_one_lineage() -> None:
    dg.Definitions.validate_loadable(defs)
    graph = defs.resolve_asset_graph()
    parents = {
        key.to_user_string(): {up.to_user_string() for up in graph.get(key).parent_keys}
        for key in graph.get_all_asset_keys()
    }
    assert parents == {
        "source_file": set(),
        "valid_rows": {"source_file"},
        "rejected_rows": {"source_file"},
        "clients": {"valid_rows", "rejected_rows"},
        "not_imported": {"clients"},
        "import_job": {"not_imported"},
        "undo": {"clients"},
    }


@pytest.mark.parametrize(
    "asset", ["source_file", "valid_rows", "rejected_rows", "clients", "not_imported", "import_job"]
)
def test_no_asset_can_be_materialised_alone(asset: str, instance: dg.DagsterInstance) -> None:
    with pytest.raises(dg.DagsterInvalidSubsetError, match="does not support subsetting"):
        defs.resolve_job_def("client_import").execute_in_process(
            instance=instance, asset_selection=[dg.AssetKey(asset)], run_config=CONFIG
        )


def test_a_missing_path_is_said_before_a_run_starts(instance: dg.DagsterInstance) -> None:
    job = defs.resolve_job_def("client_import")
    assert dg.validate_run_config(job, CONFIG)
    with pytest.raises(dg.DagsterInvalidConfigError, match='Missing required config entry "path"'):
        dg.validate_run_config(job, {"ops": {"source_file": {"config": {"import_mode": "CreateOnly"}}}})


def test_a_wrong_setting_is_an_error_of_the_run(tmp_path: Path) -> None:
    environment = {
        "PATH": "",
        "DAGSTER_HOME": str(tmp_path),
        "CLIENT_IMPORT_HOME": str(tmp_path / "home"),
        "CLIENT_IMPORT_NIGHTLY_HOUR": "noon",
    }
    command = [sys.executable, "-c", WRONGLY_SET]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    said = done.stdout.splitlines()
    assert said[0] == "False"
    assert "CLIENT_IMPORT_NIGHTLY_HOUR" in said[1]
    assert not (tmp_path / "home").exists()


def test_each_asset_says_what_it_is() -> None:
    for spec in defs.resolve_all_asset_specs():
        assert spec.description
        assert spec.kinds
        assert spec.group_name == "client_import"
    assert all(check.description for check in (*whole_import.check_specs, *whole_undo.check_specs))


@pytest.mark.parametrize(
    ("database", "kinds"),
    [
        ("", "['duckdb', 'table'] ['sqlite']"),
        ("postgresql://me:secret@host/clients", "['postgres', 'table'] ['postgres']"),
    ],
)
def test_kinds_say_where_clients_and_jobs_are(tmp_path: Path, database: str, kinds: str) -> None:
    environment = {"PATH": "", "CLIENT_IMPORT_HOME": str(tmp_path), "CLIENT_IMPORT_DATABASE": database}
    command = [sys.executable, "-c", KINDS]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.stdout.splitlines() == [kinds], done.stderr


@pytest.mark.parametrize("clients_in", ["a file", "postgresql"], indirect=True)
def test_table_is_named_where_it_is(
    instance: dg.DagsterInstance, home: Path, tmp_path: Path, clients_in: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if clients_in is not None:
        monkeypatch.setenv("CLIENT_IMPORT_DATABASE", clients_in)
    result = launch(instance, path=write(tmp_path))
    shown = metadata(result, "clients")
    columns = {column.name: column for column in shown["dagster/column_schema"].columns}
    types = [columns[name].type for name in ("name", "created_at", "incorporation_date")]
    if clients_in is None:
        assert shown["dagster/table_name"] == "clients_database.main.clients"
        assert types == ["VARCHAR", "TIMESTAMP", "DATE"]
        assert "id" not in columns
    else:
        schema = clients_in.rpartition("%3D")[2]
        assert shown["dagster/table_name"] == f"postgres.{schema}.clients"
        assert types == ["text", "timestamp without time zone", "date"]
        assert columns["id"].type == "bigint"
    everything = str(list(result.all_events))
    assert PASSWORD not in everything
    assert "pass%2Fword" not in everything


def test_run_gives_the_record_of_an_import_without_dagster(
    instance: dg.DagsterInstance, home: Path, tmp_path: Path
) -> None:
    result = launch(instance, path=write(tmp_path), duplicates="last")
    assert result.success
    without = Program(tmp_path / "other").run(FILE, duplicates="last")
    with_dagster = metadata(result, "import_job")["record"]
    differing = {"code", "startedDate", "completedDate", "createdDate", "notImportedDownloadUrl"}
    assert {name: value for name, value in with_dagster.items() if name not in differing} == {
        name: value for name, value in without.items() if name not in differing
    }
    assert [client["code"] for client in Program(home).clients()] == ["A1", "A2"]


def test_run_is_tagged_with_job_file_and_starter(instance: dg.DagsterInstance, home: Path, tmp_path: Path) -> None:
    result = launch(instance, path=write(tmp_path))
    run = instance.get_run_by_id(result.run_id)
    assert run is not None
    job = Program(home).store.jobs()[0]
    assert run.tags["client_import/job"] == job.code
    assert run.tags["client_import/file"] == "clients.csv"
    assert run.tags["client_import/started_by"] == "launchpad"


def test_queued_job_is_run_with_its_own_options(instance: dg.DagsterInstance, home: Path) -> None:
    program = Program(home)
    from client_import.pipeline import receive

    options = ImportOptions.parse({"importMode": "UpdateOnly"})
    job = receive(program.home, program.store, io.BytesIO(FILE), "c.csv", options, "test", LIMITS)
    assert launch(instance, path="c.csv", job_code=job.code).success
    assert program.store.job(job.code).counts.created == 0


def test_assets_show_counts_schemas_lineage_and_previews(
    instance: dg.DagsterInstance, home: Path, tmp_path: Path
) -> None:
    result = launch(instance, path=write(tmp_path))
    assert metadata(result, "valid_rows")["dagster/row_count"] == 2
    assert metadata(result, "rejected_rows")["dagster/row_count"] == 2
    assert metadata(result, "clients")["dagster/row_count"] == 2
    assert metadata(result, "not_imported")["dagster/row_count"] == 2
    columns = [column.name for column in metadata(result, "valid_rows")["dagster/column_schema"].columns]
    assert columns == ["code", "name", "type", "ni_number"]
    lineage = metadata(result, "valid_rows")["dagster/column_lineage"].deps_by_column
    assert lineage["ni_number"] == [dg.TableColumnDep(dg.AssetKey("source_file"), "NI Number")]
    assert "| 2 | ••• | ••• | PrivateLimitedCompany | ••• |" in metadata(result, "valid_rows")["preview"]
    assert "| 3 | Type | not_in_list |" in metadata(result, "rejected_rows")["preview"]
    assert "| Notes | (ignored) |" in metadata(result, "source_file")["mapping"]


REJECTED_BESIDE_THEIR_CELLS = (
    b"Code,Name,Type,Email\n"
    b"A1,Twin,Ltd,one@example.com\n"
    b"A1,Twin,Ltd,two@example.com\n"
    b"A2,Bee,Ltd,nope\n"
    b"A3,Cee,Ltd,\n"
    b"A3,Dee,Ltd,\n"
    b"A4,Eve,,\n"
    b"A5,Fay,Ltd,\n"
)
"""Matched by Name: two rows twice the same client, one with a bad cell, two with one code, one without a type."""

EVERY_ASSET = ("source_file", "valid_rows", "rejected_rows", "clients", "not_imported", "import_job")


@pytest.mark.parametrize("config", [{}, {"max_errors": "3"}, {"duplicates": "first"}])
def test_rows_rejected_beside_their_cells_are_counted_as_in_the_record(
    config: dict[str, Any], instance: dg.DagsterInstance, home: Path, tmp_path: Path
) -> None:
    result = launch(instance, path=write(tmp_path, REJECTED_BESIDE_THEIR_CELLS), match_field="Name", **config)
    program = Program(home)
    (job,) = program.store.jobs()
    assert job.counts.errors == len(program.rejected(job.code)) > 3
    assert metadata(result, "rejected_rows")["dagster/row_count"] == job.counts.errors
    assert metadata(result, "valid_rows")["dagster/row_count"] == (job.total_items or 0) - job.counts.errors
    (check,) = (each for each in result.get_asset_check_evaluations() if each.check_name == "no_rows_rejected")
    assert (check.description or "").startswith(f"{job.counts.errors} of 7 rows were rejected. ")
    assert "Code: the code belongs to another client, 2 rows." in (check.description or "")
    preview = metadata(result, "valid_rows")["preview"]
    valid = {row for row in range(2, 9) if f"\n| {row} |" in preview}
    assert valid == set(range(2, 9)) - {int(row["import_row"]) for row in program.rejected(job.code)}


def test_every_asset_has_its_row_count_schema_lineage_and_preview(
    instance: dg.DagsterInstance, home: Path, tmp_path: Path
) -> None:
    result = launch(instance, path=write(tmp_path, REJECTED_BESIDE_THEIR_CELLS), match_field="Name")
    (job,) = Program(home).store.jobs()
    of = {asset: metadata(result, asset) for asset in EVERY_ASSET}
    for asset, content in of.items():
        assert {"dagster/row_count", "dagster/column_schema", "preview"} <= content.keys(), asset
        assert asset == "source_file" or content["dagster/column_lineage"].deps_by_column, asset
        assert content["preview"].count("\n") > 1, asset
    assert {asset: content["dagster/row_count"] for asset, content in of.items()} == {
        "source_file": job.total_items,
        "valid_rows": (job.total_items or 0) - job.counts.errors,
        "rejected_rows": job.counts.errors,
        "clients": job.counts.created,
        "not_imported": job.counts.errors + job.counts.skipped,
        "import_job": 1,
    }


def test_reasons_are_told_by_column_without_the_values(
    instance: dg.DagsterInstance, home: Path, tmp_path: Path
) -> None:
    result = launch(instance, path=write(tmp_path, REJECTED_BESIDE_THEIR_CELLS), match_field="Name")
    for asset in ("rejected_rows", "not_imported"):
        reasons = metadata(result, asset)["reasons"]
        assert "| Email | Not an email address | 1 | 4 |" in reasons
        assert "client-import job" in reasons
    everything = str(list(result.all_events))
    assert not [value for value in ("nope", "@example.com", "Twin", "Bee") if value in everything]


@pytest.mark.parametrize("data", [b"Code,Name,Type\n", b"Code,Name,Type\n,,\n\n", b""])
def test_file_without_data_rows_is_a_warning(
    data: bytes, instance: dg.DagsterInstance, home: Path, tmp_path: Path
) -> None:
    result = launch(instance, path=write(tmp_path, data))
    assert result.success
    checks = {check.check_name: check for check in result.get_asset_check_evaluations()}
    empty = checks["has_rows"]
    assert (empty.passed, empty.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert "no data rows" in (empty.description or "")
    assert checks["no_rows_rejected"].passed
    assert all(metadata(result, asset) for asset in EVERY_ASSET)


def test_file_with_data_rows_passes_that_check(instance: dg.DagsterInstance, home: Path, tmp_path: Path) -> None:
    result = launch(instance, path=write(tmp_path))
    checks = {check.check_name: check for check in result.get_asset_check_evaluations()}
    assert checks["has_rows"].passed


def test_notes_quote_nothing_of_the_file_in_dagster(instance: dg.DagsterInstance, home: Path, tmp_path: Path) -> None:
    data = b"Code,Name,Type\n" + "".join(f"A{row},AmÃ©lie Dupont,Trust\n" for row in range(9)).encode()
    result = launch(instance, path=write(tmp_path, data))
    (job,) = Program(home).store.jobs()
    assert any("lie" in note for note in job.notes)
    assert "lie" not in str(metadata(result, "import_job")["record"]["notes"])


def test_every_note_is_shown_without_what_it_quotes(instance: dg.DagsterInstance, home: Path, tmp_path: Path) -> None:
    launch(instance, path=write(tmp_path, b"Code,Name,Type,Team\nA1,Ann,Ltd,North\n"))
    data = (
        b"Code,Name,Type,Team,Incorporation Date,Shoe Size\n"
        + b"".join(b"A%d,Am\xc3\x83\xc2\xa9lie,Trust,,01/02/2020,\n" % row for row in range(3, 9))
        + b"A1,Ann,Ltd,#N/A,01/02/2020,\nA9,Cee,Ltd,,12/31/2020,\nA2,Bee,Ltd,,03/04/2020\n"
        + b"Report generated 01/02/2020,,,,,\n"
    )
    result = launch(instance, path=write(tmp_path, data))
    shown, of_the_file = (metadata(result, asset)["notes"] for asset in ("import_job", "source_file"))
    job = Program(home).store.jobs()[0]
    assert len(job.notes) == shown.count("\n") + 1 >= 4
    for words in (
        "Columns that are not imported: Shoe Size",
        "can only have the month first",
        "has fewer cells",
        "#N/A",
    ):
        assert words in shown
        assert words in of_the_file or words == "#N/A"  # which only the clients tell
    assert "lie" not in shown + of_the_file
    assert "lie" in " ".join(job.notes)


def test_personal_values_are_in_no_metadata(instance: dg.DagsterInstance, home: Path, tmp_path: Path) -> None:
    result = launch(instance, path=write(tmp_path))
    everything = str(list(result.all_events))
    for value in ("AB123456C", "secret9X", "Acme", "Bee", "Cee", "Zorp"):
        assert value not in everything


@pytest.mark.parametrize(
    ("data", "config"),
    [
        (b"Mrs Jane Roe,1 High Street\nMr John Doe,2 High Street\n", {"has_header_row": True}),
        (b"Mrs Jane Roe,1 High Street\nMr John Doe,2 High Street\n", {"column_mappings": {"Jane Roe": "Name"}}),
        (b"Code,Name,Type\nA1,Am\x82lie,Trust\n", {}),
    ],
)
def test_a_failure_says_nothing_of_the_clients(
    data: bytes, config: dict[str, Any], instance: dg.DagsterInstance, home: Path, tmp_path: Path
) -> None:
    """A file without a header whose first row was taken for one, and one whose letters look odd."""
    result = launch(instance, path=write(tmp_path, data), **config)
    everything = str(list(result.all_events))
    for value in ("Mrs Jane", "High Street", "John Doe", "m‚l"):
        assert value not in everything


def test_import_job_has_a_picture(instance: dg.DagsterInstance, home: Path, tmp_path: Path) -> None:
    result = launch(instance, path=write(tmp_path))
    markdown = metadata(result, "import_job")["outcome"]
    data = base64.b64decode(markdown.partition("base64,")[2].rstrip(")"))
    with Image.open(io.BytesIO(data)) as picture:
        assert picture.format == "PNG"
        colours = {colour for _, colour in picture.convert("RGB").getcolors(1 << 16) or []}
    assert {(0x0F, 0x76, 0x6E), (0xB9, 0x1C, 0x1C)} <= colours  # a bar for created, a bar for rejected


def test_rejected_rows_are_a_warning(instance: dg.DagsterInstance, home: Path, tmp_path: Path) -> None:
    result = launch(instance, path=write(tmp_path))
    checks = {check.check_name: check for check in result.get_asset_check_evaluations()}
    assert checks["is_importable"].passed
    assert not checks["no_rows_rejected"].passed
    assert checks["no_rows_rejected"].severity == dg.AssetCheckSeverity.WARN
    assert result.success


@pytest.mark.parametrize(
    ("data", "config", "sentence"),
    [
        (b"%PDF-1.7", {}, "PDF"),
        (FILE, {"match_field": "Email"}, "No column is mapped to Email"),
        (FILE, {"mapping_code": "nope"}, "There is no mapping nope"),
    ],
)
def test_file_error_is_an_error_and_blocks(
    instance: dg.DagsterInstance, home: Path, tmp_path: Path, data: bytes, config: dict[str, Any], sentence: str
) -> None:
    result = launch(instance, path=write(tmp_path, data), **config)
    assert not result.success
    assert not [
        event for event in result.get_asset_materialization_events() if event.asset_key == dg.AssetKey("clients")
    ]
    assert sentence in str(result.all_events)


def test_unreadable_file_is_a_failed_job_and_a_failed_check(
    instance: dg.DagsterInstance, home: Path, tmp_path: Path
) -> None:
    result = launch(instance, path=write(tmp_path, b"%PDF-1.7"))
    (check,) = result.get_asset_check_evaluations()
    assert (check.check_name, check.passed, check.severity) == ("is_importable", False, dg.AssetCheckSeverity.ERROR)
    (job,) = Program(home).store.jobs()
    assert job.status == "Failed"
    assert "PDF" in (job.failure_reason or "")


def test_error_limit_fails_run_and_job_and_leaves_the_rows_to_be_fixed(
    instance: dg.DagsterInstance, home: Path, tmp_path: Path
) -> None:
    result = launch(instance, path=write(tmp_path), max_errors="1")
    assert not result.success
    program = Program(home)
    (job,) = program.store.jobs()
    assert (job.status, job.counts.errors, job.counts.created) == ("Failed", 2, 0)
    assert [row["import_row"] for row in program.rejected(job.code)] == ["3", "5"]
    assert [row["import_row"] for row in program.not_imported(job.code)] == ["2", "3", "4", "5"]
    assert program.clients() == []


def test_steps_run_twice_apply_once(instance: dg.DagsterInstance, home: Path, tmp_path: Path) -> None:
    first = launch(instance, path=write(tmp_path))
    program = Program(home)
    (job,) = program.store.jobs()
    before = program.clients()
    again = launch(instance, path="c.csv", job_code=job.code)
    assert first.success
    assert not again.success
    assert program.clients() == before
    assert program.store.job(job.code) == job
