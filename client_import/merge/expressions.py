"""SQL expressions for the values that a client has after its row is applied (docs/rules.md, section 5).

In them ``s`` is the staged row and ``c`` the client that it matches. A row that creates a client has no ``c``.
"""

from __future__ import annotations

from client_import.fields.catalogue import BY_NAME, NEVER_EMPTIED, Field
from client_import.mapping.resolve import Mapping
from client_import.options import BlankCells, ImportOptions
from client_import.system.sql import literal

_UTR_GOES_TO = {
    "CompanyUtr": ("PrivateLimitedCompany", "PublicLimitedCompany", "LimitedLiabilityPartnership"),
    "SelfAssessmentUtr": ("Individual", "SoleTrader"),
}
"""The other field that a Utr is also stored in, by the type of the client; a column mapped to that field wins."""

_BITS_OF_BIGINT = 63


def effective_type(mapping: Mapping, options: ImportOptions, *, creates: bool = False) -> str:
    """Return the type of the client after the row: that of the row, else of the client, else the default type."""
    own = "s.type, " if mapping.column_of("Type") else ""
    return f"coalesce({own}{_stored('type', creates)}, {literal(options.default_client_type)})"


def merged_values(mapping: Mapping, options: ImportOptions, *, clears: bool, creates: bool = False) -> dict[str, str]:
    """Return the value after the row for each column of ``clients`` that the import can change.

    ``clears`` says whether any staged row has a ``#N/A``, ``creates`` whether the rows create clients.
    """
    values = {
        column.field.column: _merged(column.field, _stored(column.field.column, creates), options, clears)
        for column in mapping.columns
    }
    if mapping.column_of("Utr"):
        type_after = effective_type(mapping, options, creates=creates)
        for name, types in _UTR_GOES_TO.items():
            target = BY_NAME[name]
            if not mapping.column_of(name):
                stored = _stored(target.column, creates)
                routed = _merged(BY_NAME["Utr"], stored, options, clears)
                members = ", ".join(literal(member) for member in types)
                values[target.column] = f"CASE WHEN {type_after} IN ({members}) THEN {routed} ELSE {stored} END"
    return values


def changes(merged: dict[str, str]) -> str:
    """Return a number with one bit for each column of ``merged``, set if the row changes that column of its client."""
    return " | ".join(
        f"CASE WHEN c.{column} IS DISTINCT FROM {merged[column]} THEN {bit} ELSE 0 END"
        for column, bit in bits_of(merged).items()
    )


def bits_of(merged: dict[str, str]) -> dict[str, str]:
    """Return the bit of each column of ``merged`` in the number of :func:`changes`, as an SQL number."""
    kind = "BIGINT" if len(merged) < _BITS_OF_BIGINT else "HUGEINT"
    return {column: f"{1 << place}::{kind}" for place, column in enumerate(merged)}


def changed(merged: dict[str, str], bits: int) -> dict[str, str]:
    """Return the columns of ``merged`` whose bit of :func:`changes` is set in ``bits``."""
    return {column: value for place, (column, value) in enumerate(merged.items()) if bits >> place & 1}


def _stored(column: str, creates: bool) -> str:
    return "NULL" if creates else f"c.{column}"


def _merged(field: Field, stored: str, options: ImportOptions, clears: bool) -> str:
    """Return the value of ``field`` after the row: set by its cell, kept as ``stored``, or emptied."""
    cell = f"s.{field.column}"
    if field.name in NEVER_EMPTIED:
        return f"coalesce({cell}, {stored})"
    if options.blank_cells is BlankCells.CLEAR:
        return cell
    kept = f"coalesce({cell}, {stored})"
    if not clears:
        return kept
    return f"CASE WHEN contains(s.cleared, '|{field.column}|') THEN NULL ELSE {kept} END"


def content(mapping: Mapping, options: ImportOptions) -> str:
    """Return a digest that is equal for duplicates with identical content (docs/rules.md, section 6).

    It has 128 bits, so that DuckDB can compare any number of rows by keeping only the least and the greatest digest.
    """
    cells = [f"s.{column.field.column}" for column in mapping.columns]
    if options.blank_cells is BlankCells.KEEP:
        cells.append("s.cleared")
    return f"md5_number(to_json(row({', '.join(cells)})))"
