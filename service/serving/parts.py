"""The parts of ``client-import serve``: the API with its page, and Dagster's code server, webserver and daemon."""

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
from service.serving.part import Part
from service.serving.ready import accepts, answers, beats

if TYPE_CHECKING:
    import dagster as dg

_ROOT = Path(__file__).parent.parent.parent
_LOOPBACK = "127.0.0.1"
_EVERYWHERE = {"0.0.0.0": _LOOPBACK, "::": "::1", "": _LOOPBACK}

_DAEMON = str(Path(sys.executable).with_name("dagster-daemon"))

_CODE_SERVER = "The Dagster code server"


def api_part(settings: Settings, host: str, port: int, dagster_ui: str) -> Part:
    """Return the API and its page; ``dagster_ui`` is the address its page links to, unless the setting says another."""
    asked = _EVERYWHERE.get(host, host)
    address = f"http://{f'[{asked}]' if ':' in asked else asked}:{port}"
    return Part(
        name="The API",
        command=_python("service.api", "--host", host, "--port", str(port)),
        is_ready=lambda _: answers(asked, port, "/healthz"),
        shown=(f"The page: {address}", f"The API: {address}/docs"),
        environment={**_environment(settings), f"{PREFIX}DAGSTER_UI": settings.dagster_ui or dagster_ui},
        folder=_ROOT,
    )


def dagster_address(port: int) -> str:
    """Return the address of the Dagster UI, which is for this machine only."""
    return f"http://{_LOOPBACK}:{port}"


def dagster_parts(
    settings: Settings, instance: dg.DagsterInstance, folder: Path, port: int, drop_folder: str
) -> Sequence[Part]:
    """Return the code server, at a socket in ``folder``, and the guarded UI and the daemon that need it."""
    code_socket, workspace = folder / "code", folder / "workspace.yaml"
    server = {"socket": str(code_socket), "location_name": "client_import"}
    workspace.write_text(json.dumps({"load_from": [{"grpc_server": server}]}), "utf-8")  # which is YAML, too
    part = partial(Part, environment=_environment(settings), folder=_ROOT)
    code = (*("-m", "pipelines.definitions"), *("--location-name", "client_import"))
    return [
        part(
            name=_CODE_SERVER,
            command=_python("dagster", "api", "grpc", *code, "--socket", str(code_socket), "--log-level", "warning"),
            is_ready=lambda _: accepts(code_socket),
        ),
        part(
            name="The Dagster UI",
            command=_python(
                "service.dagster_ui", "--host", _LOOPBACK, "--port", str(port), "--workspace", str(workspace)
            ),
            is_ready=lambda _: answers(_LOOPBACK, port, "/healthz"),
            shown=(f"The Dagster UI: {dagster_address(port)}",),
            needs=(_CODE_SERVER,),
        ),
        part(
            name="The Dagster daemon",
            # At its first start it warns that it has no cursor yet.
            command=(_DAEMON, "run", "--workspace", str(workspace), "--log-level", "error"),
            is_ready=partial(beats, instance),
            shown=(f"The drop folder: {drop_folder}",),
            needs=(_CODE_SERVER,),
        ),
    ]


def _python(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", *arguments)


def _environment(settings: Settings) -> dict[str, str]:
    """The parts run in the project's folder: what is seen from the working folder would be something else there."""
    dagster_home = Home(settings.home).dagster.absolute()
    return {
        **os.environ,
        f"{PREFIX}HOME": str(settings.home),
        f"{PREFIX}LAUNCH_FROM": ",".join(map(str, settings.launch_folders)),
        "DAGSTER_HOME": str(dagster_home),
    }
