"""The progress of a running import, for the page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from client_import.jobs.record import Job, JobProgress, Status

_STEPS = {
    "reading": "Read and check the rows",
    "planning": "Compare them with your clients",
    "applying": "Save the changes",
    "reporting": "Write the list of rows not imported",
}
_STEPS_OF_UNDO = {
    "planning": "See what was changed since",
    "applying": "Take the changes back",
    "reporting": "Write the list of what is left alone",
}
_WAITING = "waiting for "
_LEAST_SECONDS = 1.0
_LEAST_SHARE = 0.02


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of an import: ``steps``, each ``done``, ``now`` or ``next``, and the ``share`` of the file read.

    ``rate`` is in rows per second; values not known yet are None. ``announced``, for screen readers, changes rarely.
    """

    now: str
    steps: tuple[tuple[str, str], ...]
    share: float | None
    rate: float | None
    seconds: float
    seconds_left: float | None
    announced: str


def progress_of(job: Job, job_progress: JobProgress, time: datetime) -> Progress:
    """Return the progress of a job that was asked to start, at ``time``."""
    phase = job_progress.phase or ""
    began = job.started_date or job.created_date
    seconds = max((time - began).total_seconds(), 0.0)
    is_reading = phase == "reading" and job.status is Status.IN_PROGRESS
    share = job_progress.read_share if is_reading else None
    rate = left = None
    if is_reading and seconds >= _LEAST_SECONDS and job.processed_items:
        rate = job.processed_items / seconds
        if share is not None and share >= _LEAST_SHARE:
            left = seconds * (1 - share) / share
    words = _now(job, phase)
    quarter = f", {int(share * 4) * 25} % of the file" if share is not None and share >= 0.25 else ""
    return Progress(
        now=words,
        steps=_steps(_steps_of(job), phase),
        share=share,
        rate=rate,
        seconds=seconds,
        seconds_left=left,
        announced=f"{words}{quarter}",
    )


def _now(job: Job, phase: str) -> str:
    if job.status is Status.QUEUED:
        return "Waiting for its turn; it begins by itself"
    if phase.startswith(_WAITING):
        return f"Waiting for another import: {phase.removeprefix(_WAITING)}; it goes on by itself"
    return _steps_of(job).get(phase, "Getting ready")


def _steps_of(job: Job) -> dict[str, str]:
    return _STEPS_OF_UNDO if job.undoes else _STEPS


def _steps(steps: dict[str, str], phase: str) -> tuple[tuple[str, str], ...]:
    known = "planning" if phase.startswith(_WAITING) else phase
    at = list(steps).index(known) if known in steps else -1
    states = ("done" if place < at else "now" if place == at else "next" for place in range(len(steps)))
    return tuple(zip(steps.values(), states, strict=True))
