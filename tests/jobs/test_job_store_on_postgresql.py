"""Covers what is different with the jobs on PostgreSQL: many machines at once, their clocks, and all that goes wrong.

What a job store does is tested in the other modules of this folder, in both of its places.
"""

from __future__ import annotations

import os
import string
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from client_import.errors import StoreError
from client_import.inbox.folder import open_drop_folder
from client_import.jobs.locks import locked
from client_import.jobs.opening import open_job_store
from client_import.jobs.record import Status
from client_import.jobs.store import JobStore
from client_import.jobs.tables import Words, jobs, metadata
from client_import.mapping.saved import SavedMapping
from client_import.paths import Home, new_code
from client_import.settings import Settings
from tests.support.cli import CommandLine
from tests.support.postgres import PASSWORD, PostgresServer, a_server
from tests.support.program import Program, import_options

CLIENTS = b"Code,Name,Type\nA1,Ann,Individual\n"
AWKWARD = "".join(chr(code) for code in (0, 1, 0x7F, 0x85, 0x2028, 0xDFFF, 0xD800, 0xFFFF, 0x1F600)) + "long " * 2_000


@pytest.fixture
def job_database(postgres_url: str) -> str:
    return postgres_url


def settings_of(url: str, home: Path) -> Settings:
    return Settings(home=home, database=SecretStr(url))


def opened(url: str, home: Path) -> JobStore:
    return open_job_store(settings_of(url, home), Home(home).create())


def at_once(times: int, act: Callable[[int], Any]) -> list[Any]:
    """What ``act`` returns for each number, called by so many threads at the same moment."""
    start = threading.Barrier(times)

    def wait_and_act(number: int) -> Any:
        start.wait()
        return act(number)

    with ThreadPoolExecutor(times) as threads:
        return list(threads.map(wait_and_act, range(times)))


def test_tables_are_in_a_schema_of_their_own(program: Program, postgres_server: PostgresServer) -> None:
    with program.job_tables() as connection:
        clients = connection.execute(sa.text("SELECT current_schema()")).scalar_one()
    found = postgres_server.execute(
        f"SELECT tablename FROM pg_tables WHERE schemaname = 'client_import_{clients}' ORDER BY 1"
    )
    assert [name for (name,) in found] == sorted(metadata.tables)


def test_made_by_twenty_at_once(postgres_url: str, tmp_path: Path) -> None:
    with ExitStack() as stores:
        opened_at_once = at_once(20, lambda _number: stores.enter_context(opened(postgres_url, tmp_path)))
        opened_at_once[0].create(new_code(), "c.csv", import_options(), "test")
        assert [len(store.jobs()) for store in opened_at_once] == [1] * 20


def test_every_text_fits(program: Program) -> None:
    """SQLite takes a text of any length into any column; PostgreSQL would refuse some."""
    program.receive(CLIENTS)
    texts = [
        column for column in jobs.columns if column.name not in ("code", "status") and isinstance(column.type, Words)
    ]
    others = [column for column in jobs.columns if isinstance(column.type, (sa.String, sa.Text))]
    assert len(texts) > 8
    assert others == []
    with program.job_tables() as connection:
        connection.execute(sa.update(jobs).values(dict.fromkeys(texts, AWKWARD)))
        [row] = connection.execute(sa.select(*texts))
    assert {len(value) for value in row} == {len(AWKWARD)}
    assert all(value[0] == value[5] == "\ufffd" and value[-5:] == "long " for value in row)


def test_every_column_of_text_is_of_any_length(program: Program) -> None:
    for table in metadata.sorted_tables:
        kinds = {type(column.type) for column in table.columns}
        assert kinds <= {Words, sa.Integer, sa.BigInteger, sa.Boolean, sa.DateTime, sa.Float}


def test_a_job_that_waits_for_a_program_with_a_long_name_lives(program: Program) -> None:
    code = program.store.start(program.receive(CLIENTS)).code
    phase = f"waiting for process 12345 ({'/usr/bin/' * 20}python3.11)"
    assert not program.store.record_heartbeat(code, phase, 0, 0, None, None)
    assert program.store.job_progress(code).phase == phase


def test_sums_are_whole_numbers(program: Program) -> None:
    program.run(CLIENTS)
    counts = program.store.figures.tallies()[Status.COMPLETED].counts
    assert type(counts.created) is type(counts.updated) is type(counts.skipped) is type(counts.errors) is int
    assert counts.created == 1


