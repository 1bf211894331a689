"""What is wrong with rejected rows as they are typed now, by the functions that read and validate a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pyarrow as pa

from client_import.field_types.registry import Rules
from client_import.fixing.corrected import ReturnedFile, row_numbers
from client_import.mapping.resolve import Mapping
from client_import.reading.layout import RECORD_COLUMN
from client_import.reading.limits import Limits
from client_import.reading.reader import read_rows
from client_import.reports.messages import SentenceParts, sentence_parts
from client_import.row_errors import RECORD_REASONS, WHOLE_ROW
from client_import.system.scratch import scratch
from client_import.validation.validate import Validator


@dataclass(frozen=True, slots=True)
class CellError:
    """One thing that is wrong with a row: the header of its cell, None for the whole row, the code and the sentence."""

    row: int
    header: str | None
    reason: str
    message: str


@dataclass(frozen=True)
class Judge:
    """Validates rows as their ``file`` would be if it were imported with this ``mapping`` and these ``rules``.

    What depends on other rows and on the clients is not looked at.
    """

    file: ReturnedFile
    mapping: Mapping
    rules: Rules
    limits: Limits

    def errors(self, header: bytes, table: pa.Table, scratch_folder: Path) -> list[CellError]:
        """Return what is wrong with the rows of ``table``, by row and column.

        ``header`` is the header record of the file. A row that is blank is none of the file, and nothing is wrong.
        """
        numbers = row_numbers(table)
        with scratch(scratch_folder, "fixes") as folder:
            path = folder / "rows.csv"
            with path.open("wb") as written:
                written.write(header)
                written.write(self.file.lines(table))
            batches = self.limits.applied(read_rows(path, self.file.layout, self.limits))
            found = [self._validator.validate(batch).row_errors for batch in batches]
        in_file = pa.concat_tables(found).to_pylist() if found else []
        real = [{**each, "row": int(numbers[each["row"] - 2])} for each in in_file]  # below the header, which is row 1
        return list(self.worded(sorted(real, key=lambda each: (each["row"], each["position"], each["reason"]))))

    def worded(self, row_errors: Sequence[dict[str, object]]) -> Iterator[CellError]:
        """Yield row errors, rows with ROW_ERROR_SCHEMA, with their sentences and headers."""
        for error in row_errors:
            field, reason, detail = error["field"], str(error["reason"]), error["detail"]
            parts = self._parts.get((field, reason, detail)) or self._parts.get((field, reason, None))
            header = self._headers.get(error["position"])
            if error["position"] == WHOLE_ROW and reason in RECORD_REASONS and RECORD_COLUMN in self.file.editable:
                header = RECORD_COLUMN
            message = parts.message(str(error["value"] or ""), str(detail or "")) if parts else reason
            yield CellError(int(str(error["row"])), header, reason, message)

    @cached_property
    def _validator(self) -> Validator:
        return Validator(self.mapping, self.rules)

    @cached_property
    def _headers(self) -> dict[object, str]:
        return {column.position: column.header for column in self.mapping.columns}

    @cached_property
    def _parts(self) -> dict[tuple[object, str, object], SentenceParts]:
        return {
            (parts.field, parts.reason.value, parts.hint.value if parts.hint else None): parts
            for parts in sentence_parts(self.mapping)
        }
