"""Covers Dagster's own records on PostgreSQL: real runs, and what is said when they cannot be kept."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from pipelines.instance import INSTANCE_CONFIG, instance_config
from tests.support.cli import CommandLine
from tests.support.postgres import PASSWORD, PostgresServer

CLIENTS = b"Code,Name,Type\nA1,Ann,Individual\nB2,Bob,Zorp\n"


@pytest.fixture
def cli(tmp_path: Path, postgres_url: str) -> CommandLine:
    return CommandLine(tmp_path / "home", CLIENT_IMPORT_DATABASE=postgres_url)


def dagster_schema(server: PostgresServer) -> str:
    [(name,)] = server.execute("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'dagster_test_%'")
    return str(name)


def test_the_config_is_the_same_but_for_the_storage() -> None:
    files, database = yaml.safe_load(INSTANCE_CONFIG.read_text()), yaml.safe_load(instance_config(on_postgresql=True))
    assert yaml.safe_load(instance_config(on_postgresql=False)) == files
    assert files.pop("event_log_storage")
    assert database.pop("storage") == {"custom": {"module": "pipelines.postgresql_storage", "class": "PostgresStorage"}}
    assert database == files


@pytest.mark.slow
def test_runs_are_in_the_database(cli: CommandLine, postgres_server: PostgresServer) -> None:
    for _ in range(2):
        answer = cli("run", "-", "--json", stdin=CLIENTS)
        assert answer.stderr == ""
        assert answer.json["status"] == "Completed"
    schema = dagster_schema(postgres_server)
    runs = postgres_server.execute(f"SELECT status, count(*) FROM {schema}.runs GROUP BY status")
    assert runs == [("SUCCESS", 2)]
    [(events,)] = postgres_server.execute(
        f"SELECT count(*) FROM {schema}.event_logs WHERE dagster_event_type = 'ASSET_MATERIALIZATION'"
    )
    assert events == 12
    assert list((cli.home / "dagster").rglob("*.db")) == []
    kept = [path.read_bytes() for path in cli.home.rglob("*") if path.is_file()]
    assert not any(b"pass%2Fword" in content or PASSWORD.encode() in content for content in kept)


@pytest.mark.slow
def test_records_in_files_are_not_mixed_with_those_in_the_database(cli: CommandLine) -> None:
    (cli.home / "dagster").mkdir(parents=True)
    (cli.home / "dagster" / "dagster.yaml").write_bytes(INSTANCE_CONFIG.read_bytes())
    answer = cli("run", "-", stdin=CLIENTS)
    assert answer.status == 1
    assert "Move it away: one for PostgreSQL is made then" in " ".join(answer.stdout.split())
    (cli.home / "dagster" / "dagster.yaml").unlink()
    assert cli("run", "-", "--json", stdin=CLIENTS).json["status"] == "Completed"


@pytest.mark.slow
def test_no_right_to_make_the_schema(cli: CommandLine, postgres_server: PostgresServer) -> None:
    assert cli("jobs").status == 0
    [(jobs,)] = postgres_server.execute("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'client_import_test_%'")
    clients = jobs.removeprefix("client_import_")
    user = f"u_{clients}"
    postgres_server.execute(f"CREATE ROLE {user} LOGIN PASSWORD '{PASSWORD}'")
    for schema in (jobs, clients):
        postgres_server.execute(f"GRANT ALL ON SCHEMA {schema} TO {user}")
        postgres_server.execute(f"GRANT ALL ON ALL TABLES IN SCHEMA {schema} TO {user}")
        postgres_server.execute(f"GRANT ALL ON ALL SEQUENCES IN SCHEMA {schema} TO {user}")
    answer = cli("run", "-", stdin=CLIENTS, CLIENT_IMPORT_DATABASE=postgres_server.url(clients, user=user))
    assert answer.status == 1
    assert "permission denied for database" in " ".join(answer.stdout.split())
    assert "Have the owner of the database grant that right" in " ".join(answer.stdout.split())
