"""The job record: what users and programs see of one import (docs/rules.md, section 1)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum

from client_import.errors import OptionsError
from client_import.options import choose


class Status(StrEnum):
    """Queued -> InProgress -> one of the final three; Queued -> Failed or Cancelled (L4)."""

    QUEUED = "Queued"
    IN_PROGRESS = "InProgress"
    COMPLETED = "Completed"
    FAILED = "Failed"
    CANCELLED = "Cancelled"

    @property
    def is_final(self) -> bool:
        """Whether the job has ended."""
        return self in (Status.COMPLETED, Status.FAILED, Status.CANCELLED)

    @classmethod
    def parse(cls, text: str) -> Status:
        """Return the status ``text`` names, in any case; raises OptionsError."""
        try:
            return choose(cls, text)
        except ValueError as error:
            raise OptionsError(f"status: {error}") from None


@dataclass(frozen=True, slots=True)
class Counts:
    """How many data rows came to which end; all zero until they did.

    Those of an undo are clients: brought back, put back, left alone, and removed.
    """

    created: int = 0
    updated: int = 0
    skipped: int = 0
    errors: int = 0
    removed: int = 0
    """By an undo, of clients; an import removes none."""

    @property
    def total(self) -> int:
        """All rows, or clients of an undo, that came to an end."""
        return self.changed + self.not_imported

    @property
    def changed(self) -> int:
        """All that have changed the table."""
        return self.created + self.updated + self.removed

    @property
    def not_imported(self) -> int:
        """The rows that are in ``not_imported.csv``: skipped and rejected."""
        return self.skipped + self.errors

    def __str__(self) -> str:
        return f"{self.created:,} created, {self.updated:,} updated, {self.skipped:,} skipped, {self.errors:,} rejected"


@dataclass(frozen=True, slots=True)
class Job:
    """One import, or the undo of the job that it ``undoes``. Times are aware and UTC; ``counts`` follow L1 to L5."""

    code: str
    status: Status
    file_name: str
    created_date: datetime
    total_items: int | None = None
    processed_items: int = 0
    counts: Counts = Counts()
    started_date: datetime | None = None
    completed_date: datetime | None = None
    failure_reason: str | None = None
    has_not_imported: bool = False
    not_imported_download_url: str | None = None
    are_files_removed: bool = False
    notes: tuple[str, ...] = ()
    undoes: str | None = None
    undone_by: str | None = None
    is_lost: bool = False
    """Completed, and the clients database does not have it any more."""

    @property
    def kind(self) -> str:
        """What it is called in sentences: an import, or an undo."""
        return "undo" if self.undoes else "import"

    @property
    def nothing_done(self) -> str:
        """That the job has changed nothing, in words."""
        return f"nothing was {'undone' if self.undoes else 'imported'}"

    @property
    def result(self) -> str:
        """The counts in words."""
        counts = self.counts
        if not self.undoes:
            return str(counts)
        return (
            f"{counts.removed:,} removed, {counts.updated:,} put back, {counts.created:,} brought back, "
            f"{counts.skipped:,} left alone"
        )

    @property
    def outcome(self) -> str | None:
        """``NothingImported``, ``WithErrors`` or ``Clean`` once the job has ended; None before."""
        if not self.status.is_final:
            return None
        if not self.counts.changed:
            return "NothingImported"
        return "WithErrors" if self.counts.errors else "Clean"

    @property
    def seconds(self) -> float | None:
        """How long the job took, from its start to its end; None for one that has not begun, or not ended."""
        if self.started_date is None or self.completed_date is None:
            return None
        return (self.completed_date - self.started_date).total_seconds()

    def end_now(self) -> datetime:
        """Return the time of an end now, which is never before its start, whatever the clocks say."""
        return max(now(), self.started_date or self.created_date)

    def completed(self, total_items: int, counts: Counts) -> Job:
        """Return the job as it is once it is applied: Completed now, with these ``counts`` of all its items."""
        return replace(
            self,
            status=Status.COMPLETED,
            total_items=total_items,
            processed_items=total_items,
            counts=counts,
            completed_date=self.end_now(),
            has_not_imported=counts.not_imported > 0,
        )

    def with_url(self, url: str) -> Job:
        """Return the record with ``url`` as its download, when it has ended and has rows to download."""
        is_there = self.has_not_imported and self.status.is_final and not self.are_files_removed
        return replace(self, not_imported_download_url=url if is_there else None)

    def to_json(self) -> dict[str, str | int | list[str] | None]:
        """Return the public record: the fields of docs/rules.md, section 1, in its order, then the notes.

        An undo has two fields more, and a job that is undone one.
        """
        record: dict[str, str | int | list[str] | None] = {
            "code": self.code,
            "status": self.status.value,
            "fileName": self.file_name,
            "totalItems": self.total_items,
            "processedItems": self.processed_items,
            "createdCount": self.counts.created,
            "updatedCount": self.counts.updated,
            "skippedCount": self.counts.skipped,
            "errorCount": self.counts.errors,
            "startedDate": iso(self.started_date),
            "completedDate": iso(self.completed_date),
            "createdDate": iso(self.created_date),
            "notImportedDownloadUrl": self.not_imported_download_url,
            "failureReason": self.failure_reason,
            "outcome": self.outcome,
            "notes": list(self.notes),
        }
        if self.undoes:
            record |= {"removedCount": self.counts.removed, "undoes": self.undoes}
        if self.undone_by:
            record["undoneBy"] = self.undone_by
        return record


@dataclass(frozen=True, slots=True)
class JobProgress:
    """What a running import is at: its phase, and the share of the file that is read, from 0 to 1."""

    phase: str | None
    read_share: float | None


def now() -> datetime:
    """Return the time, aware, in UTC."""
    return datetime.now(UTC)


def iso(time: datetime | None) -> str | None:
    """Return ``time`` as ISO 8601 in UTC with a trailing Z."""
    return None if time is None else time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
