"""Start a program that makes files for their owner alone: ``python -m service.serving.privately PROGRAM ARGUMENTS``.

It is for programs of Dagster's own where they start apart: those that serve starts have its umask.
"""

from __future__ import annotations

import os
import sys

from client_import.errors import ClientImportError
from client_import.system.private import keep_private


def main() -> None:
    """Become the program of the command line; what it makes is its owner's, or the group's with the setting."""
    try:
        keep_private()
    except ClientImportError as error:
        sys.exit(str(error))
    os.execvp(sys.argv[1], sys.argv[1:])


if __name__ == "__main__":
    main()
