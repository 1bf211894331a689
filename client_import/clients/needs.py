"""What the plan of an import needs of the clients: which columns, and which of the clients."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Needs:
    """What a plan reads of the table ``clients``, for a store that has to copy it from somewhere.

    ``columns`` are the columns it reads or changes. It needs the clients whose ``match_column`` has the match key of a
    staged row. With ``reads_codes`` it also needs those that have the code of one, and with ``makes_codes`` every code
    that has the form of a generated one.
    """

    columns: tuple[str, ...]
    match_column: str
    reads_codes: bool
    makes_codes: bool
