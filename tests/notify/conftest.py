"""The outbox in both places of the job store: on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.jobs.conftest import job_database
from tests.support.cli import CommandLine
from tests.support.program import Program
from tests.support.receivers import MailServer, Webhook, a_mail_server, a_webhook

__all__ = ["job_database"]

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwAAAA"


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    with a_webhook() as webhook:
        yield webhook


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    with a_mail_server() as server:
        yield server


@pytest.fixture
def program(tmp_path: Path, job_database: str, webhook: Webhook, monkeypatch: pytest.MonkeyPatch) -> Iterator[Program]:
    """A program that tells a webhook of its jobs; with the jobs in either place."""
    monkeypatch.setenv("CLIENT_IMPORT_NOTIFY", webhook.url)
    monkeypatch.setenv("CLIENT_IMPORT_NOTIFY_SECRET", SECRET)
    monkeypatch.setenv("CLIENT_IMPORT_PUBLIC_URL", "https://imports.example.com/")
    program = Program(tmp_path / "home", job_database)
    yield program
    program.store.close()


@pytest.fixture
def cli(tmp_path: Path) -> CommandLine:
    return CommandLine(tmp_path / "home")
