"""What goes into the model of an import and what comes out of it: file, options, rows, verdicts, result."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from tests.support.model_cells import Cell, Kind, Value

Client = dict[str, Value]
Table = dict[str, Client]  # by the client's code, in lower case


@dataclass(frozen=True)
class File:
    """The records of a CSV file. A header that is a field's name is mapped to it, any other to nothing."""

    headers: tuple[str, ...]
    records: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Options:
    """The options of an import under the names the program has for them. None: not given."""

    match_on: str | None = None
    mode: str = "create-and-update"
    default_type: str | None = None
    blank: str = "keep"
    duplicates: str = "reject"
    max_errors: str | None = None


@dataclass(frozen=True)
class Row:
    """A data row: the number a spreadsheet shows, its mapped cells by field, and whether it overflows."""

    number: int
    cells: Mapping[str, Cell]
    overflows: bool

    def value(self, field: str) -> Value | None:
        """The clean value of a field; None when it is unmapped, blank or wrong."""
        cell = self.cells.get(field)
        return cell.value if cell else None

    def lacks(self, field: str) -> bool:
        """Whether the field is unmapped or its cell blank. A wrong cell is not blank."""
        cell = self.cells.get(field)
        return cell is None or cell.kind in (Kind.BLANK, Kind.NOT_AVAILABLE)


@dataclass(frozen=True)
class Verdict:
    """Why a row was not imported: `error` or `skipped`, and the reason codes (section 8)."""

    outcome: str
    reasons: frozenset[str]

    @classmethod
    def error(cls, *reasons: str) -> "Verdict":
        return cls("error", frozenset(reasons))

    @classmethod
    def skip(cls, reason: str) -> "Verdict":
        return cls("skipped", frozenset({reason}))


@dataclass(frozen=True)
class Result:
    """How an import ended: the counts of its job record, the rows not imported, the table after it."""

    status: str
    rows: tuple[int, ...]
    created: int
    updated: int
    verdicts: Mapping[int, Verdict]
    table: Table

    @property
    def total(self) -> int:
        return len(self.rows)

    @property
    def not_imported(self) -> dict[int, Verdict]:
        """Section 7: of an import that max errors stopped every row, rejected or not applied."""
        if self.status == "Completed":
            return dict(self.verdicts)
        stopped = Verdict("not_applied", frozenset({"max_errors"}))
        its = {number: self.verdicts.get(number, stopped) for number in self.rows}
        return {number: verdict if verdict.outcome == "error" else stopped for number, verdict in its.items()}

    @property
    def errors(self) -> int:
        return sum(verdict.outcome == "error" for verdict in self.verdicts.values())

    @property
    def skipped(self) -> int:
        return sum(verdict.outcome == "skipped" for verdict in self.verdicts.values())

    @property
    def outcome(self) -> str:
        """Section 1: `NothingImported`, else `WithErrors`, else `Clean`."""
        if self.created + self.updated == 0:
            return "NothingImported"
        return "WithErrors" if self.errors else "Clean"

    @property
    def reasons(self) -> dict[str, int]:
        """Per reason code, the number of rows that have it."""
        return dict(Counter(reason for verdict in self.verdicts.values() for reason in verdict.reasons))
