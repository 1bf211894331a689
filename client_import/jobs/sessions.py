"""Who is signed in, in the job store: so every process of the API knows it, and a restart signs nobody out.

A session is a random token that only its browser has. What is kept is a mark: the HMAC of the token under the key that
opened it. So neither token nor key can be had from the store, or a guess of a key be tried on it; and when a key is
withdrawn no key is left that makes the mark of its sessions.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterable
from datetime import timedelta

import sqlalchemy as sa

from client_import.jobs.relational import Relational
from client_import.jobs.rows import naive
from client_import.jobs.tables import sessions, utc_now

_TOKEN_BYTES = 32


class SessionStore:
    """The sessions that have not ended."""

    def __init__(self, database: Relational) -> None:
        self._database = database

    def open(self, key: str, seconds: float) -> str:
        """Open a session for whoever gave ``key``, for so many seconds; return its token."""
        token, began = secrets.token_urlsafe(_TOKEN_BYTES), self._database.now()
        self._database.write(sa.delete(sessions).where(sessions.c.ends <= naive(began)))
        ends = naive(began + timedelta(seconds=seconds))
        self._database.write(sa.insert(sessions).values(mark=_mark(token, key), ends=ends))
        return token

    def has(self, token: str, keys: Iterable[str]) -> bool:
        """Return whether ``token`` is that of a session which one of ``keys`` has opened, and which goes on."""
        marks = [_mark(token, key) for key in keys]
        query = sa.select(sessions.c.mark).where(sessions.c.mark.in_(marks), sessions.c.ends > utc_now())
        return bool(self._database.read(query))

    def close(self, token: str, keys: Iterable[str]) -> None:
        """End the session of ``token``, if it is one."""
        marks = [_mark(token, key) for key in keys]
        self._database.write(sa.delete(sessions).where(sessions.c.mark.in_(marks)))


def _mark(token: str, key: str) -> str:
    return hmac.digest(key.encode(), token.encode("utf-8", "surrogateescape"), "sha256").hex()
