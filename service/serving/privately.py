"""Run a program whose files only their owner can read: ``python -m service.serving.privately PROGRAM ARGUMENTS``.

It is for Dagster's own programs where services run apart; those that serve starts have its umask.
"""

from __future__ import annotations

import os
import sys

from client_import.errors import ClientImportError
from client_import.system.private import keep_private


def main() -> None:
    """Become the program of the command line; its files are for their owner, or with the setting for the group too."""
    try:
        keep_private()
    except ClientImportError as error:
        sys.exit(str(error))
    os.execvp(sys.argv[1], sys.argv[1:])


if __name__ == "__main__":
    main()