def test_silence_is_measured_by_the_clock_of_the_database(program: Program) -> None:
    """A machine whose clock is wrong by hours neither takes a live job for dead, nor a dead one for live."""
    code = program.store.start(program.receive(CLIENTS)).code
    elsewhere = {"host": "another-machine", "pid": 1}
    for seconds, is_dead in ((0, False), (25, False), (31, True)):
        with program.job_tables() as connection:
            silent = sa.func.timezone("utc", sa.func.now()) - timedelta(seconds=seconds)
            connection.execute(sa.update(jobs).values(heartbeat=silent, **elsewhere))
        heartbeat = program.store.heartbeat(code)
        assert heartbeat is not None
        assert heartbeat.is_dead is is_dead
        assert timedelta(0) <= heartbeat.silence - timedelta(seconds=seconds) < timedelta(seconds=60)


def test_a_mapping_saved_by_many_at_once(program: Program) -> None:
    names = list(string.ascii_uppercase[:12])

    def save(number: int) -> None:
        with opened(program.settings.database_url, program.home.path) as store:
            store.mappings.save(SavedMapping(code="clients", name=names[number], column_mappings=()))

    at_once(len(names), save)
    [saved] = [mapping for mapping in program.store.mappings.all() if not mapping.is_preset]
    assert saved.name in names


def test_new_mappings_of_one_name_saved_by_many_at_once_are_all_kept(program: Program) -> None:
    def add(number: int) -> str:
        with opened(program.settings.database_url, program.home.path) as store:
            new = SavedMapping(code="clients", name="Clients", column_mappings=())
            return store.mappings.add_by_name(new).code

    codes = at_once(6, add)
    assert sorted(codes) == ["clients", *(f"clients-{number}" for number in range(2, 7))]


def test_a_job_started_by_many_at_once_is_started_once(program: Program) -> None:
    code = program.receive(CLIENTS)
    with program.job_tables() as connection:
        connection.execute(sa.update(jobs).values(heartbeat=None, pid=None))
    asked = at_once(8, lambda _number: _ask(program, code))
    assert sorted(asked) == [False] * 7 + [True]


def _ask(program: Program, code: str) -> bool:
    try:
        program.store.waiting.request_start(code, import_options())
    except Exception:
        return False
    return True


@pytest.mark.parametrize("path", ["drop.lock", "taken/.lock", "jobs/abcdefghjk"])
def test_a_lock_reaches_all_machines(path: str, program: Program) -> None:
    """Nothing in the home folder is locked for it: what is there may not reach other machines."""
    lock = program.home.path / path
    with locked(program.settings, program.home, lock) as is_locked:
        assert is_locked
        assert not lock.exists()
        with locked(program.settings, program.home, lock, waits=False) as is_locked_too:
            assert not is_locked_too
        other = program.home.path / "another.lock"
        with locked(program.settings, program.home, other, waits=False) as is_other_locked:
            assert is_other_locked
    with locked(program.settings, program.home, lock, waits=False) as is_free:
        assert is_free


def test_the_drop_folder_has_its_locks_there(program: Program) -> None:
    drop = open_drop_folder(program.settings, program.home)
    for context, path in ((drop.alone, "drop.lock"), (drop.finalising, "taken/.lock")):
        with context(), locked(program.settings, program.home, program.home.path / path, waits=False) as is_locked_too:
            assert not is_locked_too


def test_a_lock_of_a_connection_that_is_lost_is_free(program: Program, postgres_server: PostgresServer) -> None:
    lock = program.home.drop_lock
    with locked(program.settings, program.home, lock):
        ended = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"
        postgres_server.execute(ended)
        with locked(program.settings, program.home, lock) as is_locked:
            assert is_locked


def test_a_server_that_comes_back_is_used_again(tmp_path: Path, postgres_server: PostgresServer) -> None:
    with a_server() as server, opened(server.url(), tmp_path) as store:
        code = store.create(new_code(), "c.csv", import_options(), "test").code
        server.stop()
        with pytest.raises(StoreError, match=r"(went away|cannot be reached) \(.+\)\. See that the server runs"):
            store.job(code)
        server.start()
        assert store.job(code).status is Status.QUEUED


def test_connections_that_were_ended_are_replaced(program: Program, postgres_server: PostgresServer) -> None:
    code = program.receive(CLIENTS)
    postgres_server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
    assert program.store.job(code).code == code


