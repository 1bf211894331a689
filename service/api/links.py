"""Signed links to the file of rows not imported: they need no key, and expire after an hour."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path

from itsdangerous import BadSignature, URLSafeTimedSerializer

from client_import.jobs.record import Job
from client_import.paths import Home, put_in_place, unfinished
from client_import.settings import Settings
from service.api.problems import ProblemError

EXPIRY = timedelta(hours=1)

_EXPIRED = "This link has expired. Ask for the job again: its notImportedDownloadUrl is made fresh each time."
_FORGED = "The signature of this link is not valid. Use the notImportedDownloadUrl of the job as it is."


class Links:
    """Signs download links, and checks their signatures."""

    def __init__(self, secret: str) -> None:
        self._signer = URLSafeTimedSerializer(secret, salt="not-imported.csv")

    def with_link(self, job: Job, base_url: str, file: str = "not-imported.csv") -> Job:
        """Return the job with a fresh link to its rows not imported, if it has any.

        The link begins with ``base_url`` (:func:`service.names.base_url`). The signature is valid for every ``file`` of
        the job.
        """
        signature = self._signer.dumps(job.code)
        return job.with_url(f"{base_url}/clients/import/csv/{job.code}/{file}?signature={signature}")

    def check(self, code: str, signature: str) -> None:
        """Raise ProblemError unless ``signature`` was made for the job ``code`` less than an hour ago.

        One from the future is as good: the clock of the server that made it may be ahead of this one's.
        """
        try:
            signed, made = self._signer.loads(signature, return_timestamp=True)
        except BadSignature:
            raise ProblemError(HTTPStatus.FORBIDDEN, _FORGED) from None
        if signed != code:
            raise ProblemError(HTTPStatus.FORBIDDEN, _FORGED)
        if abs(datetime.now(UTC) - made) > EXPIRY:
            raise ProblemError(HTTPStatus.FORBIDDEN, _EXPIRED)


def secret_of(settings: Settings, home: Home) -> str:
    """Return the secret that signs links: the setting, or a random secret kept in the home folder."""
    return settings.secret.get_secret_value() or _kept_secret(home.path / "secret")


def _kept_secret(path: Path) -> str:
    if not path.exists():
        written = unfinished(path)
        written.touch(0o600)
        written.write_text(secrets.token_urlsafe(48), "ascii")
        put_in_place(written, path)
    return path.read_text("ascii")
