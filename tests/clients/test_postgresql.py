"""Covers what the clients in PostgreSQL need beside the rules of an import, which the tests of those check.

Tables made and changed, readers beside a writer, and tables and rights that will not do: each is a sentence that says
what to do, without the password, and changes nothing.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from client_import.errors import InUseError, OptionsError, StoreError
from client_import.reports.export import export_clients
from client_import.settings import Settings, read_settings
from tests.support.cli import free_port
from tests.support.postgres import PASSWORD, PostgresServer
from tests.support.program import Program

CLIENTS = b"Code,Name,Type\nA1,Ann,Individual\nB2,Bob,Ltd\n"
MORE = b"Code,Name,Type\nA1,Anna,Individual\nC3,Cy,Ltd\n"
BUG = "A bug in the program"


@pytest.fixture
def clients_in(postgres_url: str) -> str:
    """Always PostgreSQL, for every program of this module."""
    return postgres_url


@pytest.fixture
def filled(program: Program) -> Program:
    """The program with the clients A1 and B2."""
    assert program.run(CLIENTS)["createdCount"] == 2
    return program


def failed(program: Program, data: bytes = MORE) -> str:
    """The reason why the import of ``data`` fails; the clients stay as they are."""
    job = program.run(data)
    reason: str = job["failureReason"]
    assert (job["status"], job["createdCount"], job["updatedCount"]) == ("Failed", 0, 0)
    assert PASSWORD not in reason
    assert "%2F" not in reason
    assert BUG not in reason
    assert reason.endswith(".")
    return reason


def test_nothing_is_made_in_the_home_folder(filled: Program) -> None:
    assert not filled.home.clients_database.exists()
    assert [client["code"] for client in filled.clients()] == ["A1", "B2"]


def test_export_is_that_of_the_file(filled: Program, tmp_path: Path) -> None:
    beside = Program(tmp_path / "beside", "")
    data = "Code,Name,Type,VatRegistered,IncorporationDate\nÄ9,Zoë,Ltd,yes,31/01/2020\na0,Σοφία,Ltd,,\n".encode()
    exported = []
    for program in (filled, beside):
        program.run(CLIENTS)
        assert program.run(data)["createdCount"] == 2
        file = io.BytesIO()
        with program.database.look(None) as session:
            export_clients(session.tables, None, file)
        exported.append(file.getvalue())
    assert exported[0] == exported[1]
    beside.store.close()


def test_export_of_an_empty_database_has_the_header(program: Program) -> None:
    file = io.BytesIO()
    with program.database.look(None) as session:
        export_clients(session.tables, None, file)
    assert file.getvalue().decode("utf-8-sig").count("\n") == 1


def test_dry_run_of_an_empty_database_makes_no_tables(program: Program, postgres_server: PostgresServer) -> None:
    assert program.plan(CLIENTS)["createdCount"] == 2
    with program.database.ask() as session:
        assert (session.recorded("nosuchjob2"), session.count()) == (None, 0)
    program.database.check()
    assert program.query("SELECT * FROM clients") == []


def test_readers_do_not_wait_for_a_writer_and_see_one_state(filled: Program) -> None:
    with filled.database.open(code="writerwrit") as writer:
        assert writer.count() == 2
        assert filled.plan(MORE)["updatedCount"] == 1
        filled.database.check()
        with filled.database.look(None) as session:
            assert session.tables.execute("SELECT code FROM clients ORDER BY code").fetchall() == [("A1",), ("B2",)]


def test_there_is_one_writer_at_a_time_and_who_waits_learns_whom_for(filled: Program) -> None:
    impatient = Program(filled.home.path, filled.clients_url)
    impatient.database._lock_wait_seconds = 1.5  # type: ignore[attr-defined]
    told: list[str] = []
    with filled.database.open(code="writerwrit"):
        with pytest.raises(InUseError) as waited, impatient.database.open(waiting=told.append):
            pass
        with pytest.raises(InUseError, match="the import writerwrit"), impatient.database.ask():
            pass
    holders = {holder.partition(" on ")[0] for holder in told if not holder.startswith("an answer of ")}
    assert holders == {"the import writerwrit"}  # and before that, of a busy server, its answer
    assert "are in use by the import writerwrit" in str(waited.value)
    assert "still were after 1.5 seconds" in str(waited.value)
    impatient.store.close()


def test_another_programs_transaction_is_named(filled: Program) -> None:
    import psycopg

    filled.database._lock_wait_seconds = 1.5  # type: ignore[attr-defined]
    with psycopg.connect(filled.clients_url, application_name="payroll") as other:
        other.execute("UPDATE clients SET team = 'x'")
        reason = failed(filled)
        other.rollback()
    assert "by the program payroll of the user postgres" in reason
    assert filled.run(MORE)["updatedCount"] == 1


def test_only_what_changes_is_written(filled: Program) -> None:
    """Columns of others stay as they are, and so do clients that no row changes."""
    filled.change("ALTER TABLE clients ADD COLUMN score integer DEFAULT 7")
    before = filled.query("SELECT * FROM clients WHERE code = 'B2'")
    assert filled.run(MORE)["updatedCount"] == 1
    assert filled.query("SELECT * FROM clients WHERE code = 'B2'") == before
    assert filled.query("SELECT DISTINCT score FROM clients") == [{"score": 7}]


def older(program: Program) -> None:
    """Make it a table of an older catalogue: its comment names the columns it was made with."""
    from client_import.clients.tables import comment_after

    comment = comment_after({})
    assert comment is not None
    program.change("ALTER TABLE clients DROP COLUMN website")
    program.change(f"COMMENT ON TABLE clients IS '{comment.replace(' website ', ' ')}'")


def test_column_of_a_new_field_is_made_and_then_belongs_to_the_table(filled: Program) -> None:
    older(filled)
    file = io.BytesIO()
    with filled.database.look(None) as session:  # who only reads makes none, and needs none
        export_clients(session.tables, None, file)
    assert "Website" in file.getvalue().decode("utf-8-sig")
    assert filled.plan(b"Code,Website\nA1,acme.example\n")["updatedCount"] == 1
    assert filled.run(b"Code,Website\nA1,acme.example\n")["updatedCount"] == 1
    filled.change("ALTER TABLE clients DROP COLUMN website")
    assert "clients without the column website" in failed(filled)


CHANGED = {
    "a column gone": ("ALTER TABLE clients DROP COLUMN team", "without the column team"),
    "id gone": ("ALTER TABLE clients DROP COLUMN id", "without the column id"),
    "another type": ("ALTER TABLE clients ALTER COLUMN name TYPE varchar(9)", "column name is character varying(9)"),
    "a ledger column gone": ("ALTER TABLE import_jobs DROP COLUMN status", "import_jobs without the column status"),
    "ledger gone": ("DROP TABLE import_jobs CASCADE", "no table import_jobs"),
    "newer": ("COMMENT ON TABLE clients IS 'client-import 99: code'", "Use that version"),
    "own rule": ("CREATE UNIQUE INDEX one ON clients (lower(status), updated_by_job) WHERE code LIKE 'X%'", "own that"),
    "own check": ("ALTER TABLE clients ADD CONSTRAINT x CHECK (code NOT LIKE 'X%')", "own that forbids this change"),
}


@pytest.mark.parametrize(("change", "said"), CHANGED.values(), ids=CHANGED.keys())
def test_tables_that_somebody_changed(change: str, said: str, filled: Program) -> None:
    filled.change(change)
    assert said in failed(filled, b"Code,Name,Type\nX1,X,Ltd\nX2,X,Ltd\n")


def test_column_of_ones_own_that_fills_itself_is_no_harm(filled: Program) -> None:
    filled.change("ALTER TABLE clients ADD COLUMN x int NOT NULL DEFAULT 1")
    assert filled.run(MORE)["status"] == "Completed"
    filled.change("ALTER TABLE clients ALTER COLUMN x DROP DEFAULT")
    assert "with a column x that must not be empty" in failed(filled)


def test_clients_that_a_policy_hides_are_not_created_again(
    filled: Program, postgres_server: PostgresServer, schema: str, no_user_left: None
) -> None:
    filled.change("ALTER TABLE clients ENABLE ROW LEVEL SECURITY")
    url = user(
        postgres_server,
        schema,
        "GRANT SELECT, INSERT, UPDATE ON clients, import_jobs TO {}",
        "CREATE POLICY own ON clients TO {} USING (code = 'A1') WITH CHECK (true)",
    )
    filled.keep_clients_at(url, 0)
    assert "row-level security" in failed(filled)


def test_view_in_place_of_the_table(filled: Program) -> None:
    filled.change("ALTER TABLE clients RENAME TO kept")
    filled.change("CREATE VIEW clients AS SELECT * FROM kept")
    assert "has a view clients where the table was" in failed(filled)


@pytest.mark.parametrize("event", ["INSERT", "UPDATE"])
def test_trigger_that_keeps_rows_from_being_written(event: str, filled: Program) -> None:
    filled.change("CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'")
    filled.change(f"CREATE TRIGGER keep BEFORE {event} ON clients FOR EACH ROW EXECUTE FUNCTION keep()")
    before = filled.clients()
    assert "has a trigger or a rule" in failed(filled)
    assert filled.clients() == before


def test_tables_that_are_gone_are_not_made_anew(filled: Program) -> None:
    filled.change("DROP TABLE clients, import_jobs CASCADE")
    assert "although 1 import of this home folder changed clients" in failed(filled)
    for use in (filled.database.check, lambda: filled.plan(MORE)):
        with pytest.raises(StoreError, match="Put them back"):
            use()
    assert filled.clients() == []


def user(server: PostgresServer, schema: str, *rights: str) -> str:
    """The address for a user who may do only that."""
    name = f"u{schema[-8:]}"
    server.execute(f"CREATE ROLE {name} LOGIN PASSWORD '{PASSWORD}'")
    for right in (f"GRANT USAGE ON SCHEMA {schema} TO {{}}", *rights):
        server.execute(right.format(name), schema)
    return server.url(schema, user=name)


@pytest.fixture
def schema(clients_in: str) -> str:
    return clients_in.rpartition("%3D")[2]


@pytest.fixture
def no_user_left(postgres_server: PostgresServer, schema: str) -> Iterator[None]:
    yield
    name = f"u{schema[-8:]}"
    postgres_server.execute(f"DROP OWNED BY {name}")
    postgres_server.execute(f"DROP ROLE {name}")


@pytest.mark.parametrize("rights", [(), ("GRANT SELECT ON clients, import_jobs TO {}",)], ids=["none", "to read"])
@pytest.mark.usefixtures("no_user_left")
def test_user_without_rights(
    rights: tuple[str, ...], filled: Program, postgres_server: PostgresServer, schema: str
) -> None:
    before, url = filled.clients(), filled.clients_url
    filled.keep_clients_at(user(postgres_server, schema, *rights))
    reason = failed(filled)
    assert "permission denied for table" in reason
    assert "Have the owner of the database grant that right" in reason
    filled.keep_clients_at(url)
    assert filled.clients() == before


@pytest.mark.usefixtures("no_user_left")
def test_user_who_may_make_nothing_imports_where_the_tables_are(
    filled: Program, postgres_server: PostgresServer, schema: str
) -> None:
    tables = "clients, import_jobs, client_history, client_creations, removed_clients"
    url = user(postgres_server, schema, f"GRANT SELECT, INSERT, UPDATE, DELETE ON {tables} TO {{}}")
    filled.change("UPDATE import_jobs SET completed_date = completed_date - interval '2 days'")  # a new day forgets
    filled.keep_clients_at(url, 0)
    job = filled.run(MORE)
    assert (job["createdCount"], job["updatedCount"]) == (1, 1)


@pytest.mark.usefixtures("no_user_left")
def test_user_who_may_make_no_tables_where_there_are_none(
    program: Program, postgres_server: PostgresServer, schema: str
) -> None:
    program.keep_clients_at(user(postgres_server, schema))
    assert "CREATE on the database and on the schema" in failed(program)


def wrong_password(url: str) -> str:
    return url.replace("pass%2Fword", "another")


def nobody_listens(url: str) -> str:
    return f"postgresql://ann:pass%2Fword@127.0.0.1:{free_port()}/clients"


UNREACHABLE: list[tuple[Callable[[str], str], str, str]] = [
    (wrong_password, "password authentication failed", "Correct the user and the password in CLIENT_IMPORT_DATABASE"),
    (nobody_listens, "Connection refused", "See that the server runs there"),
]


@pytest.mark.parametrize(("wrong", "what", "advice"), UNREACHABLE, ids=[case[0].__name__ for case in UNREACHABLE])
def test_database_that_cannot_be_reached(
    wrong: Callable[[str], str], what: str, advice: str, clients_in: str, program: Program
) -> None:
    program.keep_clients_at(wrong(clients_in))
    reason = failed(program)
    assert what in reason
    assert advice in reason
    with pytest.raises(StoreError, match="PostgreSQL database"):
        program.database.check()


@pytest.mark.parametrize(
    "address",
    [
        "mysql://ann:secret@host/db",
        "sqlite:///secret",
        "clients.duckdb://",
        "host/db",
        "postgresql",
        "postgresql:/",
        "postgresql://ann:s@cret@host/db",
    ],
)
def test_address_that_is_none_is_an_invalid_setting(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLIENT_IMPORT_DATABASE", address)
    with pytest.raises(OptionsError, match=r"CLIENT_IMPORT_DATABASE.*postgresql://user:password@host") as wrong:
        read_settings()
    assert "cret" not in str(wrong.value)


def test_password_is_in_no_text_of_the_settings() -> None:
    settings = Settings(database="postgresql://ann:hidden@host/db")  # type: ignore[arg-type]
    assert "hidden" not in f"{settings} {settings!r} {settings.model_dump_json()}"


def test_character_that_postgresql_cannot_store_comes_from_no_file(filled: Program, tmp_path: Path) -> None:
    data = b"Code,Name,Type,NatureOfBusiness\nZ9,Zed,Ltd,a\x00b\nY8,Yan,Ltd,cd\n"
    beside = Program(tmp_path / "beside", "")
    jobs = [program.run(data) for program in (filled, beside)]
    assert jobs[0]["createdCount"] == jobs[1]["createdCount"]
    assert jobs[0]["errorCount"] == jobs[1]["errorCount"]
    beside.store.close()
