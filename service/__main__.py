"""What the command ``client-import`` starts: loads the command line, which Ctrl-C may end before it is there."""

from __future__ import annotations

import sys

_CANCELLED = 130


def main() -> None:
    """Run the command line. Ctrl-C before it is loaded ends the process with exit status 130, and no traceback."""
    try:
        # Imported here so that an interrupt while it is being imported, which takes a second, is caught.
        from service.cli import main as run
    except KeyboardInterrupt:
        sys.exit(_CANCELLED)
    run()


if __name__ == "__main__":
    main()
