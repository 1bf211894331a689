"""Covers stores that are damaged, of another shape or version, or gone: a sentence says which, and what to do.

The command line, the API and the Dagster run say the same, and nothing is made anew or changed by it.
"""

from __future__ import annotations

import shutil
import sqlite3
import struct
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from client_import.errors import StoreError
from client_import.jobs.store import JobStore
from client_import.jobs.tables import metadata
from client_import.paths import Home
from client_import.reports.row_errors_page import errors_of
from pipelines.instance import open_instance
from pipelines.launch import launch_here
from tests.support.api_server import IMPORTS, ApiServer, is_problem
from tests.support.cli import CommandLine, wait_until
from tests.support.program import Program

pytestmark = pytest.mark.slow

CLIENTS = b"Code,Name,Type\nA1,Acme,Ltd\nA2,Beta,Charity\n"
MORE = b"Code,Name,Type\nA1,Acme plc,Ltd\nN9,New,Ltd\n"
ERROR = "error of the program"


@pytest.fixture
def job_database() -> str:
    """What is damaged here are files."""
    return ""


Damage = Callable[[Path], None]


def sql(*statements: str) -> Damage:
    def do(file: Path) -> None:
        with duckdb.connect(str(file)) as connection:
            for statement in statements:
                connection.execute(statement)

    return do


def lite(*statements: str) -> Damage:
    def do(file: Path) -> None:
        with closing(sqlite3.connect(file)) as connection:
            for statement in statements:
                connection.execute(statement)
            connection.commit()

    return do


def content(data: bytes) -> Damage:
    def do(file: Path) -> None:
        file.write_bytes(data)

    return do


def cut(size: int) -> Damage:
    def do(file: Path) -> None:
        file.write_bytes(file.read_bytes()[:size])

    return do


