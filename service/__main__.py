"""What the command ``client-import`` starts: loads the command line, which Ctrl-C may end before it is there."""

from __future__ import annotations

import gc
import sys

_CANCELLED = 130

_GARBAGE_AFTER = 1_000_000
"""New objects between two garbage collections. Half as many, nearly all of which stay, come with what is imported; an
import of any size makes few more, so most commands end before the first."""


def main() -> None:
    """Run the command line. Ctrl-C before it is loaded ends the process with exit status 130, and no traceback."""
    gc.set_threshold(_GARBAGE_AFTER)
    try:
        # Imported here so that an interrupt while it is being imported, which takes a second, is caught.
        from service.cli import main as run
    except KeyboardInterrupt:
        sys.exit(_CANCELLED)
    run()


if __name__ == "__main__":
    main()
