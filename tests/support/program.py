"""The program as most tests meet it: one home folder, bytes in, record, rows not imported and clients out.

It calls the steps of an import in the order the Dagster assets do, without Dagster; test_dagster.py holds the two
together.
"""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import sqlalchemy as sa
from pydantic import SecretStr

from client_import.clients.store import open_clients
from client_import.dry_run import dry_run
from client_import.errors import ClientImportError
from client_import.failpoints import failpoint
from client_import.jobs.known_mappings import KnownMappings
from client_import.jobs.opening import open_job_store
from client_import.jobs.postgresql import make_engine, schema_of
from client_import.jobs.record import Status, now
from client_import.jobs.store import JobStore
from client_import.mapping.file_spec import make_file_spec
from client_import.options import ImportOptions
from client_import.paths import Home, JobFolder
from client_import.pipeline import detect, merge, receive, validate
from client_import.preview import plan_json
from client_import.reading.source import keep_source
from client_import.recovery.monitor import JobMonitor
from client_import.recovery.recover import failure_boundary, finish
from client_import.reports.rejects_file import write_rejects
from client_import.settings import Settings
from client_import.system.scratch import scratch
from client_import.undo_job import UndoPreview, ask_for_undo, preview_undo, take_back
from tests.support.clients_copy import change, query_copy
from tests.support.limits import limits
from tests.support.tables import looking_into, rows_of

_NAMES = {
    "mode": "import_mode",
    "match_on": "match_field",
    "default_type": "default_client_type",
    "blank": "blank_cells",
    "mapping": "mapping_code",
    "header": "has_header_row",
}


def import_options(**options: Any) -> ImportOptions:
    """Options by the names the command line has for them.

    ``map`` is a dict of header to field, ``values`` one of field to a dict of word to member.
    """
    mapping, values = options.pop("map", None), options.pop("values", None)
    given = {_NAMES.get(name, name): value for name, value in options.items()}
    if mapping is not None:
        given["column_mappings"] = [{"csv_header": header, "target_field": field} for header, field in mapping.items()]
    if values is not None:
        given["value_mappings"] = values
    return ImportOptions.parse(given)


@contextmanager
def a_program(database_url: str | None = None) -> Iterator[Program]:
    """A program with an empty home, gone afterwards: for tests that hypothesis calls many times.

    In PostgreSQL the clients that rows can meet are looked up even if there are few, as they are among many.
    """
    with tempfile.TemporaryDirectory() as home:
        program = Program(Path(home), database_url, None if database_url is None else 0)
        try:
            yield program
        finally:
            program.store.close()


