"""Select the options of an import that still apply when its rejected rows are imported again.

See docs/rules.md, section 8.
"""

from __future__ import annotations

from client_import.fields.headers import fields_of_header
from client_import.mapping.resolve import Mapping, chosen_match_field
from client_import.options import OFFERED, ColumnMapping, Concern, ImportOptions

_LEFT_OUT = {name for name, offered in OFFERED.items() if offered.concern in (Concern.LAYOUT, Concern.WHOLE)}


def carried(options: ImportOptions, mapping: Mapping | None) -> ImportOptions:
    """Return ``options`` without those on how the file is read, and without those that stop an import.

    ``mapping`` is the one that the import used. If it was suggested by values and not by headers alone, or was that of
    the import before, it is added with its match field and its words, because the few rows imported again might suggest
    another.
    """
    kept = options.model_dump(exclude=_LEFT_OUT, exclude_none=True, exclude_unset=True)
    is_chosen = options.mapping_code is not None or options.column_mappings is not None
    if mapping is not None and not is_chosen and not _are_named(mapping):
        kept["column_mappings"] = [
            ColumnMapping(csv_header=column.header, target_field=column.field_name) for column in mapping.columns
        ]
        fields = [column.field_name for column in mapping.columns]
        if mapping.match_field != chosen_match_field(options, None, fields):
            kept["match_field"] = mapping.match_field
        if mapping.values:
            kept["value_mappings"] = {words.field_name: dict(words.pairs) for words in mapping.values}
    return ImportOptions.model_validate(kept)


def _are_named(mapping: Mapping) -> bool:
    """Return whether the headers alone determine the mapping."""
    return all(fields_of_header(column.header) == (column.field_name,) for column in mapping.columns)
