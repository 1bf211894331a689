"""Covers the job store that the runs of one process share; that they end as they should is in test_launch_paths.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from client_import.errors import JobNotFoundError
from client_import.jobs.opening import open_job_store
from client_import.paths import Home
from client_import.settings import read_settings
from resources.job_store import JobStoreResource, sharing
from tests.support.program import import_options

CODE = "abcabcabc2"


def test_runs_of_a_home_use_the_store_that_is_open_and_leave_it_open(tmp_path: Path) -> None:
    home, resource = Home(tmp_path / "home").create(), JobStoreResource(home=str(tmp_path / "home"))
    with open_job_store(read_settings(), home) as store, sharing(home, store):
        with resource.open() as shared:
            assert shared is store
        store.create(CODE, "c.csv", import_options(), "test")
    with resource.open() as own:
        assert own is not store
        assert own.job(CODE).file_name == "c.csv"


def test_runs_of_another_home_have_a_store_of_their_own(tmp_path: Path) -> None:
    home, other = Home(tmp_path / "home").create(), JobStoreResource(home=str(tmp_path / "other"))
    with open_job_store(read_settings(), home) as store, sharing(home, store), other.open() as own:
        store.create(CODE, "c.csv", import_options(), "test")
        with pytest.raises(JobNotFoundError):
            own.job(CODE)
