"""A small relational database behind SQLAlchemy Core: SQLite in WAL mode, or another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from client_import.errors import StoreError
from client_import.job_tables import create_tables, set_up_sqlite

_IF_DAMAGED = "If jobs.sqlite is damaged, put a backup of it in its place, or move it away."

LOCK_WAIT_SECONDS = 30
"""How long a write waits for those of other processes, each of which takes milliseconds."""


class RelationalStore:
    """The database at ``url`` with the tables of :mod:`client_import.job_tables`, made when they are missing.

    Every method raises StoreError when the database cannot be used.
    """

    def __init__(self, url: str) -> None:
        is_sqlite = url.startswith("sqlite")
        self._engine = sa.create_engine(url, connect_args={"timeout": LOCK_WAIT_SECONDS} if is_sqlite else {})
        if is_sqlite:
            sa.event.listen(self._engine, "connect", set_up_sqlite)
        try:
            create_tables(self._engine)
        except SQLAlchemyError as error:
            raise StoreError(
                f"The job store {url.removeprefix('sqlite:///')} cannot be used ({_cause(error)}). Check that you may "
                "read and write it and that the disk is not full; a file that is no database must be moved away."
            ) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    def _read(self, query: sa.Select[Any]) -> Sequence[Any]:
        try:
            with self._engine.connect() as connection:
                return connection.execute(query).all()
        except SQLAlchemyError as error:
            raise StoreError(f"The job store cannot be read ({_cause(error)}). {_IF_DAMAGED}") from None

    def _write(self, *statements: sa.Insert | sa.Update | sa.Delete) -> int:
        """Execute the statements in one transaction; returns how many rows the last one changed."""
        changed = 0
        try:
            with self._engine.begin() as connection:
                for statement in statements:
                    changed = int(connection.execute(statement).rowcount)
        except SQLAlchemyError as error:
            raise StoreError(
                f"The job store cannot be written to ({_cause(error)}). Is the disk full? {_IF_DAMAGED}"
            ) from None
        return changed


def _cause(error: SQLAlchemyError) -> str:
    return str(getattr(error, "orig", None) or error).splitlines()[0]
