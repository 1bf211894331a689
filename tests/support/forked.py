"""Processes that are forked from one which has everything imported.

Each costs a fraction of a second, not the seconds of a cold start.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from client_import.failpoints import VARIABLE, arm

_PRELOADED = (
    *("tests.support.dying", "pipelines.launch", "service.cli", "service.foreground", "service.imports"),
    *("service.file_preview", "service.tables", "client_import.inbox.rows_to_correct", "service.api.__main__"),
    *("client_import.clients.postgresql.store", "sqlalchemy.dialects.postgresql.psycopg"),  # if installed
    "tests.support.warmed",
)
_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload([*_PRELOADED])


def start_call(call: Callable[..., None], *arguments: Any) -> BaseProcess:
    """Make the call in another process, with the environment of this one.

    The fork server has that of the test which started it.
    """
    return start_call_in(os.environ, call, *arguments)


def start_call_in(environment: Mapping[str, str], call: Callable[..., None], *arguments: Any) -> BaseProcess:
    """Make the call in another process that has this environment."""
    place = (dict(environment), str(Path.cwd()), _umask())
    process = _PROCESSES.Process(target=_call_in, args=(*place, call, *arguments))
    process.start()
    return process


def end(process: BaseProcess, seconds: float = 120) -> int | None:
    """Wait for the process; returns its exit status, minus the signal that killed it."""
    process.join(seconds)
    process.kill()
    return process.exitcode


def _umask() -> int:
    umask = os.umask(0)
    os.umask(umask)
    return umask


def _call_in(environment: dict[str, str], folder: str, umask: int, call: Callable[..., None], *arguments: Any) -> None:
    gc.freeze()  # what the fork server has imported is not looked through for garbage in each of its processes
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    os.umask(umask)
    arm(environment.get(VARIABLE, ""))  # it was read when this process began
    call(*arguments)


def run_server(main: Callable[[], None], arguments: Sequence[str], log: Path) -> None:
    """Be the program ``main`` with what it says in ``log``."""
    _take_streams((Path(os.devnull), log, log))
    sys.argv = ["server", *arguments]
    main()


def run_command(arguments: list[str], folder: Path) -> None:
    """Be the command ``client-import``, with the files ``stdin``, ``stdout`` and ``stderr`` of ``folder``."""
    from service.__main__ import main

    _take_streams([folder / name for name in ("stdin", "stdout", "stderr")])
    sys.stdin = open(0, closefd=False)  # noqa: SIM115 - the process began without one
    sys.argv = ["client-import", *arguments]
    main()


def _take_streams(files: Sequence[Path]) -> None:
    """Have these files as stdin, which is only read, stdout and stderr."""
    written = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    for number, (file, flags) in enumerate(zip(files, (os.O_RDONLY, written, written), strict=True)):
        stream = os.open(file, flags, 0o600)
        os.dup2(stream, number)
        os.close(stream)
