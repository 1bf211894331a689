"""Dagster's own web server, below a secret path of loopback: ``python -m service.dagster_ui.webserver PORT WORKSPACE``.

The secret is the first line of standard input, so that it is neither in the command line nor in the environment. When
standard input closes, the process that started this one has ended, and this one ends too.

Dagster's web server has an option for a prefix of all its addresses, but reveals that prefix to anyone who requests
``/``. So the prefix here is a path parameter of Starlette, ``/{guard:secret}``, which matches only the secret.
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
import threading

from starlette.convertors import Convertor, StringConvertor, register_url_convertor

from client_import.system.quick_end import ending_quickly

PREFIX = "/{guard:secret}"
"""The prefix of its addresses as Dagster's web server knows it, and writes it into its pages."""


def _is(secret: str) -> Convertor[str]:
    class Secret(StringConvertor):
        regex = secret

    return Secret()


def _end_with_the_guard() -> None:
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGTERM)


def main() -> None:
    """Run ``dagster-webserver``."""
    port, workspace = sys.argv[1:]
    register_url_convertor("secret", _is(sys.stdin.readline().strip()))
    threading.Thread(target=_end_with_the_guard, daemon=True).start()
    listen = ("--host", "127.0.0.1", "--port", port, "--path-prefix", PREFIX)
    sys.argv = ["dagster-webserver", *listen, "--workspace", workspace, "--dagster-log-level", "warning"]
    runpy.run_module("dagster_webserver", run_name="__main__")


if __name__ == "__main__":
    with ending_quickly():
        main()
