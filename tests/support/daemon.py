"""Everything `client-import serve` starts, each part a process of its own that can be killed, for tests."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import urllib.request
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from client_import.jobs.store import JobStore
from client_import.paths import Home
from pipelines.instance import INSTANCE_CONFIG
from tests.support import servers
from tests.support.cli import CommandLine, free_port, wait_until
from tests.support.instance import instance_of

_END_SECONDS = 20

_LAUNCH = """
mutation ($config: RunConfigData!) {
  launchRun(executionParams: {
    selector: {repositoryLocationName: "client_import", repositoryName: "__repository__", jobName: "client_import"}
    runConfigData: $config
  }) { __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } }
}
"""
_TERMINATE = """
mutation ($run: String!) { terminateRun(runId: $run) { __typename ... on TerminateRunFailure { message } } }
"""
_REPEAT = """
mutation ($run: String!, $strategy: ReexecutionStrategy!) {
  launchRunReexecution(reexecutionParams: {parentRunId: $run, strategy: $strategy}) {
    __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message }
  }
}
"""
_RUNS = "{ runsOrError { ... on Runs { results { runId status parentRunId } } } }"
_OF_JOB = """
{ pipelineOrError(params: {
    repositoryLocationName: "client_import", repositoryName: "__repository__", pipelineName: "client_import"
}) { ... on Pipeline {
  presets { runConfigYaml }
  runs { runId tags { key value } repositoryOrigin { repositoryName repositoryLocationName } }
} } }
"""
_CHECK_CONFIG = """
query ($config: RunConfigData!) {
  isPipelineConfigValid(mode: "default", runConfigData: $config, pipeline: {
    repositoryLocationName: "client_import", repositoryName: "__repository__", pipelineName: "client_import"
  }) { ... on RunConfigValidationInvalid { errors { message } } }
}
"""
_TAGS = "query ($run: ID!) { runOrError(runId: $run) { ... on Run { tags { key value } } } }"
_SAID = """
query ($run: ID!) {
  logsForRun(runId: $run, limit: 1000) { ... on EventConnection { events { ... on MessageEvent { message } } } }
}
"""


class Daemon:
    """The code server, the daemon and the guarded webserver of a home folder; the webserver wants ``key``, if any.

    ``settings`` are more environment variables.
    """

    def __init__(self, home: Path, key: str = "", **settings: str) -> None:
        self.key = key
        settings = {"CLIENT_IMPORT_LAUNCH_FROM": str(home.parent), **settings}
        self.cli = CommandLine(home, CLIENT_IMPORT_API_KEYS=key, **settings)
        self.folder = Home(home).create().path / "dagster"
        self.folder.mkdir()
        (self.folder / "dagster.yaml").write_bytes(INSTANCE_CONFIG.read_bytes())
        self.store = JobStore.at(home / "jobs.sqlite")
        self._code_port, self._web_port = free_port(), free_port()
        self._workspace = home / "workspace.yaml"
        self._workspace.write_text(
            "load_from:\n  - grpc_server:\n      host: 127.0.0.1\n      location_name: client_import\n"
            f"      port: {self._code_port}\n"
        )
        self.code_server = self.start_code_server()
        self.daemon = self.start_daemon()
        self.webserver = self.start_webserver()

    def close(self) -> None:
        """End all of it."""
        with closing(self.store):
            for process in (self.daemon, self.webserver, self.code_server):
                process.terminate()
            for process in (self.daemon, self.webserver, self.code_server):
                with suppress(subprocess.TimeoutExpired):  # Dagster's own may hang when they end together
                    process.wait(_END_SECONDS)
                process.kill()
                process.wait()

    def start_webserver(self) -> subprocess.Popen[bytes]:
        """Start the webserver."""
        self.webserver = self._start(
            *("service.dagster_ui", "--port", str(self._web_port), "--workspace", str(self._workspace))
        )
        wait_until(lambda: _listens(self._web_port), "the webserver")
        return self.webserver

    def start_daemon(self) -> subprocess.Popen[bytes]:
        """Start the daemon."""
        program = Path(sys.executable).with_name("dagster-daemon")
        self.daemon = servers.start_program(
            program, "run", "-w", self._workspace, environment=self._environment, log=self.folder / "servers.log"
        )
        return self.daemon

    def stop_daemon(self) -> None:
        """End the daemon: from here on runs stay in the queue."""
        self.daemon.terminate()
        self.daemon.wait()

    def start_code_server(self) -> subprocess.Popen[bytes]:
        """Start the code server, which is the parent of the processes that runs are in."""
        arguments = ("-m", "pipelines.definitions", "-h", "127.0.0.1", "-p", str(self._code_port))
        self.code_server = self._start("dagster", "api", "grpc", *arguments, "--location-name", "client_import")
        wait_until(lambda: _listens(self._code_port), "the code server")
        return self.code_server

    @property
    def url(self) -> str:
        """The address of the webserver."""
        return f"http://127.0.0.1:{self._web_port}"

    def launch(self, **config: Any) -> str:
        """Launch an import in the queue; returns the id of the run."""
        run_config = {"ops": {"source_file": {"config": config}}}
        return str(self._ask(_LAUNCH, config=run_config)["launchRun"]["run"]["runId"])

    def terminate(self, run: str) -> None:
        """Do what the button Terminate does."""
        answer = self._ask(_TERMINATE, run=run)["terminateRun"]
        assert answer["__typename"] == "TerminateRunSuccess", answer

    def fail(self, run: str) -> None:
        """Report that the run failed, as the daemon does when it cannot launch one."""
        with instance_of(self.folder.parent) as instance:
            found = instance.get_run_by_id(run)
            assert found is not None
            instance.report_run_failed(found, "It cannot be launched.")

    def tags(self, run: str) -> dict[str, str]:
        """The tags of a run."""
        found = self._ask(_TAGS, run=run)["runOrError"]["tags"]
        return {tag["key"]: tag["value"] for tag in found}

    def repeat(self, run: str, strategy: str) -> str:
        """Do what the button Re-execute does; returns the id of the new run."""
        return str(self._ask(_REPEAT, run=run, strategy=strategy)["launchRunReexecution"]["run"]["runId"])

    def status(self, run: str) -> str:
        """The status of a run."""
        return str({each["runId"]: each["status"] for each in self.runs()}[run])

    def runs(self) -> list[dict[str, Any]]:
        """All runs, newest first."""
        return list(self._ask(_RUNS)["runsOrError"]["results"])

    def page_of_job(self) -> dict[str, Any]:
        """What the page of the job shows: ``runs``, and what its Launchpad begins with (``presets``)."""
        return dict(self._ask(_OF_JOB)["pipelineOrError"])

    def errors_of_config(self, **config: Any) -> list[str]:
        """What the Launchpad says of a config before the run."""
        answer = self._ask(_CHECK_CONFIG, config={"ops": {"source_file": {"config": config}}})
        return [row_error["message"] for row_error in answer["isPipelineConfigValid"].get("errors", ())]

    def said(self, run: str) -> str:
        """All messages of a run."""
        return "\n".join(event.get("message", "") for event in self._ask(_SAID, run=run)["logsForRun"]["events"])

    def wait_for(self, run: str, *statuses: str) -> str:
        """Wait until the run has one of ``statuses``."""
        wait_until(lambda: self.status(run) in statuses, f"run {run} to be {statuses}", 0.2)
        return self.status(run)

    def wait_for_job(self, count: int, status: str) -> str:
        """Wait until there are ``count`` jobs and the newest has the status; returns its code."""

        def has_come() -> bool:
            jobs = self.store.jobs()
            return len(jobs) == count and jobs[0].status == status

        wait_until(has_come, f"job {count} to be {status}")
        return self.store.jobs()[0].code

    def _ask(self, query: str, **variables: Any) -> dict[str, Any]:
        body = json.dumps({"query": query, "variables": variables}).encode()
        headers = {"content-type": "application/json", "x-api-key": self.key}
        request = urllib.request.Request(f"{self.url}/graphql", body, headers)
        with urllib.request.urlopen(request, timeout=60) as answer:
            content = json.load(answer)
        assert "errors" not in content, content
        return dict(content["data"])

    def _start(self, module: str, *arguments: str) -> subprocess.Popen[bytes]:
        return servers.start(module, *arguments, environment=self._environment, log=self.folder / "servers.log")

    @property
    def _environment(self) -> dict[str, str]:
        return {**self.cli.environment, "DAGSTER_HOME": str(self.folder)}


def _listens(port: int) -> bool:
    with socket.socket() as caller:
        return caller.connect_ex(("127.0.0.1", port)) == 0
