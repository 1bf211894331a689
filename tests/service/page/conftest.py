"""The server that the tests of the page share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.api_server import ApiServer


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    """A server with a home folder of its own for each file of tests."""
    ui = "http://127.0.0.1:3000"
    with ApiServer(tmp_path_factory.mktemp("page") / "home", CLIENT_IMPORT_DAGSTER_UI=ui) as server:
        yield server
