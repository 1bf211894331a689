"""Covers the commands with the clients in PostgreSQL: they do what they do with a file, and show no password."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.cli import Answer, CommandLine
from tests.support.postgres import PASSWORD

pytestmark = pytest.mark.slow

CLIENTS = b"Code,Name,Type\nA1,Ann,Individual\nB2,Bob,Ltd\nX,,\n"


def test_commands_work_and_the_password_is_nowhere(postgres_url: str, tmp_path: Path) -> None:
    cli, file = CommandLine(tmp_path / "home"), tmp_path / "clients.csv"
    file.write_bytes(CLIENTS)

    def command(*arguments: str | Path, database: str = postgres_url) -> Answer:
        answer = cli(*arguments, CLIENT_IMPORT_DATABASE=database)
        assert not [secret for secret in secrets if secret in answer.stdout + answer.stderr]
        return answer

    secrets = (PASSWORD, "pass%2Fword")
    assert command("run", file).status == 3
    assert command("run", file, "--dry-run", "--json").json["skippedCount"] == 2
    assert command("preview", file, "--json").json["plan"]["errorCount"] == 1
    assert [job["createdCount"] for job in command("jobs", "--json").json] == [2]
    exported = command("export", "-o", tmp_path / "exported.csv")
    assert (exported.status, (tmp_path / "exported.csv").read_text("utf-8-sig").count("\n")) == (0, 3)
    assert "CLIENT_IMPORT_DATABASE" in command("settings").stdout
    for wrong in (postgres_url.replace("pass%2F", "other"), "postgresql://ann:pass%2Fword@[host/db"):
        for arguments in (("run", file), ("export",), ("preview", file)):
            answer = command(*arguments, database=wrong)
            assert answer.status == 1
            assert "CLIENT_IMPORT_DATABASE" in answer.stdout + answer.stderr
    written = [path for path in cli.home.rglob("*") if path.is_file()]
    assert [path for path in written if any(secret.encode() in path.read_bytes() for secret in secrets)] == []
