"""What Spark is sent: this package, and the function that its tasks call."""

from __future__ import annotations

import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa

CODE = "client_import_code"
"""The folder that the executors unpack this package into, in the working directory of a task."""


@contextmanager
def main_with_a_file() -> Iterator[None]:
    """Give the main module a file within the block, if it has none, as in ``python -c``.

    PySpark takes a process without one for its own doctests, and ends it.
    """
    main = sys.modules["__main__"]
    if hasattr(main, "__file__"):
        yield
        return
    main.__file__ = "-"
    try:
        yield
    finally:
        del main.__file__


def work_of(payload: bytes, code: str = CODE) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """Return what a task does. It is sent as it is, since the executors have to find this package first."""

    def work(places: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        import sys
        from pathlib import Path

        import pyarrow as pa

        unpacked = str(Path.cwd() / code)
        if unpacked not in sys.path:
            sys.path.insert(0, unpacked)
        try:
            from client_import.validation.spark_task import stage_tasks
        except ImportError as error:
            lacking = {"part": [0], "summary": [""], "problem": ["libraries"], "words": [str(error)]}
            yield pa.RecordBatch.from_pydict(lacking)
        else:
            yield from stage_tasks(payload, places)

    return work


def packed_code(folder: Path) -> Path:
    """Return an archive in ``folder`` that has the package ``client_import``."""
    package = Path(__file__).parents[1]
    path = folder / f"{CODE}.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(package.rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts:
                archive.write(file, file.relative_to(package.parent))
    return path
