"""Covers the services of deploy/ with the very commands and health checks they are given, on loopback.

Those of the cluster have a PostgreSQL server of the tests, and both code servers are on this machine.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.deploy.test_deploy import CLUSTER, ROOT, SERVICES
from tests.support.cli import PATIENCE_SECONDS, CommandLine, free_port, wait_until
from tests.support.postgres import PostgresServer

pytestmark = pytest.mark.long

CLIENTS = b"Code,Name,Type\nA1,Alpha,Ltd\n"
SENT = 4
"""So many files are sent to the API of a cluster; each code server has its turn."""

SAID = {
    "CLIENT_IMPORT_API_KEYS": "a-key-of-a-test",
    "CLIENT_IMPORT_SECRET": "a-secret-of-a-test",
    "POSTGRES_PASSWORD": "a-password-of-a-test",
}


class Services:
    """The services of a compose file as processes of this machine; each port is another one here."""

    def __init__(self, folder: Path, services: dict[str, dict[str, Any]], **settings: str) -> None:
        self.home = folder / "home"
        self._folder, self._services, self._settings = folder, services, settings
        self._ports = {port: str(free_port()) for port in ("8000", "3000", "4000", "4001")}
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def ui(self) -> str:
        """The address of the Dagster UI."""
        return f"http://127.0.0.1:{self._ports['3000']}"

    @property
    def api(self) -> str:
        """The address of the API."""
        return f"http://127.0.0.1:{self._ports['8000']}"

    def prepare(self) -> None:
        """Run the service that ends by itself."""
        self._start("prepare")
        assert self._processes.pop("prepare").wait(PATIENCE_SECONDS) == 0, self.log("prepare")

    def start(self, *names: str) -> None:
        """Start the services, and wait until they are healthy."""
        for name in names:
            self._start(name)
        for name in names:
            wait_until(lambda name=name: self.is_healthy(name), f"{name} to be healthy", 1)  # type: ignore[misc]

    def is_healthy(self, name: str) -> bool:
        """Run the health check of the service, which must not have ended."""
        assert self._processes[name].poll() is None, self.log(name)
        check = [self._here(word) for word in self._services[name]["healthcheck"]["test"][1:]]
        limit = int(self._services[name]["healthcheck"]["timeout"].removesuffix("s"))
        environment = self._environment(name)
        try:
            done = subprocess.run(check, cwd=ROOT, env=environment, capture_output=True, timeout=limit, check=False)
        except subprocess.TimeoutExpired:  # on a busy machine; an engine asks again, too
            return False
        return done.returncode == 0

    def log(self, name: str) -> str:
        """What the service has said."""
        return (self._folder / f"{name}.log").read_text("utf-8")

    def end(self) -> None:
        """End the services as an engine does: a signal to each, and later another."""
        for process in self._processes.values():
            process.terminate()
        for process in self._processes.values():
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _start(self, name: str) -> None:
        command = [self._here(word) for word in self._services[name]["command"]]
        with (self._folder / f"{name}.log").open("wb") as log:
            self._processes[name] = subprocess.Popen(
                command, cwd=ROOT, env=self._environment(name), stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    def _here(self, word: str) -> str:
        word = re.sub(r"\$\{(\w+)(?::[-?][^}]*)?\}", lambda found: SAID.get(found[1], _default(found[0])), str(word))
        return self._ports.get(word, "127.0.0.1" if word in ("0.0.0.0", "code", "code-2") else word)

    def _environment(self, name: str) -> dict[str, str]:
        given = {key: self._here(value) for key, value in self._services[name]["environment"].items()}
        if name == "api":
            given["CLIENT_IMPORT_DAGSTER_URL"] = self.ui  # "webserver" is a name in the network of an engine only
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("CLIENT_IMPORT_", "DAGSTER"))}
        image = {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "CLIENT_IMPORT_HOME": str(self.home),
            "DAGSTER_HOME": str(self.home / "dagster"),
        }
        return {**kept, **image, **given, **self._settings}


def _default(variable: str) -> str:
    return variable.partition(":-")[2].removesuffix("}")


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    services = Services(tmp_path_factory.mktemp("services"), SERVICES)
    try:
        services.prepare()
        services.start("code")
        services.start("webserver", "daemon")
        yield services
    finally:
        services.end()


@pytest.fixture
def cluster(tmp_path: Path, postgres_url: str) -> Iterator[Services]:
    settings = {"CLIENT_IMPORT_DATABASE": postgres_url, "CLIENT_IMPORT_SCRATCH": str(tmp_path / "scratch")}
    services = Services(tmp_path, CLUSTER, **settings)
    try:
        services.prepare()
        services.start("code", "code-2")
        services.start("webserver", "daemon", "api")
        yield services
    finally:
        services.end()


def statuses(services: Services, **settings: str) -> list[str]:
    return [job["status"] for job in CommandLine(services.home, **settings).jobs()]


def test_a_dropped_file_is_imported(services: Services) -> None:
    before = len(statuses(services))
    (services.home / "drop" / "clients.csv").write_bytes(CLIENTS)
    wait_until(lambda: statuses(services)[: len(statuses(services)) - before] == ["Completed"], "the import", 0.5)
    assert "Traceback" not in services.log("daemon") + services.log("webserver") + services.log("code")


def test_a_file_sent_to_the_api_is_imported_through_the_queue(services: Services) -> None:
    services.start("api")
    with httpx.Client(base_url=services.api, headers={"x-api-key": SAID["CLIENT_IMPORT_API_KEYS"]}, timeout=60) as api:
        assert httpx.get(f"{services.api}/clients/import/csv").status_code == 401
        sent = api.post("/clients/import/csv", files={"file": ("sent.csv", CLIENTS)}, data={"showPreview": "false"})
        assert sent.status_code in (201, 202), sent.text
        address = f"/clients/import/csv/{sent.json()['code']}"
        wait_until(lambda: api.get(address).json()["status"] == "Completed", "the import", 0.5)
    assert "Traceback" not in services.log("api")


def test_the_dagster_ui_wants_a_key(services: Services) -> None:
    query = {"query": "{ version }"}
    assert httpx.post(f"{services.ui}/graphql", json=query).status_code == 401
    key = {"x-api-key": SAID["CLIENT_IMPORT_API_KEYS"]}
    assert httpx.post(f"{services.ui}/graphql", json=query, headers=key).status_code == 200
    named = {**key, "host": "webserver:3000"}  # as the API calls it
    assert httpx.post(f"{services.ui}/graphql", json=query, headers=named).status_code == 200


def test_a_cluster_shares_the_imports(cluster: Services, postgres_url: str, postgres_server: PostgresServer) -> None:
    """Files sent to the API are imported on both code servers, dropped ones on the first, and nothing twice."""
    (cluster.home / "drop" / "dropped.csv").write_bytes(CLIENTS)
    with httpx.Client(base_url=cluster.api, headers={"x-api-key": SAID["CLIENT_IMPORT_API_KEYS"]}, timeout=60) as api:
        for number in range(SENT):
            file = (f"sent-{number}.csv", f"Code,Name,Type\nB{number},Beta,Ltd\n".encode())
            sent = api.post("/clients/import/csv", files={"file": file}, data={"showPreview": "false"})
            assert sent.status_code in (201, 202), sent.text
    setting = {"CLIENT_IMPORT_DATABASE": postgres_url}
    wait_until(lambda: statuses(cluster, **setting) == ["Completed"] * (SENT + 1), "the imports", 1)
    [(schema,)] = postgres_server.execute("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'dagster_test_%'")
    runs = f"SELECT status, count(*) FROM {schema}.runs GROUP BY 1"
    wait_until(lambda: postgres_server.execute(runs) == [("SUCCESS", SENT + 1)], "the ends of the runs", 1)
    assert "Traceback" not in "".join(map(cluster.log, ("api", "code", "code-2", "webserver", "daemon")))
    tags = postgres_server.execute(f"SELECT DISTINCT value FROM {schema}.run_tags WHERE key = '.dagster/repository'")
    assert {value for (value,) in tags} == {"__repository__@client_import", "__repository__@client_import_2"}
