"""Preview a file for the command line, in a process with the same limits as previews of the HTTP API."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from client_import.dry_run import DryRun
from client_import.mapping.file_spec import FileSpec
from client_import.mapping.resolve import Mapping
from client_import.options import ImportOptions
from client_import.preview import Preview
from client_import.reading.source import keep_source
from client_import.system.scratch import scratch, sweep
from service import preview_tasks
from service.place import Place
from service.preview_pool import PreviewCutOffError, PreviewPool


@dataclass(frozen=True, slots=True)
class FilePreview:
    """Previews of the file ``source``; a method that takes more than the settings allow raises PreviewCutOffError."""

    previews: PreviewPool
    source: Path

    def preview(self, options: ImportOptions, rows: int | None) -> Preview:
        """Return the preview with its plan and the first ``rows`` rows, or all rows with None.

        If the plan takes too much, it is left out and ``trouble`` says why. Raises SourceError when the file is no
        table of text.
        """
        seen = self.previews.quick(preview_tasks.seen, self.source, options, rows)
        if seen.mapping is None:
            return seen
        try:
            file_spec = FileSpec(seen.layout, seen.mapping)
            return replace(seen, run=self.previews.long(preview_tasks.planned, self.source, file_spec, options))
        except PreviewCutOffError as error:
            return replace(seen, trouble=f"There is no plan. {error}")

    def dry_run(self, options: ImportOptions) -> DryRun:
        """Return what the import would do; raises OptionsError when ``options`` do not fit the file."""
        return self.previews.long(preview_tasks.tried, self.source, options)

    def suggested(self, options: ImportOptions) -> Mapping:
        """Return the suggested mapping; raises OptionsError when there is none."""
        return self.previews.quick(preview_tasks.suggested, self.source, options)


@contextmanager
def preview_file(place: Place, stream: BinaryIO) -> Iterator[FilePreview]:
    """Yield previews of the file that ``stream`` reads; their process and its files are removed at the end.

    A file is read in place. Input from a pipe is first kept in a scratch folder.
    """
    try:
        with (
            closing(PreviewPool(place.settings, in_copies=True)) as previews,
            scratch(place.home.scratch, "preview") as folder,
        ):
            source = _place_of(stream)
            if source is None:
                source = folder / "source"
                keep_source(stream, source)
            yield FilePreview(previews, source)
    finally:
        sweep(place.home.scratch)


def _place_of(stream: BinaryIO) -> Path | None:
    """Return the path of the file behind ``stream``; None if it is no file, or is not at its start."""
    with suppress(OSError, ValueError, TypeError):
        opened = os.fstat(stream.fileno())
        path = Path(f"/proc/self/fd/{stream.fileno()}").resolve(strict=True)
        if stat.S_ISREG(opened.st_mode) and os.path.samestat(opened, path.stat()) and not stream.tell():
            return path
    return None
