"""The first rows that an import would reject, with their cells as the file has them, before anything is imported."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from client_import.fixing.verdict import CellError
from client_import.mapping.resolve import Mapping
from client_import.paths import JobFolder
from client_import.reports.row_errors_page import errors_of
from client_import.validation.validate import MASK

_ERRORS_A_ROW = 8
"""About as many as a row has; of those with more, fewer rows are shown."""


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row that would be rejected: its number, a cell for each mapped column, masked if sensitive, and its errors."""

    row: int
    cells: tuple[str, ...]
    errors: tuple[CellError, ...]


def first_rejected(folder: JobFolder, mapping: Mapping, limit: int) -> tuple[RejectedRow, ...]:
    """Return up to ``limit`` rejected rows, in the order of the file, of the planned dry run in ``folder``.

    Their cells are those of ``mapping.columns``. Memory is bounded by a batch of the staged cells.
    """
    most = limit * _ERRORS_A_ROW
    found = errors_of(folder, 0, most)
    errors = defaultdict(list)
    for error in found:
        errors[error.row].append(CellError(error.row, error.column, error.reason, error.message))
    if len(found) == most and len(errors) > 1:
        del errors[found[-1].row]  # it may have more
    rows = [*errors][:limit]
    positions = [column.position for column in mapping.columns]
    hidden = [column.field.sensitive for column in mapping.columns]
    return tuple(
        RejectedRow(
            row,
            tuple(
                MASK if is_hidden and cells[at] else cells[at] for at, is_hidden in zip(positions, hidden, strict=True)
            ),
            tuple(errors[row]),
        )
        for row, cells in _cells(folder, rows)
    )


def _cells(folder: JobFolder, rows: Sequence[int]) -> Iterator[tuple[int, list[str]]]:
    """Yield each of the ``rows``, which are in the order of the file, with all cells of the file's columns."""
    wanted = np.array(rows, np.int64)
    for part in folder.cells:
        with pa.ipc.open_file(str(part)) as cells:
            for place in range(cells.num_record_batches):
                if not len(wanted):
                    return
                batch = cells.get_batch(place)
                numbers = batch.column(0).to_numpy()
                here = wanted[(wanted >= numbers[0]) & (wanted <= numbers[-1])] if len(numbers) else wanted[:0]
                kept = batch.take(pa.array(np.searchsorted(numbers, here)))
                columns = [column.to_pylist() for column in kept.columns[1:-1]]
                for row, *texts in zip(here.tolist(), *columns, strict=True):
                    yield row, texts
                wanted = wanted[len(here) :]
