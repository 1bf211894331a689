"""The command ``serve``: what a person looks at."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from client_import.drop_folder import open_drop_folder
from client_import.errors import StoreError
from service.commands.place import open_place

_WORKSPACE = Path(__file__).parent.parent.parent / "workspace.yaml"


def serve(
    dagster_port: Annotated[int, typer.Option(min=1, max=65535, help="The port of the Dagster UI.")] = 3000,
) -> None:
    """Start the Dagster UI and its daemon on this machine's loopback; Ctrl-C or SIGTERM ends both."""
    from pipelines.instance import open_instance
    from pipelines.lost_runs import end_lost_runs

    with open_place() as place:
        place.keep_house()
        drop = open_drop_folder(place.settings, place.home)
        with open_instance(place.home) as instance:
            end_lost_runs(instance, place.store)
    print(f"The drop folder: {drop.shown}", file=sys.stderr)
    print(f"The Dagster UI: http://127.0.0.1:{dagster_port}  (Ctrl-C ends it)", file=sys.stderr)
    command = [
        sys.executable,
        *("-m", "dagster", "dev", "--workspace", str(_WORKSPACE)),
        *("--host", "127.0.0.1", "--port", str(dagster_port)),
        *("--log-level", "warning", "--code-server-log-level", "warning"),
    ]
    server = subprocess.Popen(command, cwd=_WORKSPACE.parent)
    signal.signal(signal.SIGTERM, lambda *_: server.send_signal(signal.SIGINT))
    while True:
        try:
            status = server.wait()
            break
        except KeyboardInterrupt:
            continue  # the server has the Ctrl-C too, and ends itself
    if status not in (0, 130, -2):
        raise StoreError(
            f"The Dagster UI ended with status {status}. Is port {dagster_port} in use? Try --dagster-port."
        )