class Program:
    """A home folder, and everything a user can do with it.

    ``database_url`` is the setting CLIENT_IMPORT_DATABASE, which otherwise is that of the environment. With
    ``jobs_in_file`` the jobs are in the home folder all the same: for tests of what is wrong with the clients.
    """

    def __init__(
        self,
        home: Path,
        database_url: str | None = None,
        least_sieved: int | None = None,
        *,
        jobs_in_file: bool = False,
    ) -> None:
        self.home = Home(home).create()
        given = {} if database_url is None else {"database": SecretStr(database_url)}
        self.settings = Settings(home=home, **given)  # type: ignore[arg-type]
        self.database = open_clients(self.settings, self.home)
        self.clients_url = self.settings.database_url
        if least_sieved is not None:
            self.keep_clients_at(self.clients_url, least_sieved)
        self.store = JobStore.at(self.home.job_store) if jobs_in_file else open_job_store(self.settings, self.home)
        self.known = KnownMappings(self.home, self.store)

    def keep_clients_at(self, url: str, least_sieved: int | None = None) -> None:
        """Have the clients, and nothing else, in that PostgreSQL database.

        They are looked up from so many on; at first, when there are many.
        """
        from client_import.clients.postgresql.store import LEAST_SIEVED, PostgresClients

        settings, self.clients_url = self.settings, url
        self.database = PostgresClients(
            url,
            self.home.scratch,
            settings.lock_wait_seconds,
            settings.memory_limit_bytes,
            settings.threads,
            lambda: self.store.figures.changes_made(),
            LEAST_SIEVED if least_sieved is None else least_sieved,
        )

    @property
    def environment(self) -> dict[str, str]:
        """What a command of this home folder has in its environment beside that."""
        return {"CLIENT_IMPORT_DATABASE": url} if (url := self.settings.database_url) else {}

    def run(self, data: bytes, **options: Any) -> dict[str, Any]:
        """Import the CSV ``data`` and return the job record; options that do not fit raise OptionsError."""
        return self.carry_on(self.receive(data, **options), keeps_staged=True)

    def receive(self, data: bytes, **options: Any) -> str:
        """Make a Queued job of the CSV ``data`` and return its code."""
        chosen = import_options(**options)
        return receive(self.home, self.store, io.BytesIO(data), "clients.csv", chosen, "test", limits()).code

    def carry_on(self, code: str, *, keeps_staged: bool = False) -> dict[str, Any]:
        """Run the job to its end, from wherever a process that died has left it, and return its record."""
        job, chosen = self.store.job(code), self.store.options(code)
        folder = self.home.job(code)
        try:
            with failure_boundary(self.store, folder, code):
                job = self.store.start(code)
                failpoint("started")
                file_spec = detect(folder, chosen, self.known, limits())
                with JobMonitor(self.store, job.code, "reading") as monitor:
                    validate(folder, file_spec, chosen, limits(), 1, monitor)
                with JobMonitor(self.store, job.code, "planning") as monitor:
                    merged = merge(self.database, folder, self.store.job(job.code), chosen, monitor)
            if merged.job.has_not_imported:
                write_rejects(folder)
            if keeps_staged:
                job = self.store.finish(replace(merged.job, status=Status.COMPLETED, completed_date=now()))
            else:
                job = finish(self.store, folder, self.store.job(code))
        except ClientImportError:
            job = self.store.job(job.code)
        return job.with_url(folder.not_imported.as_uri()).to_json()

    def undo(self, code: str) -> dict[str, Any]:
        """Undo the job ``code`` and return the record of that; raises JobStateError when it cannot be undone."""
        return self.carry_on_with_undo(ask_for_undo(self.home, self.store, code, "test").code)

    def carry_on_with_undo(self, code: str) -> dict[str, Any]:
        """Run the undo to its end, from wherever a process that died has left it, and return its record."""
        folder = self.home.job(code)
        job = self.store.job(code)
        try:
            with failure_boundary(self.store, folder, code):
                job = self.store.start(code)
                failpoint("started")
                with JobMonitor(self.store, code, "planning") as monitor:
                    merged = take_back(self.database, folder, job, monitor)
            job = finish(self.store, folder, merged.job)
        except ClientImportError:
            job = self.store.job(code)
        return job.with_url(folder.not_imported.as_uri()).to_json()

    def undo_preview(self, code: str) -> UndoPreview:
        """The dry run of the undo of the job ``code``."""
        return preview_undo(self.database, code, 100)

    def plan(self, data: bytes, **options: Any) -> dict[str, Any]:
        """The dry run of the CSV ``data``."""
        chosen = import_options(**options)
        folder = JobFolder(self.home.path / "preview").create()
        keep_source(io.BytesIO(data), folder.source)
        file_spec = make_file_spec(folder.source, chosen, self.known, limits())
        return plan_json(dry_run(self.database, folder, file_spec, chosen, limits(), 1))

    def read(self, data: bytes, **options: Any) -> dict[int, set[str]]:
        """Read and validate the CSV ``data`` as an import does, and nothing else: the reasons of each rejected row.

        It takes a quarter of the time of an import, which has these reasons and those of the clients it meets.
        """
        chosen = import_options(**options)
        with scratch(self.home.scratch, "read") as path:
            folder = JobFolder(path)
            keep_source(io.BytesIO(data), folder.source)
            validate(folder, make_file_spec(folder.source, chosen, self.known, limits()), chosen, limits(), 1)
            errors = pa.concat_tables([pq.read_table(file, columns=["row", "reason"]) for file in folder.row_errors])
        reasons: dict[int, set[str]] = {}
        for error in errors.to_pylist():
            reasons.setdefault(error["row"], set()).add(error["reason"])
        return reasons

    @contextmanager
    def job_tables(self) -> Iterator[sa.Connection]:
        """The tables of the job store in a transaction, as another program has them."""
        if url := self.settings.database_url:
            engine = make_engine(url)
            engine = engine.execution_options(schema_translate_map={None: schema_of(engine)})
        else:
            engine = sa.create_engine(f"sqlite:///{self.home.job_store}")
        try:
            with engine.begin() as connection:
                yield connection
        finally:
            engine.dispose()

    def not_imported(self, code: str) -> list[dict[str, str]]:
        """The rows of not_imported.csv; empty when there is no such file."""
        file = self.home.job(str(code)).not_imported
        if not file.exists():
            return []
        text = file.read_bytes().decode("utf-8-sig")
        return list(csv.DictReader(io.StringIO(text, newline="")))

    def rejected(self, code: str) -> list[dict[str, str]]:
        """The rows of rejected.csv."""
        text = self.rejected_bytes(code).decode("utf-8-sig")
        return list(csv.DictReader(io.StringIO(text, newline="")))

    def rejected_bytes(self, code: str) -> bytes:
        """The bytes of rejected.csv."""
        return self.home.job(str(code)).rejected.read_bytes()

    def not_imported_bytes(self, code: str) -> bytes:
        """The bytes of not_imported.csv."""
        return self.home.job(str(code)).not_imported.read_bytes()

    def clients(self) -> list[dict[str, Any]]:
        """The whole clients table, ordered by code."""
        return self.query("SELECT * FROM clients ORDER BY code")

    def query(self, sql: str) -> list[dict[str, Any]]:
        """The rows of a query on the clients database; on PostgreSQL it is DuckDB's, on a copy of the tables."""
        if self.clients_url:
            return query_copy(self.clients_url, sql)
        if not self.home.clients_database.exists():
            return []
        with looking_into(str(self.home.clients_database)) as connection:
            return rows_of(connection.execute(sql))

    def change(self, sql: str) -> None:
        """Do with the clients database what another program might, in one statement."""
        if self.clients_url:
            change(self.clients_url, sql)
            return
        with duckdb.connect(str(self.home.clients_database)) as connection:
            connection.execute(sql)

    def reasons(self, code: str) -> dict[int, set[str]]:
        """The reasons of each row not imported, by row number."""
        return {int(row["import_row"]): set(row["import_reason"].split(";")) for row in self.not_imported(code)}