def half(file: Path) -> None:
    cut(file.stat().st_size // 2)(file)


def noise(start: int, size: int) -> Damage:
    def do(file: Path) -> None:
        data = bytearray(file.read_bytes())
        data[start : start + size] = bytes(255 - byte for byte in data[start : start + size])
        file.write_bytes(bytes(data))

    return do


def folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


def newer_duckdb(file: Path) -> None:
    """Give the main header a version that DuckDB does not know, with the checksum it wants."""
    data = bytearray(file.read_bytes())
    data[12:20] = struct.pack("<Q", 9999)
    total = 5381
    for (word,) in struct.iter_unpack("<Q", data[8:4096]):
        total ^= word * 0xBF58476D1CE4E5B9 & 0xFFFFFFFFFFFFFFFF
    data[0:8] = struct.pack("<Q", total)
    file.write_bytes(bytes(data))


def another_program(file: Path) -> None:
    file.unlink()
    lite("CREATE TABLE clients (code TEXT)")(file)


NO_DATABASE = "It is damaged, or no DuckDB database: put a backup in its place"
NOT_OURS = "It is not as client-import made it: put that right, or put a backup in its place"

DATABASES: dict[str, tuple[Damage, str, str]] = {
    "garbage": (content(b"garbage" * 1000), "not a valid DuckDB", NO_DATABASE),
    "empty": (content(b""), "not a valid DuckDB", NO_DATABASE),
    "text": (content(b"code,name\n"), "not a valid DuckDB", NO_DATABASE),
    "cut in its header": (cut(100), "Could not read enough bytes", NO_DATABASE),
    "cut in its blocks": (cut(8192), "Could not read enough bytes", NO_DATABASE),
    "cut in half": (half, "cannot be opened", NO_DATABASE),
    "noise in its header": (noise(4096, 64), "cannot be opened", NO_DATABASE),
    "noise in its blocks": (noise(200_000, 200_000), "cannot be opened", NO_DATABASE),
    "folder": (folder, "cannot be opened", "A folder is in its place"),
    "SQLite": (another_program, "not a valid DuckDB", NO_DATABASE),
    "newer DuckDB": (newer_duckdb, "version number 9999", "A newer DuckDB wrote it: update DuckDB"),
    "no code": (sql("ALTER TABLE clients DROP COLUMN code"), "clients without the column code", NOT_OURS),
    "no trace": (sql("ALTER TABLE clients DROP COLUMN created_at"), "without the column created_at", NOT_OURS),
    "no website": (sql("ALTER TABLE clients DROP COLUMN website"), "clients without the column website", NOT_OURS),
    "another type": (
        sql("UPDATE clients SET code = 1", "ALTER TABLE clients ALTER COLUMN code TYPE INTEGER"),
        "column code is INTEGER, not VARCHAR",
        NOT_OURS,
    ),
    "no date": (
        sql("ALTER TABLE clients ALTER COLUMN vat_reg_date TYPE VARCHAR"),
        "column vat_reg_date is VARCHAR, not DATE",
        NOT_OURS,
    ),
    "somebody else's": (
        sql("DROP TABLE clients", "CREATE TABLE clients (id INTEGER PRIMARY KEY, shoe VARCHAR NOT NULL)"),
        "clients without the column name",
        NOT_OURS,
    ),
    "a rule of its own": (
        sql(
            "CREATE OR REPLACE TABLE clients AS SELECT *, 1 AS more FROM clients",
            "ALTER TABLE clients ALTER more SET NOT NULL",
        ),
        "a column more that must not be empty",
        NOT_OURS,
    ),
    "a view": (
        sql("ALTER TABLE clients RENAME TO old", "CREATE VIEW clients AS FROM old"),
        "a view clients where the table was",
        NOT_OURS,
    ),
    "no clients": (sql("DROP TABLE clients"), "a table import_jobs, but no table clients", NOT_OURS),
    "no ledger": (sql("DROP TABLE import_jobs"), "a table clients, but no table import_jobs", NOT_OURS),
    "no tables": (
        sql("DROP TABLE clients", "DROP TABLE import_jobs"),
        "has no tables any more, although 1 import wrote to it",
        "Put it back, from a backup if need be",
    ),
    "no counts in the ledger": (
        sql("ALTER TABLE import_jobs DROP COLUMN total_items"),
        "import_jobs without the column total_items",
        NOT_OURS,
    ),
    "a view of the ledger": (
        sql("ALTER TABLE import_jobs RENAME TO old", "CREATE VIEW import_jobs AS FROM old"),
        "a view import_jobs where the table was",
        NOT_OURS,
    ),
    "another ledger": (
        sql("DROP TABLE import_jobs", "CREATE TABLE import_jobs (x INTEGER)"),
        "import_jobs without the column code",
        NOT_OURS,
    ),
    "newer tables": (
        sql("COMMENT ON TABLE clients IS 'client-import 99'"),
        "has tables of version 99",
        "Use that version",
    ),
    "gone": (Path.unlink, "is gone, although 1 import wrote to it", "Put it back, from a backup if need be"),
}


@pytest.mark.parametrize(("damage", "what", "advice"), DATABASES.values(), ids=DATABASES.keys())
def test_clients_database(damage: Damage, what: str, advice: str, program: Program) -> None:
    database = program.home.clients_database
    program.run(CLIENTS)
    damage(database)
    before = database.read_bytes() if database.is_file() else database.exists()
    reason = program.run(MORE)["failureReason"]
    for said in (str(database), what, advice):
        assert said in reason
    assert ERROR not in reason
    assert program.store.jobs()[0].status == "Failed"
    with pytest.raises(StoreError) as read, program.database.look(None) as session:
        session.tables.execute("SELECT * FROM clients").fetchall()
    assert advice in str(read.value)
    assert (database.read_bytes() if database.is_file() else database.exists()) == before


def test_index_that_forbids_a_change(program: Program) -> None:
    program.run(CLIENTS)
    sql("CREATE UNIQUE INDEX one ON clients (type)")(program.home.clients_database)
    before = program.clients()
    reason = program.run(b"Code,Name,Type\nX1,X,Ltd\n")["failureReason"]
    assert "a rule or an index of its own that forbids this change" in reason
    assert program.clients() == before


def made_before_there_was_a_website(file: Path) -> None:
    """Make it a table of an older catalogue: its comment names the columns it was made with."""
    sql("ALTER TABLE clients DROP COLUMN website")(file)
    with duckdb.connect(str(file)) as connection:
        found = connection.execute("SELECT comment FROM duckdb_tables() WHERE table_name = 'clients'").fetchone()
        assert found is not None
        older = found[0].replace(" website ", " ")
        assert older != found[0]
        connection.execute(f"COMMENT ON TABLE clients IS '{older}'")


def test_column_of_a_new_field_is_made_and_then_belongs_to_the_table(program: Program) -> None:
    program.run(CLIENTS)
    made_before_there_was_a_website(program.home.clients_database)
    assert program.run(b"Code,Name,Type,Website\nA1,Acme,Ltd,acme.example\n")["updatedCount"] == 1
    sql("ALTER TABLE clients DROP COLUMN website")(program.home.clients_database)
    assert "clients without the column website" in program.run(MORE)["failureReason"]


def test_columns_and_comments_of_ones_own_are_no_harm(program: Program) -> None:
    program.run(CLIENTS)
    sql(
        "ALTER TABLE clients ADD COLUMN favourite_colour VARCHAR",
        "COMMENT ON TABLE clients IS 'ours: do not touch'",
    )(program.home.clients_database)
    assert program.run(MORE)["status"] == "Completed"
    [(comment,)] = [
        tuple(row.values()) for row in program.query("SELECT comment FROM duckdb_tables() WHERE table_name = 'clients'")
    ]
    assert comment == "ours: do not touch"


def test_column_of_a_new_field_is_made_for_whoever_only_reads(program: Program) -> None:
    program.run(CLIENTS)
    made_before_there_was_a_website(program.home.clients_database)
    with program.database.look(None) as session:
        assert session.tables.execute("SELECT code, website FROM clients ORDER BY code").fetchall() == [
            ("A1", None),
            ("A2", None),
        ]


def test_database_that_is_gone_is_made_anew_when_nobody_remembers_it(program: Program) -> None:
    program.run(CLIENTS)
    program.home.clients_database.unlink()
    assert program.run(MORE)["status"] == "Failed"
    assert not program.home.clients_database.exists()
    program.store.close()
    for file in program.home.path.glob("jobs.sqlite*"):
        file.unlink()
    anew = Program(program.home.path)
    assert anew.run(MORE)["createdCount"] == 2
    anew.store.close()


def test_database_that_is_back_is_imported_into(program: Program, tmp_path: Path) -> None:
    program.run(CLIENTS)
    away = program.home.clients_database.rename(tmp_path / "away")
    assert program.run(MORE)["status"] == "Failed"
    away.rename(program.home.clients_database)
    assert program.run(MORE)["createdCount"] == 1


def test_database_that_never_had_a_client_may_go(program: Program) -> None:
    program.run(b"Code,Name,Type\nA1,,Zorp\n")
    program.home.clients_database.unlink()
    assert program.run(CLIENTS)["createdCount"] == 2


STORES: dict[str, tuple[Damage, str]] = {
    "garbage": (content(b"garbage" * 1000), "not a database"),
    "text": (content(b"hello\n"), "not a database"),
    "cut": (cut(4096), "malformed"),
    "cut in half": (half, "malformed"),
    "noise": (noise(4096 * 3, 1 << 20), "malformed"),
    "empty": (content(b""), "is empty, although there have been imports"),
    "no tables": (
        lite("PRAGMA user_version = 0", *(f"DROP TABLE {table}" for table in metadata.tables)),
        "is empty, although there have been imports",
    ),
    "no jobs": (lite("DROP TABLE jobs"), "has no table jobs any more"),
    "no notes": (lite("ALTER TABLE jobs DROP COLUMN notes"), "jobs without the column notes"),
    "folder": (folder, "that it is no folder"),
    "another program's": (lite("DROP TABLE jobs", "CREATE TABLE jobs (x INTEGER)"), "jobs without the column"),
    "a view": (lite("ALTER TABLE jobs RENAME TO j", "CREATE VIEW jobs AS SELECT * FROM j"), "has a view jobs"),
    "newer": (lite("PRAGMA user_version = 99"), "a newer version of client-import made it"),
    "a status": (lite("UPDATE jobs SET status = 'Undone'"), "'Undone' is not a valid Status"),
    "a date": (lite("UPDATE jobs SET created_date = 'yesterday'"), "yesterday"),
    "a mapping": (lite("INSERT INTO csv_mappings VALUES ('x', '{')"), "put a backup in its place"),
    "options": (lite("UPDATE jobs SET options = '{'"), "put a backup in its place"),
}


@pytest.mark.parametrize(("damage", "what"), STORES.values(), ids=STORES.keys())
def test_job_store(damage: Damage, what: str, program: Program) -> None:
    code, path = str(program.run(CLIENTS)["code"]), program.home.job_store
    program.store.close()
    damage(path)
    with pytest.raises(StoreError) as raised:
        read_all(path, code)
    for said in (str(path), what):
        assert said in str(raised.value)
    assert str(raised.value).endswith(".")


def read_all(path: Path, code: str) -> None:
    with JobStore.at(path) as store:
        store.jobs()
        store.options(code)
        store.mappings.all()


def history(file: str, damage: Damage) -> Damage:
    return lambda dagster: damage(dagster / file)


def a_file(dagster: Path) -> None:
    shutil.rmtree(dagster)
    dagster.write_bytes(b"x")


FOLDERS: dict[str, Damage] = {
    "a file": a_file,
    "no YAML": history("dagster.yaml", content(b"zorp: [\n")),
    "another YAML": history("dagster.yaml", content(b"zorp: 5\n")),
    "bytes": history("dagster.yaml", content(b"\0\xff\xfe")),
    "runs": history("history/runs.db", content(b"garbage" * 1000)),
    "newer runs": history("history/runs.db", lite("UPDATE alembic_version SET version_num = 'ffffffffffff'")),
    "events": history("event_log.db", content(b"garbage" * 1000)),
    "schedules": history("schedules/schedules.db", content(b"garbage" * 1000)),
}


@pytest.mark.parametrize("damage", FOLDERS.values(), ids=FOLDERS.keys())
def test_folder_of_dagster(damage: Damage, program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    monkeypatch.setenv("CLIENT_IMPORT_HOME", str(program.home.path))
    first = program.receive(CLIENTS)
    assert launch_here(program.home, program.store, program.database, first, "test").status == "Completed"
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    damage(program.home.dagster)
    job = launch_here(program.home, program.store, program.database, program.receive(MORE), "test")
    if job.status == "Failed":
        assert str(program.home.dagster) in (job.failure_reason or "")
        assert ERROR not in (job.failure_reason or "")
        assert "another folder" in (job.failure_reason or "") or "move the folder away" in (job.failure_reason or "")
    else:  # that file is not needed for a run
        assert job.counts.created == 1
    assert len(program.clients()) == (2 if job.status == "Failed" else 3)


def test_a_home_folder_that_is_moved_under_a_program_is_not_begun_anew(program: Program, tmp_path: Path) -> None:
    program.run(CLIENTS)
    program.home.path.rename(tmp_path / "moved")
    JobStore.at(program.home.create().job_store).close()  # as whoever looks next makes it
    job = program.run(MORE)
    assert job["status"] == "Failed"
    assert "its home folder was moved or removed under this program" in job["failureReason"]
    assert not program.home.clients_database.exists()
    shutil.rmtree(program.home.path)
    (tmp_path / "moved").rename(program.home.path)
    assert program.run(MORE)["createdCount"] == 1


def test_dagster_run_says_the_same(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    monkeypatch.setenv("CLIENT_IMPORT_HOME", str(program.home.path))
    program.run(CLIENTS)
    sql("ALTER TABLE clients DROP COLUMN code")(program.home.clients_database)
    code = program.receive(MORE)
    job = launch_here(program.home, program.store, program.database, code, "test")
    with open_instance(program.home) as instance:
        [run] = instance.get_runs(dg.RunsFilter(tags={"client_import/job": code}))
        said = " ".join(str(event.dagster_event) for event in instance.all_logs(run.run_id))
    assert NOT_OURS in (job.failure_reason or "")
    assert NOT_OURS in said
    assert ERROR not in said


@pytest.mark.parametrize(
    "file",
    [
        "staged.json",
        "layout.json",
        "plan.json",
        "parts/000000.row_errors.parquet",
        "row_errors.parquet",
        "row_level_errors.parquet",
    ],
)
def test_files_of_a_job(file: str, tmp_path: Path) -> None:
    cli = CommandLine(tmp_path / "home")
    assert cli("run", "-", "--quiet", stdin=CLIENTS + b"W1,,Zorp\n").status == 3
    job = cli.jobs()[0]
    (cli.home / "jobs" / job["code"] / file).write_bytes(b"{")
    assert cli("job", job["code"], "--json").json["errorCount"] == 1
    assert cli("job", job["code"]).status == 0
    try:
        assert len(errors_of(Home(cli.home).job(job["code"]))) == 2
    except StoreError as error:
        assert str(error).endswith("Import the file of that job again.")  # noqa: PT017 - a plan is only looked for


def test_command_line(tmp_path: Path) -> None:
    cli = CommandLine(tmp_path / "home")
    assert cli("run", "-", "--quiet", stdin=CLIENTS).status == 0
    (cli.home / "clients.duckdb").unlink()
    for answer in (cli("run", "-", "--quiet", stdin=MORE), cli("export"), cli("preview", "-", stdin=MORE)):
        assert (answer.status, answer.stdout) == (1, "")
        assert "is gone, although 1 import wrote to it" in answer.stderr
        assert len(answer.stderr.splitlines()) == 1
    assert not (cli.home / "clients.duckdb").exists()


def test_job_store_that_is_gone(tmp_path: Path) -> None:
    """To move a damaged one away is what the sentence says; one that got lost is not passed over."""
    cli = CommandLine(tmp_path / "home")
    first = cli("run", "-", "--quiet", stdin=CLIENTS)
    assert (first.status, first.stderr) == (0, "")
    for file in cli.home.glob("jobs.sqlite*"):
        file.unlink()
    answer = cli("run", "-", "--json", stdin=MORE)
    assert (answer.status, answer.json["createdCount"]) == (0, 1)
    assert "There was no job store" in answer.stderr
    assert cli("jobs").stderr == ""


def test_older_job_store_is_given_what_it_lacks(program: Program) -> None:
    code, path = str(program.run(CLIENTS)["code"]), program.home.job_store
    program.store.close()
    lite("PRAGMA user_version = 0", "ALTER TABLE jobs DROP COLUMN notes", "DROP TABLE sessions")(path)
    with JobStore.at(path) as store:
        assert store.job(code).notes == ()
        assert not store.sessions.has("token", ["key"])


def test_api_and_health(tmp_path: Path) -> None:
    with ApiServer(tmp_path / "home") as server:
        server.run(CLIENTS)
        assert server.client.get("/healthz").status_code == 200
        database = server.home / "clients.duckdb"
        kept = database.rename(server.home / "kept")
        is_gone(server, "is gone, although 1 import wrote to it")
        shutil.copy(kept, database)
        sql("ALTER TABLE clients DROP COLUMN code")(database)
        is_gone(server, NOT_OURS)
        shutil.copy(kept, database)
        noise(4096, 8192)(database)
        is_gone(server, NO_DATABASE)
        shutil.copy(kept, database)
        wait_until(lambda: server.client.get("/healthz").json()["status"] == "ok", "a look at the good copy")
        assert server.run(MORE)["status"] == "Completed"


def is_gone(server: ApiServer, *words: str) -> None:
    def is_told() -> bool:
        health = server.client.get("/healthz")
        return health.status_code == 503 and all(said in health.json()["clientsDatabase"] for said in words)

    wait_until(is_told, "a look at what is there now")
    is_problem(server.client.get("/clients/export.csv"), 503, *words)


def test_health_of_the_job_store(tmp_path: Path) -> None:
    with ApiServer(tmp_path / "home") as server:
        server.run(CLIENTS)
        server.cli.jobs()
        for store in server.home.glob("jobs.sqlite*"):
            store.write_bytes(b"garbage" * 10_000)
        health = server.client.get("/healthz")
        assert health.status_code == 503
        assert "put a backup in its place" in health.json()["jobStore"]
        is_problem(server.client.get(IMPORTS), 503, "put a backup in its place")


def test_health_of_the_disk(tmp_path: Path) -> None:
    with ApiServer(tmp_path / "home", CLIENT_IMPORT_MIN_FREE_MB=str(1 << 40)) as server:
        health = server.client.get("/healthz")
        assert (health.status_code, health.json()["status"]) == (503, "unable")
        assert "MiB left" in health.json()["disk"]
    with ApiServer(tmp_path / "home", CLIENT_IMPORT_MIN_FREE_MB="1") as server:
        assert server.client.get("/healthz").json()["disk"] == "ok"
