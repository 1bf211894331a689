"""The file spec: the layout and the mapping of a file, known before its rows are read."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

from client_import.mapping.profile import profile_columns
from client_import.mapping.resolve import Mapping, resolve, suggested_mapping
from client_import.mapping.saved import SavedMapping
from client_import.mapping.suggest import Suggestion, suggest
from client_import.options import ImportOptions
from client_import.paths import whole, write_whole
from client_import.reading.detect import detect_layout
from client_import.reading.layout import Layout
from client_import.reading.limits import Limits
from client_import.system.json_text import read_json_as


class KnownMappings(Protocol):
    """Saved mappings and those of earlier imports; see :class:`client_import.jobs.known_mappings.KnownMappings`."""

    def mapping_for(
        self, source: Path, layout: Layout, options: ImportOptions, limits: Limits
    ) -> tuple[Layout, SavedMapping | None]:
        """Return the layout with what an earlier import adds to it, and the mapping, or None to use suggestions."""
        ...


@dataclass(frozen=True, slots=True)
class FileSpec:
    """The layout of a file, and the mapping of its columns to fields."""

    layout: Layout
    mapping: Mapping

    def notes(self, options: ImportOptions) -> tuple[str, ...]:
        """Return the notes on the layout and the mapping, in sentences."""
        return (*self.layout.notes, *self.mapping.notes(self.holding(options)))

    def holding(self, options: ImportOptions) -> ImportOptions:
        """Return ``options``, completed with those of the import that rejected these rows before, if there was one."""
        return options.with_choices(self.layout.choices)

    @classmethod
    def load(cls, path: Path) -> FileSpec:
        """Read what :meth:`save` has written to ``path``. Raises StoreError if it is damaged."""
        with whole(path):
            return read_json_as(cls, path.read_bytes())

    def save(self, path: Path) -> None:
        """Write the file spec to ``path`` as JSON, completely or not at all."""
        write_whole(path, json.dumps(asdict(self)))


def make_file_spec(source: Path, options: ImportOptions, known: KnownMappings, limits: Limits) -> FileSpec:
    """Detect the layout of the file at ``source`` and map its columns; ``known`` has the saved mappings.

    Raises SourceError if the file is no table of text, and OptionsError if the options do not fit it.
    """
    layout = detect_layout(source, options, limits)
    layout, mapping = known.mapping_for(source, layout, options, limits)
    return FileSpec(layout, resolve(layout, options, mapping, _suggestions(source, layout, limits)))


def suggested_for(source: Path, options: ImportOptions, limits: Limits) -> Mapping:
    """Return the suggested mapping of the file at ``source``, changed by the column mappings of ``options``.

    Each column mapping replaces the suggestions for its header and for its field. Raises the same errors as
    :func:`make_file_spec`.
    """
    layout = detect_layout(source, options, limits)
    suggestions = _suggestions(source, layout, limits)
    own = options.column_mappings or ()
    headers = {mapping.csv_header.casefold() for mapping in own}
    fields = {mapping.target_field for mapping in own}
    kept = [
        mapping
        for mapping in suggested_mapping(suggestions)
        if mapping.csv_header.casefold() not in headers and mapping.target_field not in fields
    ]
    return resolve(layout, options.model_copy(update={"column_mappings": (*kept, *own)}), None, suggestions)


def _suggestions(source: Path, layout: Layout, limits: Limits) -> list[Suggestion]:
    return suggest(profile_columns(source, layout, limits), is_returned=layout.is_not_imported_file)
