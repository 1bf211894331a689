"""What the plan of an import needs of the clients (:class:`client_import.clients.needs.Needs`)."""

from __future__ import annotations

from client_import.clients.needs import Needs
from client_import.fields.catalogue import BY_NAME
from client_import.mapping.resolve import Mapping
from client_import.merge.expressions import merged_values
from client_import.options import ImportOptions, MatchField, Mode
from client_import.validation.stage import Staged


def needs_of(mapping: Mapping, options: ImportOptions, staged: Staged) -> Needs:
    """Return what planning and applying the ``staged`` rows needs, and what showing the changes of an update does."""
    merged = merged_values(mapping, options, clears=staged.clears)
    return Needs(
        columns=tuple(dict.fromkeys(("code", "type", "status", *merged))),
        match_column=BY_NAME[mapping.match_field].column,
        reads_codes=mapping.gives_codes,
        makes_codes=mapping.match_field != MatchField.CODE and options.import_mode is not Mode.UPDATE_ONLY,
    )
