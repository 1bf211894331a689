"""The services of ``client-import serve``: the API with its page, and Dagster's code server, webserver and daemon."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from client_import.paths import Home
from client_import.settings import PREFIX, Settings
from service.serving.ready import accepts, answers, has_heartbeats
from service.serving.service_process import ServiceSpec

if TYPE_CHECKING:
    import dagster as dg

_ROOT = Path(__file__).parent.parent.parent
_LOOPBACK = "127.0.0.1"
_EVERYWHERE = {"0.0.0.0": _LOOPBACK, "::": "::1", "": _LOOPBACK}

_CODE_SERVER = "The Dagster code server"


def api_service(settings: Settings, host: str, port: int, dagster_ui: str) -> ServiceSpec:
    """Return the API with its page, which links to the address ``dagster_ui`` unless the setting names another."""
    reachable = _EVERYWHERE.get(host, host)
    address = f"http://{f'[{reachable}]' if ':' in reachable else reachable}:{port}"
    return ServiceSpec(
        name="The API",
        command=_python("service.api", "--host", host, "--port", str(port)),
        is_ready=lambda _: answers(reachable, port, "/healthz"),
        shown=(f"The page: {address}", f"The API: {address}/docs"),
        environment={**_environment(settings), f"{PREFIX}DAGSTER_UI": settings.dagster_ui or dagster_ui},
        folder=_ROOT,
    )


def dagster_address(port: int) -> str:
    """Return the address of the Dagster UI, which only this machine can reach."""
    return f"http://{_LOOPBACK}:{port}"


def dagster_services(
    settings: Settings, instance: dg.DagsterInstance, folder: Path, port: int, drop_folder: str
) -> Sequence[ServiceSpec]:
    """Return the code server, at a socket in ``folder``, and the guarded UI and the daemon, which need it."""
    code_socket, workspace = folder / "code", folder / "workspace.yaml"
    server = {"socket": str(code_socket), "location_name": "client_import"}
    workspace.write_text(json.dumps({"load_from": [{"grpc_server": server}]}), "utf-8")  # JSON is YAML too
    spec = partial(ServiceSpec, environment=_environment(settings), folder=_ROOT)
    code = (*("-m", "pipelines.definitions"), *("--location-name", "client_import"))
    return [
        spec(
            name=_CODE_SERVER,
            command=_program("dagster", "api", "grpc", *code, "--socket", str(code_socket), "--log-level", "warning"),
            is_ready=lambda _: accepts(code_socket),
        ),
        spec(
            name="The Dagster UI",
            command=_python(
                "service.dagster_ui", "--host", _LOOPBACK, "--port", str(port), "--workspace", str(workspace)
            ),
            is_ready=lambda _: answers(_LOOPBACK, port, "/healthz"),
            shown=(f"The Dagster UI: {dagster_address(port)}",),
            needs=(_CODE_SERVER,),
        ),
        spec(
            name="The Dagster daemon",
            # At its first start the daemon warns that it has no cursor yet.
            command=_program("dagster-daemon", "run", "--workspace", str(workspace), "--log-level", "error"),
            is_ready=partial(has_heartbeats, instance),
            shown=(f"The drop folder: {drop_folder}",),
            needs=(_CODE_SERVER,),
        ),
    ]


def _python(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", *arguments)


def _program(*arguments: str) -> tuple[str, ...]:
    return _python("service.serving.program", *arguments)


def _environment(settings: Settings) -> dict[str, str]:
    """Return an environment with absolute paths, because services run in the project's folder."""
    dagster_home = Home(settings.home).dagster.absolute()
    return {
        **os.environ,
        f"{PREFIX}HOME": str(settings.home),
        f"{PREFIX}LAUNCH_FROM": ",".join(map(str, settings.launch_folders)),
        "DAGSTER_HOME": str(dagster_home),
    }
