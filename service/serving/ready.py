"""Check whether a service is ready; containers use ``python -m service.serving.ready HOST PORT PATH``."""

from __future__ import annotations

import http.client
import socket
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import dagster as dg

_WAIT_SECONDS = 2.0


def answers(host: str, port: int, path: str, wait_seconds: float = _WAIT_SECONDS) -> bool:
    """Return whether the server answers a GET of ``path`` with status 200."""
    connection = http.client.HTTPConnection(host, port, timeout=wait_seconds)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def accepts(path: Path) -> bool:
    """Return whether a server listens at the Unix socket."""
    with socket.socket(socket.AF_UNIX) as caller:
        caller.settimeout(_WAIT_SECONDS)
        try:
            caller.connect(str(path))
        except OSError:
            return False
        return True


def has_heartbeats(instance: dg.DagsterInstance, since: datetime) -> bool:
    """Return whether every daemon that the instance requires has had a heartbeat since that time."""
    heartbeats = instance.get_daemon_heartbeats()
    needed = instance.get_required_daemon_types()
    return all(kind in heartbeats and heartbeats[kind].timestamp >= since.timestamp() for kind in needed)


if __name__ == "__main__":
    sys.exit(not answers(sys.argv[1], int(sys.argv[2]), sys.argv[3], wait_seconds=10.0))
