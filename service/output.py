"""What goes to stdout for programs, and to stderr as sentences: without anything that moves a cursor."""

from __future__ import annotations

import json
import sys

from client_import.printable import printable, printable_json


def print_json(content: object) -> None:
    """Print one JSON value, and nothing else, on stdout; what does not show itself is escaped."""
    for chunk in json.JSONEncoder(indent=2, ensure_ascii=False).iterencode(content):
        sys.stdout.write(printable_json(chunk))
    sys.stdout.write("\n")


def print_line(text: object) -> None:
    """Print ``text``, which may quote what came from outside, as one line on stdout."""
    print(printable(str(text)))


def print_error(text: object) -> None:
    """Print ``text``, which may quote what came from outside, as one line on stderr."""
    print(printable(str(text)), file=sys.stderr)
