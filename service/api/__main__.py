"""Serve the HTTP API and the page: ``python -m service.api --host H --port P``; ends on Ctrl-C and SIGTERM."""

from __future__ import annotations

import argparse
from dataclasses import replace

import uvicorn

from client_import.notify.services import check_receivers
from client_import.system.quick_end import ending_quickly
from pipelines.launcher import open_launcher
from service.api.app import create_app
from service.api.keys import refuse_open_server, refuse_secret_of_its_own
from service.connections import Connections
from service.names import served_at
from service.output import ending_as_server
from service.place import open_place

_LONGEST_HEAD = 64 << 10
"""The most bytes of a request line with its headers; the query may contain the options of an import."""


def serve(host: str, port: int) -> None:
    """Serve until a signal arrives; raises ClientImportError when the server cannot start."""
    with open_place() as opened:
        refuse_open_server(host, opened.settings)
        refuse_secret_of_its_own(opened.settings)
        check_receivers(opened.settings.receivers)
        place = replace(opened, settings=served_at(host, opened.settings))
        launcher = open_launcher(place.settings, place.home, place.store)
        try:
            connections = Connections()
            config = uvicorn.Config(
                connections.watched(create_app(place, launcher)),
                host=host,
                port=port,
                http=connections.protocol,  # type: ignore[arg-type]
                ws="none",
                h11_max_incomplete_event_size=_LONGEST_HEAD,
                log_level="warning",
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=10,
            )
            uvicorn.Server(config).run()
        finally:
            launcher.close()


def main() -> None:
    """Run the command line; errors are sentences on stderr, with exit status 2 for wrong settings."""
    with ending_as_server():
        parser = argparse.ArgumentParser(prog="python -m service.api", description=__doc__)
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)
        given = parser.parse_args()
        serve(given.host, given.port)


if __name__ == "__main__":
    with ending_quickly():
        main()
