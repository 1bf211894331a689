"""Each check that Dagster shows of an import: its numbers are those of the job record, and each of them can fail."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pyarrow.parquet as pq
import pytest

from client_import.failpoints import arm
from client_import.jobs.record import Status
from pipelines.definitions import defs
from tests.support.program import Program

FILE = (
    b"Code,Name,Type,Email\n"
    b'A1,Ann,Ltd,"ann@example.com"\n'
    b"A2,Twin,Ltd,one@example.com\n"
    b"A2,Twin,Ltd,two@example.com\n"
    b"A3,Bee,Zorp,\n"
    b'A4,"Cee\nand Dee",Ltd,nope\n'
    b"A5,Eve,Ltd,\n"
    b"A5,Eve,Ltd,\n"
)
"""Four rejected rows, two of them by matching; one skipped; two created."""

WARN, ERROR = dg.AssetCheckSeverity.WARN, dg.AssetCheckSeverity.ERROR

Checks = dict[str, dg.AssetCheckEvaluation]


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Program]:
    monkeypatch.setenv("CLIENT_IMPORT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("CLIENT_IMPORT_LAUNCH_FROM", str(tmp_path))
    program = Program(tmp_path / "home")
    yield program
    arm("")
    program.store.close()


@pytest.fixture
def launch(program: Program) -> Iterator[Callable[..., tuple[bool, Checks]]]:
    """Import bytes in a run of Dagster; returns whether it succeeded, and the checks by name."""
    file = program.home.path.parent / "clients.csv"

    with dg.DagsterInstance.ephemeral() as instance:

        def run(data: bytes = FILE, **config: Any) -> tuple[bool, Checks]:
            file.write_bytes(data)
            result = defs.resolve_job_def("client_import").execute_in_process(
                run_config={"ops": {"source_file": {"config": {"path": str(file), **config}}}},
                instance=instance,
                raise_on_error=False,
            )
            return result.success, {each.check_name: each for each in result.get_asset_check_evaluations()}

        yield run


def numbers(check: dg.AssetCheckEvaluation) -> dict[str, Any]:
    return {name: value.value for name, value in check.metadata.items()}


def test_all_checks_of_an_import_with_rejected_rows(program: Program, launch: Callable[..., Any]) -> None:
    success, checks = launch()
    assert success
    assert {
        name: (check.asset_key.to_user_string(), check.passed, check.severity) for name, check in checks.items()
    } == {
        "is_importable": ("source_file", True, ERROR),
        "has_rows": ("valid_rows", True, WARN),
        "no_rows_rejected": ("rejected_rows", False, WARN),
        "codes_are_unique": ("clients", True, ERROR),
        "rejects_file_is_complete": ("not_imported", True, ERROR),
        "counts_add_up": ("import_job", True, ERROR),
    }
    assert numbers(checks["is_importable"]) == {"data_rows": 7, "columns": 4, "mapped_columns": 4}
    assert numbers(checks["has_rows"]) == {"data_rows": 7}
    assert numbers(checks["no_rows_rejected"]) == {"rejected": 4, "data_rows": 7}
    assert numbers(checks["codes_are_unique"]) == {"shared_codes": 0, "clients": 2}
    assert numbers(checks["rejects_file_is_complete"]) == {
        "rejected": 4, "rejected_in_file": 4, "not_imported": 5, "not_imported_in_file": 5,
    }  # fmt: skip
    assert numbers(checks["counts_add_up"]) == {
        "data_rows": 7, "created": 2, "updated": 0, "skipped": 1, "rejected": 4,
        "rows_in_valid_rows": 3, "rows_in_rejected_rows": 4,
    }  # fmt: skip
    (job,) = program.store.jobs()
    assert (job.counts.errors, job.counts.skipped, job.counts.created) == (4, 1, 2)


def test_the_split_is_two_files_with_every_row_in_one_of_them(program: Program, launch: Callable[..., Any]) -> None:
    launch()
    (job,) = program.store.jobs()
    folder = program.home.job(job.code)
    valid, rejected = (pq.read_table(file).to_pylist() for file in (folder.valid_rows, folder.rejected_rows))
    assert [(row["row"], row["code"], row["type"]) for row in valid] == [
        (2, "A1", "PrivateLimitedCompany"),
        (7, "A5", "PrivateLimitedCompany"),
        (8, "A5", "PrivateLimitedCompany"),
    ]
    assert {row["row"]: row["reason"] for row in rejected} == {
        row: ";".join(sorted(reasons)) for row, reasons in program.reasons(job.code).items() if row != 8
    }
    assert all(row["message"] for row in rejected)
    assert list(rejected[0]) == ["row", "reason", "message", "code", "name", "type", "email"]


def test_nothing_rejected_and_nothing_at_all_are_split_too(program: Program, launch: Callable[..., Any]) -> None:
    for data, rows in ((b"Code,Name,Type\nA1,Ann,Ltd\n", 1), (b"Code,Name,Type\n", 0)):
        success, checks = launch(data)
        folder = program.home.job(program.store.jobs()[0].code)
        assert success
        assert pq.read_table(folder.valid_rows).num_rows == rows
        assert pq.read_table(folder.rejected_rows).column_names == ["row", "reason", "message", "code", "name", "type"]
        assert pq.read_table(folder.rejected_rows).num_rows == 0
        assert checks["has_rows"].passed == bool(rows)
        assert checks["counts_add_up"].passed
        assert checks["no_rows_rejected"].passed


def test_a_file_that_cannot_be_read_on_is_not_importable(
    program: Program, launch: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLIENT_IMPORT_MAX_ROWS", "5")
    success, checks = launch()
    assert not success
    assert list(checks) == ["is_importable"]
    assert (checks["is_importable"].passed, checks["is_importable"].blocking) == (False, True)
    assert numbers(checks["is_importable"]) == {"bytes": len(FILE)}
    assert program.store.jobs()[0].failure_reason == checks["is_importable"].description


def test_too_many_errors_show_the_rows_and_their_file(program: Program, launch: Callable[..., Any]) -> None:
    success, checks = launch(max_errors="1")
    assert not success
    assert numbers(checks["no_rows_rejected"]) == {"rejected": 4, "data_rows": 7}
    assert checks["rejects_file_is_complete"].passed
    assert numbers(checks["rejects_file_is_complete"])["not_imported_in_file"] == 7
    assert "clients" not in {check.asset_key.to_user_string() for check in checks.values()}


def test_a_code_that_two_clients_have_fails_and_changes_nothing(program: Program, launch: Callable[..., Any]) -> None:
    launch(b"Code,Name,Type\nA1,Ann,Ltd\n")
    with duckdb.connect(str(program.home.clients_database)) as connection:
        connection.execute("INSERT INTO clients BY NAME SELECT 'a1' AS code, 'Bob' AS name, 'Trust' AS type")
    before = program.clients()
    success, checks = launch(b"Name,Team\nAnn,North\n", match_field="Name")
    assert not success
    check = checks["codes_are_unique"]
    assert (check.passed, check.severity, numbers(check)) == (False, ERROR, {"shared_codes": 1})
    job = program.store.jobs()[0]
    assert (job.status, job.failure_reason) == (Status.FAILED, check.description)
    assert "1 code would belong to two clients or more" in str(job.failure_reason)
    assert program.clients() == before


def gone_on(program: Program, launch: Callable[..., Any], change: Callable[[Any], None]) -> Checks:
    """Import, break off once all is applied and reported, ``change`` the folder of the job, and go on."""
    arm("reported=disk full")
    assert not launch()[0]
    arm("")
    (job,) = program.store.jobs()
    assert job.status is Status.IN_PROGRESS
    change(program.home.job(job.code))
    success, checks = launch(job_code=job.code)
    assert success  # the clients are as they should be; the checks say what is not
    assert program.store.job(job.code).status is Status.COMPLETED
    return dict(checks)


def test_an_import_that_goes_on_has_the_same_checks(program: Program, launch: Callable[..., Any]) -> None:
    checks = gone_on(program, launch, lambda _: None)
    assert [name for name, check in checks.items() if not check.passed] == ["no_rows_rejected"]


def without_a_row(file: Path) -> None:
    """Take the row of A3 out of a CSV file, or the first one out of a Parquet file."""
    if file.suffix == ".parquet":
        pq.write_table(pq.read_table(file).slice(1), file)
    else:
        lines = file.read_bytes().split(b"\r\n")
        file.write_bytes(b"\r\n".join(line for line in lines if not line.lstrip(b'"').startswith(b"A3")))


def damage(file: Path) -> None:
    """Cut the file off in the middle of a row."""
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


@pytest.mark.parametrize(
    ("name", "change"),
    [("rejected", without_a_row), ("rejected", damage), ("rejected", Path.unlink), ("not_imported", without_a_row),
     ("not_imported", damage)],
)  # fmt: skip
def test_a_rejects_file_that_is_not_whole_fails(
    name: str, change: Callable[[Path], None], program: Program, launch: Callable[..., Any]
) -> None:
    checks = gone_on(program, launch, lambda folder: change(getattr(folder, name)))
    check = checks["rejects_file_is_complete"]
    assert (check.passed, check.severity) == (False, ERROR)
    assert numbers(check)[f"{name}_in_file"] < numbers(check)[name]
    assert checks["counts_add_up"].passed


@pytest.mark.parametrize("change", [without_a_row, damage, Path.unlink])
@pytest.mark.parametrize("name", ["valid_rows", "rejected_rows"])
def test_a_row_that_is_in_neither_file_fails(
    name: str, change: Callable[[Path], None], program: Program, launch: Callable[..., Any]
) -> None:
    checks = gone_on(program, launch, lambda folder: change(getattr(folder, name)))
    check = checks["counts_add_up"]
    assert (check.passed, check.severity) == (False, ERROR)
    assert numbers(check)[f"rows_in_{name}"] < {"valid_rows": 3, "rejected_rows": 4}[name]
    assert checks["rejects_file_is_complete"].passed