def test_another_home_folder(program: Program, tmp_path: Path) -> None:
    """Its jobs would have no files for the other machines, and theirs none for it."""
    with pytest.raises(StoreError, match="All machines need the same folder, on a volume that they share") as error:
        opened(program.settings.database_url, tmp_path / "other")
    assert str(program.home.path) in str(error.value)
    cli = CommandLine(tmp_path / "other", **program.environment)
    answer = cli("run", "-", stdin=CLIENTS)
    assert answer.status != 0
    assert "All machines need the same folder" in answer.stderr
    assert PASSWORD not in answer.stderr
    assert program.store.jobs() == []


def test_the_same_home_folder_mounted_elsewhere(program: Program, tmp_path: Path) -> None:
    (tmp_path / "mounted").symlink_to(program.home.path)
    with opened(program.settings.database_url, tmp_path / "mounted") as store:
        assert store.jobs() == []


def test_a_home_folder_that_is_lost_for_good(program: Program, tmp_path: Path) -> None:
    other = Home(tmp_path / "other").create()
    other.mark_file.write_text(program.home.mark_file.read_text())  # as the sentence says
    with opened(program.settings.database_url, other.path) as store:
        assert store.jobs() == []


def test_job_store_that_is_gone(program: Program, postgres_server: PostgresServer) -> None:
    cli = CommandLine(program.home.path, **program.environment)
    assert cli("run", "-", "--quiet", stdin=CLIENTS).stderr == ""
    [(schema,)] = postgres_server.execute("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'client_import_test_%'")
    postgres_server.execute(f"DROP SCHEMA {schema} CASCADE")
    answer = cli("jobs")
    assert "There was no job store postgresql://127.0.0.1" in answer.stderr
    assert cli("jobs").stderr == ""


def test_a_machine_on_which_the_setting_is_missing(program: Program) -> None:
    """It would import into files that no other machine looks at."""
    answer = CommandLine(program.home.path)("run", "-", stdin=CLIENTS)
    assert answer.status != 0
    assert "set CLIENT_IMPORT_DATABASE, as it is set on the other machines" in " ".join(answer.stderr.split())
    assert not program.home.job_store.exists()
    program.home.mark_file.unlink()  # as the sentence says
    assert CommandLine(program.home.path)("run", "-", "--quiet", stdin=CLIENTS).status == 0


def test_a_home_folder_that_had_its_own_databases(tmp_path: Path, postgres_url: str) -> None:
    assert CommandLine(tmp_path)("run", "-", "--quiet", stdin=CLIENTS).status == 0
    cli = CommandLine(tmp_path, CLIENT_IMPORT_DATABASE=postgres_url)
    said = " ".join(cli("jobs").stderr.split())
    assert "is in clients.duckdb and jobs.sqlite there, and not used while CLIENT_IMPORT_DATABASE is set" in said
    assert cli("jobs").stderr == ""


def changed_by_somebody(server: PostgresServer, schema: str) -> str:
    Home(home := Path(os.environ["CLIENT_IMPORT_HOME"])).create()
    opened(server.url(schema), home).close()
    server.execute(f"ALTER TABLE client_import_{schema}.jobs DROP COLUMN file_name")
    return server.url(schema)


def newer(server: PostgresServer, schema: str) -> str:
    server.execute(f"CREATE SCHEMA client_import_{schema}")
    server.execute(f"COMMENT ON SCHEMA client_import_{schema} IS 'client-import 999'")
    return server.url(schema)


WRONG: dict[str, tuple[Callable[[PostgresServer, str], str], str]] = {
    "changed": (changed_by_somebody, "without the column file_name"),
    "newer": (newer, "is of version 999"),
}


@pytest.fixture
def schema(postgres_server: PostgresServer) -> Iterator[str]:
    with postgres_server.schema() as schema:
        yield schema


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_said_in_a_sentence(
    what: str, postgres_server: PostgresServer, schema: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoil, advice = WRONG[what]
    monkeypatch.setenv("CLIENT_IMPORT_HOME", str(tmp_path))
    url = spoil(postgres_server, schema)
    with pytest.raises(StoreError) as error:
        opened(url, tmp_path).create(new_code(), "c.csv", import_options(), "test")
    sentence = str(error.value)
    assert advice in sentence
    assert PASSWORD not in sentence
    assert "\n" not in sentence
    assert sentence.endswith(".")


def test_the_password_is_not_shown(program: Program) -> None:
    answer = CommandLine(program.home.path, **program.environment)("settings")
    assert "CLIENT_IMPORT_DATABASE" in answer.stdout
    assert PASSWORD not in answer.stdout
    assert "pass%2Fword" not in answer.stdout
