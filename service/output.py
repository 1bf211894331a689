"""What goes to stdout."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from client_import.jobs import Job


def print_json(content: object) -> None:
    """Print one JSON value, and nothing else, on stdout."""
    json.dump(content, sys.stdout, indent=2, ensure_ascii=False)
    sys.stdout.write("\n")


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
        with suppress(OSError):
            print(
                f"The result cannot be printed ({error.strerror}). Job {job.code} is {job.status}: {counts.created:,} "
                f"created, {counts.updated:,} updated, {counts.skipped:,} skipped, {counts.errors:,} rejected. "
                f"`client-import job {job.code}` shows it.",
                file=sys.stderr,
            )
        with suppress(OSError):
            sys.stdout.close()
