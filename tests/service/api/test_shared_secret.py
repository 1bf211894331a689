"""Covers the secret of download links where many servers answer for them."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr

from client_import.errors import OptionsError
from client_import.settings import Settings
from service.api.keys import refuse_secret_of_its_own
from tests.support.cli import CommandLine


def test_a_server_of_many_needs_the_secret_of_all() -> None:
    """Other servers answer for its links; with a secret of its own they would call them forged."""
    address = SecretStr("postgresql://host/db")
    refuse_secret_of_its_own(Settings())
    refuse_secret_of_its_own(Settings(database=address, secret=SecretStr("of all")))
    with pytest.raises(OptionsError, match="Set CLIENT_IMPORT_SECRET to one long random text on all of them"):
        refuse_secret_of_its_own(Settings(database=address))


@pytest.mark.slow
def test_serve_and_the_api_say_so(tmp_path: Path, postgres_url: str) -> None:
    cli = CommandLine(tmp_path / "home", CLIENT_IMPORT_DATABASE=postgres_url)
    answer = cli("serve")
    assert answer.status == 2
    assert "Set CLIENT_IMPORT_SECRET" in " ".join(answer.stderr.split())


def test_a_worker_is_told_the_database_and_no_secret_of_the_server() -> None:
    settings = Settings(
        database=SecretStr("postgresql://host/db"), secret=SecretStr("of all"), api_keys=SecretStr("one,two")
    )
    told = settings.environment()
    assert told["CLIENT_IMPORT_DATABASE"] == "postgresql://host/db"
    assert {"CLIENT_IMPORT_SECRET", "CLIENT_IMPORT_API_KEYS"}.isdisjoint(told)
