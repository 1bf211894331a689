"""Covers commands and HTTP API with the clients in PostgreSQL: as with a file, and nothing shows the password."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.api_server import IMPORTS, ApiServer
from tests.support.cli import Answer, CommandLine, wait_until
from tests.support.postgres import PASSWORD, a_server

pytestmark = [pytest.mark.slow, pytest.mark.long]

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
    for arguments in (("run", file), ("export",)):
        answer = command(*arguments, database=postgres_url.replace("pass%2F", "other"))
        assert answer.status == 1
        assert "CLIENT_IMPORT_DATABASE" in answer.stdout + answer.stderr
    written = [path for path in cli.home.rglob("*") if path.is_file()]
    assert [path for path in written if any(secret.encode() in path.read_bytes() for secret in secrets)] == []


@pytest.mark.usefixtures("postgres_server")  # which skips it where there can be none
def test_api_works_and_says_when_the_database_is_away(tmp_path: Path) -> None:
    with a_server() as server_to_stop, server_to_stop.schema() as schema:
        url = server_to_stop.url(schema)
        with ApiServer(tmp_path / "home", CLIENT_IMPORT_DATABASE=url, CLIENT_IMPORT_SECRET="of the tests") as api:
            assert api.client.get("/healthz").json()["clientsDatabase"] == "ok"
            code = api.uploaded(CLIENTS)
            assert api.client.get(f"{IMPORTS}/{code}/plan").json()["createdCount"] == 2
            api.put(code)
            assert (api.ended(code)["createdCount"], api.job(code)["errorCount"]) == (2, 1)
            assert api.client.get("/clients/export.csv").text.count("\n") == 3
            ledger = server_to_stop.execute("SELECT code FROM import_jobs", schema)
            assert ledger == [(code,)]  # what its workers warm up with goes elsewhere
            waiting = api.uploaded(CLIENTS)
            server_to_stop.stop()
            wait_until(lambda: api.client.get("/healthz").status_code == 503, "a look at the database")
            answers = [
                api.client.get(path) for path in ("/healthz", f"{IMPORTS}/{waiting}/plan", "/clients/export.csv")
            ]
            assert [answer.status_code for answer in answers] == [503, 503, 503]
            assert "cannot be reached" in answers[0].json()["clientsDatabase"]
            refused = api.put(waiting)
            assert (refused.status_code, "cannot be reached" in refused.json()["detail"]) == (503, True)
            server_to_stop.start()
            wait_until(lambda: api.client.get("/healthz").status_code == 200, "a look at the database")
            api.put(waiting)
            assert api.ended(waiting)["skippedCount"] == 2
        assert PASSWORD not in (tmp_path / "home" / "server.log").read_text("utf-8")
