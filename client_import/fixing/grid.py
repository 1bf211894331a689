"""The rejected rows of a job as a grid: pages of them, with what is typed and what is wrong with that."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from client_import.errors import FixError
from client_import.field_types.registry import Rules
from client_import.fixing.corrected import ReturnedFile, corrected, corrected_batches, write_corrected
from client_import.fixing.rows_index import RowsIndex
from client_import.fixing.typed import Cell, Replacement, TypedStore
from client_import.fixing.verdict import CellError, Judge
from client_import.mapping.file_spec import FileSpec
from client_import.options import ImportOptions
from client_import.paths import JobFolder
from client_import.reading.layout import RECORD_COLUMN
from client_import.reading.limits import Limits
from client_import.validation.stage import Staged
from client_import.validation.validate import MASK


@dataclass(frozen=True, slots=True)
class GridColumn:
    """A column that can be typed into; ``field`` is None where it is not imported."""

    header: str
    field: str | None
    is_sensitive: bool


@dataclass(frozen=True, slots=True)
class GridRow:
    """A rejected row as it is now: its ``cells``, one for each column, and what is wrong with them.

    ``typed`` are the headers of cells that are not as they were in the file. ``is_blank`` says that the row is left out
    of an import, because nothing is in it.
    """

    row: int
    cells: tuple[str, ...]
    typed: tuple[str, ...]
    errors: tuple[CellError, ...]
    is_blank: bool


@dataclass(frozen=True, slots=True)
class WantedRows:
    """Which rejected rows are wanted: those with an error in the ``column``, for the ``reason``; None is any.

    These are the errors of the import, so that a row does not vanish when it is put right. With ``typed_only`` they are
    those with a typed cell, whatever their errors.
    """

    column: str | None = None
    reason: str | None = None
    typed_only: bool = False


@dataclass(frozen=True, slots=True)
class GridPage:
    """Some of the wanted rows; ``wanted`` is how many there are, ``total`` counts all, ``touched`` typed rows.

    ``replacements`` are the values replaced in whole columns.
    """

    columns: tuple[GridColumn, ...]
    rows: tuple[GridRow, ...]
    wanted: int
    total: int
    touched: int
    replacements: tuple[Replacement, ...]


@dataclass(frozen=True)
class Grid:
    """The rejected rows of the ended job in ``folder``, which was imported with ``options``.

    Every method raises StoreError where a file of the job is damaged or gone.
    """

    folder: JobFolder
    options: ImportOptions
    limits: Limits

    def page(self, wanted: WantedRows, offset: int, limit: int, *, reveal: bool = False) -> GridPage:
        """Return up to ``limit`` of the ``wanted`` rows in the order of the file, without the first ``offset``.

        Sensitive cells are masked unless ``reveal``. Raises FixError for an unknown column.
        """
        if wanted.typed_only:
            count, rows = self._store.count_touched(), self._store.touched(offset, limit)
        else:
            position = None if wanted.column is None else self._position(wanted.column)
            count = self._index.count(position, wanted.reason)
            rows = self._index.rows(offset, limit, position, wanted.reason).tolist()
        return GridPage(
            self.columns,
            self.rows(rows, reveal=reveal),
            count,
            self._index.total,
            self._store.count_touched(),
            tuple(self._store.replacements()),
        )

    def rows(self, rows: Sequence[int], *, reveal: bool = False) -> tuple[GridRow, ...]:
        """Return these rows, in the order of the file. Raises FixError if one of them was not rejected."""
        if not rows:
            return ()
        rows = sorted({*rows})
        before = self._file.parsed(self._index.lines(rows))
        now = corrected(before, self._store.of_rows(rows), self._store.replacements())
        then, texts = (table.select(self._file.editable).to_pylist() for table in (before, now))
        typed = [
            tuple(header for header in old if old[header] != new[header]) for old, new in zip(then, texts, strict=True)
        ]
        errors = self._errors(rows, now, typed)
        hidden = set() if reveal else {column.header for column in self.columns if column.is_sensitive}
        return tuple(
            GridRow(
                row=row,
                cells=tuple(MASK if header in hidden and text else text for header, text in cells.items()),
                typed=changed,
                errors=tuple(errors[row]) if (is_there := any(map(str.strip, cells.values()))) else (),
                is_blank=not is_there,
            )
            for row, cells, changed in zip(rows, texts, typed, strict=True)
        )

    def type(self, cells: Sequence[Cell], *, reveal: bool = False) -> tuple[GridRow, ...]:
        """Keep what is typed into ``cells``, and return their rows.

        Raises FixError, and keeps nothing, if a cell is not one of the rejected rows, or its text is too long.
        """
        self._index.check([cell.row for cell in cells])
        for cell in cells:
            self._check(cell.header, cell.text or "")
        self._store.keep(cells)
        return self.rows([cell.row for cell in cells], reveal=reveal)

    def replace(self, header: str, old: str, new: str) -> Replacement:
        """Replace ``old`` by ``new`` in the whole column, in all rejected rows. Raises FixError as :meth:`type` does.

        Reads all rows to count those that say ``old``; memory does not grow with them.
        """
        self._check(header, new)
        says_old = 0
        for table in corrected_batches(self._file, self.folder.rejected, self._store):
            says_old += pc.sum(pc.equal(table.column(header), old)).as_py() or 0
        if not says_old:
            raise FixError(f'No cell of the column {header} says "{old}" now. Load the page again.')
        return self._store.replace(header, old, new, says_old)

    def take_back(self, step: int) -> None:
        """Take the replacement of that ``step`` back, if there is one."""
        self._store.take_back(step)

    def write(self, source: Path, target: Path) -> None:
        """Write ``source``, a file of rows not imported of the job, with everything that is typed to ``target``."""
        write_corrected(self._file, self._index.header(), source, self._store, target)

    @cached_property
    def columns(self) -> tuple[GridColumn, ...]:
        """The columns that can be typed into; ``import_record`` is the last of them, if there is one."""
        mapped = {column.header: column.field for column in self._spec.mapping.columns}
        return tuple(
            GridColumn(header, mapped[header].name, mapped[header].sensitive)
            if header in mapped
            else GridColumn(header, None, is_sensitive=False)
            for header in self._file.editable
        )

    def _errors(self, rows: list[int], now: pa.Table, typed: list[tuple[str, ...]]) -> dict[int, list[CellError]]:
        """Return what is wrong with each row, with the errors that came from other rows and whose cell is as it was."""
        changed = dict(zip(rows, typed, strict=True))
        from_others = self._judge.worded(self._index.row_level_errors(rows).to_pylist())
        errors = defaultdict(list)
        for error in self._judge.errors(self._index.header(), now, self.folder.scratch):
            errors[error.row].append(error)
        for error in from_others:
            if error.header not in changed[error.row] and error not in errors[error.row]:
                errors[error.row].append(error)
        return errors

    def _check(self, header: str, text: str) -> None:
        self._position(header)
        if len(text.encode("utf-8", "surrogatepass")) > self.limits.cell_bytes:
            raise FixError(
                f"A cell of the column {header[:80]} would have more than {self.limits.cell_bytes:,} bytes. Shorten "
                "it, or raise CLIENT_IMPORT_MAX_CELL_BYTES."
            )

    def _position(self, header: str) -> int:
        if header not in self._file.editable:
            raise FixError(f"The rejected rows have no column {header[:80]}.")
        return -1 if header == RECORD_COLUMN else self._spec.layout.headers.index(header)

    @cached_property
    def _spec(self) -> FileSpec:
        return FileSpec.load(self.folder.layout)

    @cached_property
    def _file(self) -> ReturnedFile:
        keeps_records = Staged.load(self.folder.staged).keeps_records
        return ReturnedFile.of(self._spec.layout.headers, keeps_records=keeps_records)

    @cached_property
    def _index(self) -> RowsIndex:
        return RowsIndex.made(self.folder)

    @cached_property
    def _store(self) -> TypedStore:
        return TypedStore(self.folder)

    @cached_property
    def _judge(self) -> Judge:
        rules = Rules(day_first=self._spec.holding(self.options).day_first)
        return Judge(self._file, self._spec.mapping, rules, self.limits)


def is_prepared(folder: JobFolder) -> bool:
    """Return whether the rows of the job in ``folder`` can be read at once, without reading all of them first."""
    return RowsIndex(folder).is_made
