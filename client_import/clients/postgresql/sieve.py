"""The sieve: which clients can have the match key of a row, as PostgreSQL can find them by an index.

It may let too many clients through, and never too few; DuckDB compares the match keys of those afterwards
(:mod:`client_import.merge.match_key`). So it keeps only what both databases agree about in every version and locale:
the visible ASCII characters of a value, in lower case, after letters with accents, ligatures and the like are taken
apart. Values without any ASCII character, such as Greek names, all have the same sieve.
"""

from __future__ import annotations

_LONGEST = 200
"""Characters; PostgreSQL cannot index values of some kilobytes."""


def sieve(value: str) -> str:
    """Return the SQL expression for the sieve of ``value``: equal for values with equal match keys; NULL stays NULL."""
    apart = f"replace(replace(normalize({value}, NFKD), U&'\\00DF', 'ss'), U&'\\1E9E', 'ss')"
    text = f"CASE WHEN octet_length({value}) = length({value}) THEN {value} ELSE {apart} END"
    return f"""left(lower(regexp_replace(({text}) COLLATE "C", '[^!-~]', '', 'g')), {_LONGEST})"""


def index_of(column: str) -> str:
    """Return the name of the index on the sieve of a column of ``clients``."""
    return f"clients_by_{column}"
