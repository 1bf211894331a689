"""Run a program of Dagster's that ends quickly: ``python -m service.serving.program PROGRAM ARGUMENTS``."""

from __future__ import annotations

import sys
from importlib import metadata

from client_import.system.quick_end import ending_quickly


def main() -> None:
    """Run the installed program that the first argument names, with those after it."""
    del sys.argv[0]
    [program] = metadata.entry_points(group="console_scripts", name=sys.argv[0])
    program.load()()


if __name__ == "__main__":
    with ending_quickly():
        main()
