"""The laws of docs/rules.md section 1, and the model's agreement with the program, over generated imports.

Not here: L4 and L5 while a job is running, cancelling, crashes, encodings and delimiters. A job is seen only
when it has finished, and its file is clean UTF-8 whose headers are the names of fields.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import asdict, replace
from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from client_import.fields.catalogue import BY_NAME
from client_import.merge import transaction
from client_import.validation.validate import MASK
from tests.support.model import data_rows, match_field, match_key, run_import
from tests.support.model_cells import FIELDS
from tests.support.model_data import File, Options, Result, Table
from tests.support.postgres import PostgresServer
from tests.support.program import Program, a_program
from tests.support.rare_cases import RARE_CASES
from tests.support.strategies import MATCH_FIELDS, Case, Upload, cases

pytestmark = pytest.mark.slow

# An example is two or three whole imports, so there are fewer of them than where one is the call of a function. In CI
# each match field has twelve, and every run has others; what they have found once is in RARE_CASES for good.
law = settings(
    max_examples=min(2 * settings.default.max_examples // 3, 12),
    deadline=None,
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.function_scoped_fixture,
        HealthCheck.data_too_large,
    ],
)

few = settings(law, max_examples=2 * law.max_examples // 3)

STAMPS = ("created_at", "updated_at", "created_by_job", "updated_by_job")
Place = Callable[[], AbstractContextManager[str | None]]  # where the clients of a program are to be
Clients = dict[str, dict[str, object]]  # by the client's code, in lower case


def arguments(upload: Upload, options: Options) -> dict[str, object]:
    """The options as the program takes them: those given, and the mapping."""
    given_options = {name: value for name, value in asdict(options).items() if value is not None}
    return {"map": upload.mapping, **given_options}


def run(program: Program, upload: Upload, options: Options) -> dict:
    return program.run(upload.data, **arguments(upload, options))


def clients(program: Program) -> Clients:
    """The clients table by code, stamps and empty columns included."""
    rows = program.clients()
    table = {match_key(str(row["code"])): row for row in rows}
    assert len(table) == len(rows), "two clients have one code"
    return table


def filled(program: Program) -> Table:
    """The clients table as the model has one: without stamps and without empty columns."""
    return {
        code: {column: value for column, value in row.items() if value is not None and column not in STAMPS}
        for code, row in clients(program).items()
    }


def utc(text: str) -> dt.datetime:
    """A time of the job record: ISO 8601, UTC, ending in Z."""
    assert text.endswith("Z")
    return dt.datetime.fromisoformat(text)


def expected_counts(result: Result) -> dict[str, object]:
    """The counts of the job record that the model expects."""
    return {
        "status": result.status,
        "totalItems": result.total,
        "processedItems": result.total,
        "createdCount": result.created,
        "updatedCount": result.updated,
        "skippedCount": result.skipped,
        "errorCount": result.errors,
        "outcome": result.outcome,
    }


def expected_rejects(result: Result) -> list[tuple[int, str, frozenset[str]]]:
    """Row number, outcome and reasons of every row not imported, in file order."""
    return [(number, verdict.outcome, verdict.reasons) for number, verdict in result.not_imported.items()]


def actual_rejects(rows: list[dict[str, str]]) -> list[tuple[int, str, frozenset[str]]]:
    """The same, as the rows of not_imported.csv have it."""
    return [(int(row["import_row"]), row["import_outcome"], frozenset(row["import_reason"].split(";"))) for row in rows]


def source_cells(file: File, number: int) -> dict[str, str]:
    """The raw cells of a row by header, a short record filled up."""
    record = file.records[number - 2]
    return dict(zip(file.headers, record + ("",) * len(file.headers), strict=False))


@contextmanager
def new_database(server: PostgresServer) -> Iterator[str]:
    """The address of a database without tables."""
    with server.schema() as schema:
        yield server.url(schema)


@contextmanager
def updating(*, anew: bool) -> Iterator[None]:
    """Have clients updated where they stand, or as new rows, which otherwise very many are."""
    with pytest.MonkeyPatch.context() as patch:
        if anew:
            patch.setattr(transaction, "MOST_CELLS", (1,))
        yield


def assert_agreement(case: Case, clients_in: Place) -> dict:
    """Both imports of a case leave program and model with the same table; the second also with the same record.

    It keeps the laws as well. Returns its record.
    """
    earlier = run_import({}, case.earlier.file, case.earlier_options)
    expected = run_import(earlier.table, case.upload.file, case.options)
    with clients_in() as url, a_program(url) as program:
        run(program, case.earlier, case.earlier_options)
        assert filled(program) == earlier.table
        before = clients(program)
        job = run(program, case.upload, case.options)
        after = clients(program)
        rows = program.not_imported(job["code"])
        assert {name: job[name] for name in expected_counts(expected)} == expected_counts(expected)
        assert actual_rejects(rows) == expected_rejects(expected)
        assert filled(program) == expected.table
    assert_the_record_adds_up(job)
    assert_counts_are_the_truth(before, job, after)
    assert_rows_keep_their_cells(case.upload.file, job, rows)
    return job


def assert_the_record_adds_up(job: dict) -> None:
    """L1, and what L4 and L5 say of a job that has finished."""
    handled = sum(job[count] for count in ("createdCount", "updatedCount", "skippedCount", "errorCount"))
    assert job["status"] in ("Completed", "Failed")
    assert job["totalItems"] is not None, "all rows were counted before the job ended"
    assert job["processedItems"] <= job["totalItems"]
    assert utc(job["createdDate"]) <= utc(job["startedDate"]) <= utc(job["completedDate"])
    if job["status"] == "Completed":
        assert handled == job["processedItems"] == job["totalItems"]
        assert job["failureReason"] is None
    else:
        assert job["failureReason"]


def assert_counts_are_the_truth(before: Clients, job: dict, after: Clients) -> None:
    """L2, and the stamps of section 5: every change is counted, and no other client is touched. L3, if it failed."""
    born = after.keys() - before.keys()
    differ = {code for code in before if unstamped(before[code]) != unstamped(after[code])}
    assert before.keys() <= after.keys()
    assert (len(born), len(differ)) == (job["createdCount"], job["updatedCount"])
    for code in before.keys() - differ:
        assert after[code] == before[code]
    for code in differ:
        assert after[code]["updated_by_job"] == job["code"]
        assert created_stamps(after[code]) == created_stamps(before[code])
    for code in born:
        assert after[code]["created_by_job"] == job["code"]
    if job["status"] == "Failed":
        assert after == before


def unstamped(client: dict[str, object]) -> dict[str, object]:
    return {column: value for column, value in client.items() if column not in STAMPS}


def created_stamps(client: dict[str, object]) -> tuple[object, object]:
    return client["created_at"], client["created_by_job"]


def assert_rows_keep_their_cells(file: File, job: dict, rows: list[dict[str, str]]) -> None:
    """Section 8: the source's columns first, cells as they were; a link only when there is such a row."""
    for row in rows:
        cells = source_cells(file, int(row["import_row"]))
        assert {header: row[header] for header in cells} == cells
        assert tuple(row)[: len(cells)] == file.headers
        assert row["import_message"]
    assert (job["notImportedDownloadUrl"] is not None) == bool(rows)


