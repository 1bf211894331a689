"""What all tests share."""

from __future__ import annotations

import gc
import os
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import settings

from tests.support.postgres import postgres_server, postgres_url
from tests.support.program import Program

__all__ = ["postgres_server", "postgres_url"]

settings.register_profile("desk", deadline=None, max_examples=12)
settings.register_profile("ci", deadline=None, max_examples=20)
settings.load_profile("ci" if os.environ.get("CI") else "desk")

STARTING = ("deploy", "pipelines", "service")
"""The folders of tests that start programs and servers, so nearly all of them are slow."""

AT_A_DESK = ("cli/test_cli_run.py", "page/test_results.py")
"""Those files of ``service`` that `make test` runs all the same."""

ABOUT_JOBS = "undo"
"""The folder whose tests run with the clients in each of the stores, and need the jobs where the clients are."""

LONG_SECONDS = 1_800
"""The time limit of a test marked long; that of the others is in pyproject.toml."""


def pytest_configure() -> None:
    """Have all tests start alike: no home of Dagster's, and SIGINT heeded, which a shell has its background ignore."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.pop("DAGSTER_HOME", None)  # that of whoever runs the tests is theirs
    gc.disable()  # until all is collected, which makes a million objects that stay


def pytest_collection_finish() -> None:
    """Have nobody look for garbage among what is there before the tests, for as long as they run."""
    gc.enable()
    gc.freeze()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what starts programs as slow, give what takes long a time limit of its own, and put the files with it first.

    Of several processes that each take a file, none is then left alone with them at the end. Parameters with
    ``file_alone`` are left out where the clients are in PostgreSQL.
    """
    left_out = [item for item in items if is_left_out(item)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if not is_left_out(item)]
    for item in items:
        folder, _, name = item.path.relative_to(Path(__file__).parent).as_posix().partition("/")
        has_server = "postgres_server" in getattr(item, "fixturenames", ())
        if has_server or (folder in STARTING and name not in AT_A_DESK):
            item.add_marker(pytest.mark.slow)
    long = Counter(item.path for item in items if item.get_closest_marker("long"))
    for item in items:
        if item.get_closest_marker("long") and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(LONG_SECONDS))
    items.sort(key=lambda item: -long[item.path])


def is_left_out(item: pytest.Item) -> bool:
    """Whether the test is for the DuckDB file alone, and this is its other case."""
    given = item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
    return given.get("clients_in") == "postgresql" and item.get_closest_marker("file_alone") is not None


@contextmanager
def environment_kept() -> Iterator[None]:
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture(autouse=True)
def environment() -> Iterator[None]:
    """The environment is after each test what it was before: an import in this process sets DAGSTER_HOME."""
    with environment_kept():
        yield


@pytest.fixture(scope="module", autouse=True)
def environment_of_modules() -> Iterator[None]:
    """The environment is after each module what it was before, whatever its fixtures did."""
    with environment_kept():
        yield


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Have the tests of a module with ``both_stores`` run with the clients in each of the stores."""
    marks = {mark.name for mark in metafunc.definition.iter_markers()}
    if "program" in metafunc.fixturenames and "both_stores" in marks and "file_alone" not in marks:
        stores = ["a file", pytest.param("postgresql", marks=pytest.mark.slow)]
        metafunc.parametrize("clients_in", stores, indirect=True)


@pytest.fixture
def clients_in(request: pytest.FixtureRequest) -> str | None:
    """The address of the database with the clients; None for the file in the home folder."""
    if getattr(request, "param", "a file") == "a file":
        return None
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
def program(request: pytest.FixtureRequest, tmp_path: Path, clients_in: str | None) -> Iterator[Program]:
    """A program with an empty home folder.

    In PostgreSQL the clients that rows can meet are looked up even if there are few, as they are among many. The jobs
    are there too, but for tests that run with the clients in each of the stores and are not about jobs.
    """
    if clients_in is None:
        program = Program(tmp_path / "home")
    else:
        is_about_clients = request.node.get_closest_marker("both_stores") and request.path.parent.name != ABOUT_JOBS
        program = Program(tmp_path / "home", clients_in, 0, jobs_in_file=bool(is_about_clients))
    yield program
    program.store.close()
