"""Tables of other programs that refer to clients."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Referring:
    """A ``table``, as SQL names it, whose rows the database changes when it removes the client to which they refer.

    They ``are_removed``, too, or lose the reference. ``condition`` joins the table, as ``r``, to ``clients c``; this
    user ``may_read`` it or not.
    """

    table: str
    are_removed: bool
    may_read: bool
    condition: str
