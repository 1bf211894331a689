"""The catalogue of client fields, read from fields.csv, which has one field per line."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

FIELDS_CSV = Path(__file__).with_name("fields.csv")

NEVER_EMPTIED = frozenset({"Code", "Name", "Type", "Status"})
"""Fields that are never emptied, neither by a blank cell nor by ``#N/A`` (docs/rules.md, section 5)."""

MATCHABLE = frozenset({"Code", "CompanyNumber", "InternalReference", "NiNumber", "Name", "Email"})
"""Fields that can be the match field; the same as :class:`client_import.options.MatchField`."""


@dataclass(frozen=True, slots=True)
class Field:
    """One client field.

    ``name`` is the name for users (``CompanyNumber``), ``column`` the column of the table ``clients``
    (``company_number``), and ``type`` a key of :data:`client_import.field_types.registry.VALUE_TYPES`. ``max_length``
    is the greatest number of characters of a normalised value, or None. ``rule`` and ``notes`` are text for users, but
    the rule of an ``enum`` or ``enum_list`` field is the list of its members.
    """

    name: str
    column: str
    type: str
    max_length: int | None
    rule: str
    notes: str

    @property
    def members(self) -> tuple[str, ...]:
        """The members of an ``enum`` or ``enum_list`` field; empty for other types."""
        return tuple(self.rule.split("|")) if self.type in {"enum", "enum_list"} else ()

    @property
    def sensitive(self) -> bool:
        """Whether values of the field are masked in messages, logs and previews."""
        return self.notes.startswith(("secret", "personal"))


def read_catalogue(path: Path = FIELDS_CSV) -> tuple[Field, ...]:
    """Read the fields from the file at ``path``, in file order."""
    with path.open(encoding="utf-8", newline="") as lines:
        return tuple(
            Field(
                name=line["field"],
                column=line["column"],
                type=line["type"],
                max_length=int(line["max_length"]) if line["max_length"] else None,
                rule=line["rule"],
                notes=line["notes"] or "",
            )
            for line in csv.DictReader(lines)
        )


FIELDS = read_catalogue()
BY_NAME = {field.name: field for field in FIELDS}


def catalogue_json(field: Field) -> dict[str, object]:
    """Return the field as JSON for the command line and the API."""
    return {
        "field": field.name,
        "column": field.column,
        "type": field.type,
        "maxLength": field.max_length,
        "rule": field.rule,
        "notes": field.notes,
    }
