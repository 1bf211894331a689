"""What goes to stdout and, as sentences, to stderr: without anything that moves a cursor."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from client_import.jobs import Job
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
    """Print ``text``, which may quote what came from outside, as one line on stderr, if that takes it."""
    with suppress(OSError, ValueError):
        print(printable(str(text)), file=sys.stderr)


@contextmanager
def printing(job: Job) -> Iterator[None]:
    """Print the result of ``job``; when stdout takes no more, say on stderr what became of the job.

    The exit status is then still that of the job: what it did does not depend on who reads of it.
    """
    try:
        yield
        sys.stdout.flush()
    except OSError as error:
        counts = job.counts
        print_error(
            f"The result cannot be printed ({error.strerror}). Job {job.code} is {job.status}: {counts.created:,} "
            f"created, {counts.updated:,} updated, {counts.skipped:,} skipped, {counts.errors:,} rejected. "
            f"`client-import job {job.code}` shows it."
        )
        with suppress(OSError):
            sys.stdout.close()