@pytest.mark.parametrize("match_on", MATCH_FIELDS)
@law
@given(data=st.data())
def test_program_and_model_agree(match_on: str, data: st.DataObject) -> None:
    """Counts, reasons per row, the whole table and the laws, on each match field, and however clients are updated."""
    with updating(anew=data.draw(st.booleans())):
        assert_agreement(data.draw(cases(match_on)), nullcontext)


@few
@given(case=st.sampled_from(MATCH_FIELDS).flatmap(cases), anew=st.booleans())
def test_program_and_model_agree_in_postgresql(case: Case, anew: bool, postgres_server: PostgresServer) -> None:
    with updating(anew=anew):
        assert_agreement(case, partial(new_database, postgres_server))


@pytest.mark.parametrize("name", RARE_CASES)
def test_program_and_model_agree_on_rare_cases(name: str) -> None:
    assert_agreement(RARE_CASES[name], nullcontext)


@pytest.mark.parametrize("name", RARE_CASES)
def test_program_and_model_agree_on_rare_cases_in_postgresql(name: str, postgres_server: PostgresServer) -> None:
    assert_agreement(RARE_CASES[name], partial(new_database, postgres_server))


@few
@given(case=cases())
def test_dry_run_says_what_the_import_does(case: Case) -> None:
    """Section 7: the counts and reasons the import would have; no job, no change."""
    earlier = run_import({}, case.earlier.file, case.earlier_options)
    expected = run_import(earlier.table, case.upload.file, case.options)
    with a_program() as program:
        run(program, case.earlier, case.earlier_options)
        before = clients(program)
        plan = program.plan(case.upload.data, **arguments(case.upload, case.options))
        assert clients(program) == before
        job = run(program, case.upload, case.options)
        after = clients(program)
    for count in ("createdCount", "updatedCount", "skippedCount", "errorCount"):
        assert plan[count] == job[count]
    assert dict(plan["reasons"]) == expected.reasons
    if job["status"] == "Completed":
        assert {(change["code"], change["field"]) for change in plan["changes"]} == changed(before, after)
        for change in plan["changes"]:
            code, column = match_key(change["code"]), BY_NAME[change["field"]].column
            assert (change["from"], change["to"]) == (shown(before, code, column), shown(after, code, column))


