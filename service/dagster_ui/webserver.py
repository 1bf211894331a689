"""Dagster's own web server, below a secret path of loopback: ``python -m service.dagster_ui.webserver PORT WORKSPACE``.

The secret is the first line of standard input, so that neither the command line nor the environment has it. The end
of standard input is the end of whoever started this, and ends it too.

Dagster's web server takes a prefix for all its addresses, and would tell it to everybody who asks for ``/``. The
prefix it is given here is a parameter of Starlette instead, ``/{guard:secret}``; what such a parameter matches is the
secret, and stands nowhere.
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
import threading

from starlette.convertors import Convertor, StringConvertor, register_url_convertor

PREFIX = "/{guard:secret}"
"""What Dagster's web server takes for the beginning of its addresses, and writes into its pages."""


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
    main()
