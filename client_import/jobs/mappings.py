"""The saved mappings in the job store (docs/rules.md, section 3)."""

from __future__ import annotations

from contextlib import suppress

import sqlalchemy as sa

from client_import.jobs.relational import Relational
from client_import.jobs.tables import csv_mappings
from client_import.mapping.saved import (
    MappingExistsError,
    ReadOnlyMappingError,
    SavedMapping,
    free_code,
    presets,
    unknown_mapping,
)


class MappingStore:
    """The presets, and the mappings that were saved."""

    def __init__(self, database: Relational) -> None:
        self._database = database

    def all(self) -> list[SavedMapping]:
        """Return the presets and the saved mappings, by code."""
        with self._database.translating_errors():
            saved = [
                SavedMapping.model_validate_json(row.content) for row in self._database.read(sa.select(csv_mappings))
            ]
        return [*presets(), *sorted(saved, key=lambda mapping: mapping.code)]

    def get(self, code: str) -> SavedMapping:
        """Return the mapping ``code``; raises OptionsError when there is none."""
        known = {mapping.code: mapping for mapping in self.all()}
        if code not in known:
            raise unknown_mapping(code, list(known))
        return known[code]

    def save(self, mapping: SavedMapping) -> SavedMapping:
        """Keep ``mapping`` under its code, in the place of an older one; raises ReadOnlyMappingError for a preset."""
        self._refuse_preset(mapping.code)
        old = {saved.code: saved for saved in self.all()}.get(mapping.code)
        kept = self._dated(mapping, old)
        self._database.put(csv_mappings, _row(kept), replaces=True)
        return kept

    def add(self, mapping: SavedMapping) -> SavedMapping:
        """Keep the new ``mapping`` under its code; raises MappingExistsError if that is taken."""
        kept = self._dated(mapping, None)
        if _is_preset(mapping.code) or not self._database.put(csv_mappings, _row(kept), replaces=False):
            raise MappingExistsError(
                f"There is a mapping {mapping.code} already. Give another code, or change that mapping."
            )
        return kept

    def add_by_name(self, mapping: SavedMapping) -> SavedMapping:
        """Keep the new ``mapping`` under a free code that is made from its name, whatever its own code is."""
        while True:  # another program may take the code that was free
            code = free_code(mapping.name, {known.code for known in self.all()})
            with suppress(MappingExistsError):
                return self.add(mapping.model_copy(update={"code": code}))

    def delete(self, code: str) -> None:
        """Forget the mapping ``code``; raises OptionsError when there is none, ReadOnlyMappingError for a preset."""
        self._refuse_preset(self.get(code).code)
        self._database.write(sa.delete(csv_mappings).where(csv_mappings.c.code == code))

    def _dated(self, mapping: SavedMapping, old: SavedMapping | None) -> SavedMapping:
        saved = self._database.now()
        created = old.created_date if old else saved
        return mapping.model_copy(update={"created_date": created, "updated_date": saved, "is_preset": False})

    def _refuse_preset(self, code: str) -> None:
        if _is_preset(code):
            raise ReadOnlyMappingError(f"The mapping {code} is a preset and read-only; save yours under another code.")


def _is_preset(code: str) -> bool:
    return code in {preset.code for preset in presets()}


def _row(mapping: SavedMapping) -> dict[str, str]:
    return {"code": mapping.code, "content": mapping.model_dump_json(by_alias=True)}
