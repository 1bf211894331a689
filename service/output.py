"""What goes to stdout for programs."""

from __future__ import annotations

import json
import sys


def print_json(content: object) -> None:
    """Print one JSON value, and nothing else, on stdout."""
    json.dump(content, sys.stdout, indent=2, ensure_ascii=False)
    sys.stdout.write("\n")
