"""What a receiver is told of an ended job: its public record, which has no value of a client, and where it is shown."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

from client_import.jobs.record import Job, Status
from client_import.receivers import Outcome
from client_import.system.printable import printable


@dataclass(frozen=True, slots=True)
class Message:
    """An ended job as a ``title`` and a ``text`` of a few lines, for people, and as a JSON ``body``, for programs."""

    outcome: Outcome
    title: str
    text: str
    body: bytes


def message_of(job: Job, public_url: str) -> Message:
    """Return the message on the ended ``job``.

    It never has a link to rows not imported: such a link needs no key. The page of the job has one, and asks for a key;
    its address begins with ``public_url``, and without that there is none.
    """
    page = f"{public_url.rstrip('/')}/jobs/{job.code}" if public_url else None
    record = {**replace(job, not_imported_download_url=None).to_json(), "pageUrl": page}
    said = [f"Job {job.code}: {job.result}.", job.failure_reason, *job.notes, page]
    return Message(
        outcome_of(job),
        title=printable(f"{job.kind.capitalize()} of {job.undoes or job.file_name}{_how(job)}"),
        text="\n".join(printable(line) for line in said if line),
        body=json.dumps(record).encode("ascii"),
    )


def outcome_of(job: Job) -> Outcome:
    """Return which outcome of CLIENT_IMPORT_NOTIFY the ended ``job`` has."""
    if job.status is Status.COMPLETED:
        return Outcome.ERRORS if job.counts.errors else Outcome.CLEAN
    return Outcome.FAILED if job.status is Status.FAILED else Outcome.CANCELLED


def _how(job: Job) -> str:
    match outcome_of(job):
        case Outcome.ERRORS:
            rejected = job.counts.errors
            return f": completed, {rejected:,} row{'s were' if rejected > 1 else ' was'} rejected"
        case outcome:
            return f": {'completed' if outcome is Outcome.CLEAN else outcome}"
