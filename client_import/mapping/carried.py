"""What of an import's options also holds for its rejected rows when they come back (docs/rules.md, section 8)."""

from __future__ import annotations

from client_import.fields.headers import fields_of_header
from client_import.mapping.resolve import Mapping
from client_import.options import OFFERED, ColumnMapping, Concern, ImportOptions

_LEFT_OUT = {name for name, offered in OFFERED.items() if offered.concern in (Concern.LAYOUT, Concern.WHOLE)}


def carried(options: ImportOptions, mapping: Mapping | None) -> ImportOptions:
    """Return ``options`` without how the file was read, and without what stops an import.

    ``mapping`` is what the import used. It is one of the choices where cells decided it rather than headers alone:
    the few rows that come back might say something else.
    """
    kept = options.model_dump(exclude=_LEFT_OUT, exclude_none=True, exclude_unset=True)
    is_chosen = options.mapping_code is not None or options.column_mappings is not None
    if mapping is not None and not is_chosen and not _are_named(mapping):
        kept["column_mappings"] = [
            ColumnMapping(csv_header=column.header, target_field=column.field_name) for column in mapping.columns
        ]
    return ImportOptions.model_validate(kept)


def _are_named(mapping: Mapping) -> bool:
    """Whether the headers alone say where the columns go."""
    return all(fields_of_header(column.header) == (column.field_name,) for column in mapping.columns)
