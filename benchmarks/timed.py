"""Run one command as a whole process and print what it took as JSON: a small process, started for each measurement.

``python -I benchmarks/timed.py SECONDS LOG COMMAND...``. It has to be small: Linux counts what a process had before
it became the command to the command's peak memory. Ended after SECONDS, with all it started.
"""

import json
import os
import signal
import sys
import threading
import time


def main() -> None:
    """Run the command of the command line."""
    limit, log, *command = sys.argv[1:]
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    started = time.perf_counter()
    actions = [(os.POSIX_SPAWN_DUP2, output, 1), (os.POSIX_SPAWN_DUP2, output, 2)]
    process = os.posix_spawn(command[0], command, os.environ, file_actions=actions, setsid=True)
    over = threading.Event()

    def end() -> None:
        over.set()
        os.killpg(process, signal.SIGKILL)

    timer = threading.Timer(float(limit), end)
    timer.daemon = True
    timer.start()
    _, status, usage = os.wait4(process, 0)
    wall = time.perf_counter() - started
    timer.cancel()
    took = {
        "wall": wall,
        "cpu": usage.ru_utime + usage.ru_stime,
        "memory": usage.ru_maxrss * 1024,
        "status": None if over.is_set() else os.waitstatus_to_exitcode(status),
    }
    print(json.dumps(took))


main()