def changed(before: Clients, after: Clients) -> set[tuple[object, str]]:
    """Code and field of everything that differs in clients that were there before."""
    return {
        (client["code"], field.name)
        for code, client in before.items()
        for field in BY_NAME.values()
        if client[field.column] != after[code][field.column]
    }


def shown(table: Clients, code: str, column: str) -> str | None:
    """A stored value as the plan tells it."""
    value = table[code][column]
    field = next(field for field in BY_NAME.values() if field.column == column)
    return MASK if value is not None and field.sensitive else as_text(value)


def as_text(value: object) -> str | None:
    return str(value).lower() if isinstance(value, bool) else None if value is None else str(value)


@few
@given(case=cases(failing=True))
def test_l3_a_failed_job_changes_nothing(case: Case) -> None:
    """L3: Failed over its error limit: the real errors, the rows to be fixed, and an untouched table."""
    assert assert_agreement(case, nullcontext)["status"] == "Failed"


@few
@given(case=cases())
def test_l6_the_same_file_again_does_nothing(case: Case) -> None:
    """L6, where it can hold: a rejected row that shares its match value may be accepted the second time."""
    options = replace(case.options, max_errors=None)
    with a_program() as program:
        run(program, case.earlier, case.earlier_options)
        before = filled(program)
        first = run(program, case.upload, options)
        between = clients(program)
        second = run(program, case.upload, options)
        after = clients(program)
    again = run_import(run_import(before, case.upload.file, options).table, case.upload.file, options)
    assert {name: second[name] for name in expected_counts(again)} == expected_counts(again)
    if first["errorCount"] == 0 or rejected_rows_stand_alone(before, case.upload.file, options):
        assert (second["createdCount"], second["updatedCount"]) == (0, 0)
        assert after == between
    if first["errorCount"] == 0 and one_code_per_match_value(case.upload.file, options):
        assert second["skippedCount"] == second["totalItems"]


def match_values(file: File, options: Options) -> dict[int, str]:
    """The normalised match value of every row that has one, by row number."""
    field = match_field(file, options)
    values = {row.number: row.value(field) for row in data_rows(file)}
    return {number: match_key(value) for number, value in values.items() if value is not None}


def rejected_rows_stand_alone(table: Table, file: File, options: Options) -> bool:
    """Whether no rejected row has its match value in common with another row of the file.

    Otherwise the first import can change what the rejected row is the second time: with the client created by
    the other row it need no longer have a Type, and a duplicate may be rejected for its Code and leave the
    other valid.
    """
    values = match_values(file, options)
    everywhere = list(values.values())
    verdicts = run_import(table, file, options).verdicts
    rejected = [number for number, verdict in verdicts.items() if verdict.outcome == "error"]
    return all(everywhere.count(values[number]) == 1 for number in rejected if number in values)


def one_code_per_match_value(file: File, options: Options) -> bool:
    """Whether rows with one match value have one Code; else a skipped one is a `code_mismatch` next time."""
    values = match_values(file, options)
    codes = {(values[row.number], row.value("Code")) for row in data_rows(file) if row.number in values}
    return match_field(file, options) == "Code" or len(codes) == len(set(values.values()))


def test_every_field_of_the_vocabulary_is_a_column() -> None:
    """The model speaks of columns that the clients table has."""
    columns = {field.column for field in FIELDS.values()}
    with a_program() as program:
        program.run(b"Name,Type\nAnn Lee,Individual\n", map={"Name": "Name", "Type": "Type"})
        [client] = program.clients()
    assert columns | set(STAMPS) <= client.keys()
