"""Serve the Dagster UI: ``python -m service.dagster_ui --host H --port P --workspace FILE``.

It ends on Ctrl-C and SIGTERM, and when Dagster's web server has ended.
"""

from __future__ import annotations

import argparse

import uvicorn

from client_import.errors import ClientImportError
from client_import.settings import read_settings
from client_import.system.quick_end import ending_quickly
from service.api.keys import refuse_open_server
from service.connections import Connections
from service.dagster_ui.app import create_app
from service.dagster_ui.webserver_process import running_webserver
from service.output import ending_as_server
from service.place import open_place

_MOST_MESSAGE_BYTES = 1024 * 1024


def serve(host: str, port: int, workspace: str) -> None:
    """Serve until a signal arrives; raises ClientImportError when it cannot start, or Dagster's web server ends."""
    refuse_open_server(host, read_settings())
    with open_place() as place, running_webserver(workspace) as webserver:
        connections = Connections()
        config = uvicorn.Config(
            connections.watched(create_app(place, webserver.port, webserver.root)),
            host=host,
            port=port,
            http=connections.protocol,  # type: ignore[arg-type]
            ws_max_size=_MOST_MESSAGE_BYTES,
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=3,
        )
        server = uvicorn.Server(config)
        ended = []

        def end() -> None:
            ended.append(True)
            server.should_exit = True

        webserver.at_its_end(end)
        server.run()
        if ended:
            raise ClientImportError("Dagster's web server has ended.")


def main() -> None:
    """Run the command line; errors are sentences on stderr, with exit status 2 for wrong settings."""
    with ending_as_server():
        parser = argparse.ArgumentParser(prog="python -m service.dagster_ui", description=__doc__)
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=3000)
        parser.add_argument("--workspace", required=True, help="Dagster's workspace file")
        given = parser.parse_args()
        serve(given.host, given.port, given.workspace)


if __name__ == "__main__":
    with ending_quickly():
        main()
