"""The import from Python: run_import, without Dagster, a server or a terminal."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import client_import
from client_import import ImportOptions, run_import
from client_import.errors import OptionsError
from client_import.jobs.record import Status
from tests.support.program import Program, import_options

CLIENTS = b"Code,Name,Type\nA1,Ann,Ltd\nB2,Bob,Sole Trader\nC3,Cy,Zorp\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "clients.csv"
    path.write_bytes(CLIENTS)
    return path


def test_run_import_imports_the_file_and_returns_its_record(file: Path, program: Program) -> None:
    job = run_import(file, home=program.home.path)
    assert (job.status, job.file_name, job.total_items) == (Status.COMPLETED, "clients.csv", 3)
    assert (job.counts.created, job.counts.updated, job.counts.skipped, job.counts.errors) == (2, 0, 0, 1)
    assert [client["name"] for client in program.clients()] == ["Ann", "Bob"]
    [rejected] = program.rejected(job.code)
    assert (rejected["Code"], rejected["import_reason"]) == ("C3", "not_in_list")
    assert program.store.job(job.code) == job
    again = run_import(str(file), home=str(program.home.path))
    assert (again.counts.created, again.counts.skipped, again.counts.errors) == (0, 2, 1)


def test_run_import_takes_the_home_folder_of_the_settings(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLIENT_IMPORT_HOME", str(tmp_path / "elsewhere"))
    assert run_import(file).counts.created == 2
    assert (tmp_path / "elsewhere" / "clients.duckdb").exists()


def test_run_import_takes_options(file: Path, program: Program) -> None:
    options = ImportOptions.parse({"default_client_type": "Ltd", "import_mode": "CreateOnly"})
    file.write_bytes(b"Code,Name\nA1,Ann\nB2,Bob\n")
    assert run_import(file, options, home=program.home.path).counts.created == 2
    assert {client["type"] for client in program.clients()} == {"PrivateLimitedCompany"}
    file.write_bytes(b"Code,Name\nA1,Anna\n")
    assert run_import(file, options, home=program.home.path).counts.skipped == 1


def test_options_that_do_not_fit_are_an_error_and_leave_no_job(file: Path, program: Program) -> None:
    with pytest.raises(OptionsError, match="Shoe size"):
        run_import(file, import_options(map={"Shoe size": "Name"}), home=program.home.path)
    assert program.store.jobs() == []


def test_a_file_that_cannot_be_imported_is_a_failed_job(file: Path, program: Program) -> None:
    file.write_bytes(b"%PDF-1.4\n" + bytes(range(256)) * 10)
    job = run_import(file, home=program.home.path)
    assert job.status is Status.FAILED
    assert "PDF" in str(job.failure_reason)


def test_a_missing_file_is_said_by_its_name(tmp_path: Path, program: Program) -> None:
    with pytest.raises(FileNotFoundError, match=r"nowhere\.csv"):
        run_import(tmp_path / "nowhere.csv", home=program.home.path)


def test_the_package_has_nothing_else() -> None:
    assert client_import.__all__ == ["ImportOptions", "run_import"]
    with pytest.raises(AttributeError, match="no attribute 'run_export'"):
        client_import.run_export  # noqa: B018


def test_nothing_is_printed(file: Path, tmp_path: Path) -> None:
    file.write_bytes(b"%PDF-1.4\n" + bytes(range(256)) * 10)
    code = f"from client_import import run_import; run_import({str(file)!r}, home={str(tmp_path / 'home')!r})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")
