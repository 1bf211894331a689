"""Covers the clients as they are read back: one with its fields, and the search with its order and pages."""

from __future__ import annotations

import pytest

from client_import.clients.history_tables import HISTORY_TABLES
from client_import.clients.tables import NULLABLE_IN_LEDGER
from client_import.errors import ClientNotFoundError, StoreError
from client_import.fields.catalogue import FIELDS
from client_import.history.clients import LISTED, client_of, count_clients, find_clients
from client_import.history.of_client import history_of
from client_import.history.of_job import check_history
from client_import.jobs.record import iso
from client_import.validation.validate import MASK
from tests.support.program import Program

pytestmark = pytest.mark.both_stores

CLIENTS = """\
Code,Name,Type,Email,Telephone,CompanyNumber,InternalReference,NiNumber,Utr,PersonalCode,IncorporationDate,PclSent
A1,Zoë & Söhne,Ltd,Zoe@example.com,020 7946 0958,12345,ref-7,,,s1,31/12/2019,yes
A10,Ann,Individual,,,,,AB123456C,1234567895,,,
b2,100%_pure,Ltd,,,,,,,,,
C/3?#,Ann,Trust,,,,,,,,,
"""


@pytest.fixture(autouse=True)
def filled(program: Program) -> None:
    job = program.run(CLIENTS.encode())
    assert (job["createdCount"], job["errorCount"]) == (4, 0), program.not_imported(job["code"])


def found(program: Program, search: str = "") -> list[str | None]:
    """The codes of all that are found, page by page of two."""
    codes, offset = [], 0
    with program.database.read() as reader:
        while True:
            page = find_clients(reader, search, offset=offset, limit=2)
            codes += [client.code for client in page.clients]
            offset += len(page.clients)
            if not page.has_more:
                assert offset == count_clients(reader, search)
                return codes


def test_all_clients_are_in_the_order_of_their_codes(program: Program) -> None:
    assert found(program) == ["A1", "A10", "C/3?#", "b2"]


SEARCHES: dict[str, list[str | None]] = {
    "zoë": ["A1"],
    "SÖHNE": ["A1"],
    "ZOE@EXAMPLE": ["A1"],
    "794609": ["A1"],
    "00012345": ["A1"],
    "REF-": ["A1"],
    "ab1234": ["A10"],
    "1234567895": ["A10"],
    "ann": ["A10", "C/3?#"],
    "/3?#": ["C/3?#"],
    "0%_P": ["b2"],
    "%": ["b2"],
    "_": ["b2"],
    "\\": [],
    "s1": [],
    "Ltd": [],
    "' OR 1=1 --": [],
    "\x1f": [],
    "\0": [],
    "\udcff": [],
}


def test_a_search_looks_into_names_codes_numbers_and_addresses(program: Program) -> None:
    assert {search: found(program, search) for search in SEARCHES} == SEARCHES


def test_the_client_whose_code_it_is_comes_first_and_by_itself(program: Program) -> None:
    program.run(b"Code,Name,Type\n0,Before A1 there is,Ltd\n")
    assert found(program, "a1") == ["A1", "0", "A10"]
    with program.database.read() as reader:
        page = find_clients(reader, "a1", limit=10)
    assert [client.code for client in page.clients] == ["A1"]
    assert page.has_more


def test_a_line_has_the_fields_of_the_list(program: Program) -> None:
    with program.database.read() as reader:
        line = find_clients(reader, "zoë").clients[0].to_line()
    assert line == {
        "code": "A1",
        "name": "Zoë & Söhne",
        "type": "PrivateLimitedCompany",
        "status": "Active",
        "companyNumber": "00012345",
        "internalReference": "ref-7",
        "niNumber": None,
        "utr": None,
        "selfAssessmentUtr": None,
        "companyUtr": None,
        "email": "Zoe@example.com",
        "telephone": "+442079460958",
    }
    assert len(line) == len(LISTED)


def test_one_client_has_every_field_and_its_trace(program: Program) -> None:
    with program.database.read() as reader:
        client = client_of(reader, "a1")
        revealed = client_of(reader, "A1", reveal=True)
    assert [*client.values] == [field.name for field in FIELDS]
    assert {name: value for name, value in client.values.items() if value and name not in LISTED} == {
        "PclSent": "true",
        "IncorporationDate": "2019-12-31",
        "PersonalCode": MASK,
    }
    assert revealed.values == {**client.values, "PersonalCode": "s1"}
    [job] = program.store.jobs(limit=2)
    assert client.to_json() | {"fields": None} == {
        "code": "A1",
        "fields": None,
        "createdByJob": job.code,
        "updatedByJob": job.code,
        "createdDate": iso(client.trace[0]),
        "updatedDate": iso(client.trace[1]),
    }


def test_one_client_by_an_odd_code(program: Program) -> None:
    program.change("INSERT INTO clients (code, name) VALUES ('aBc', 'Mixed')")
    with program.database.read() as reader:
        for asked, code in (("c/3?#", "C/3?#"), ("AbC", "aBc"), ("B2", "b2")):
            assert client_of(reader, asked).code == code


def test_a_client_that_there_is_not(program: Program) -> None:
    with program.database.read() as reader:
        for code in ("A2", "", "%", "\0", "\udcff"):
            with pytest.raises(
                ClientNotFoundError, match=r"There is no client .*`client-import clients --search TEXT`"
            ):
                client_of(reader, code)


def test_clients_of_other_programs_are_found(program: Program) -> None:
    program.change("INSERT INTO clients (name, created_at) VALUES ('No code', NULL)")
    assert found(program) == ["A1", "A10", "C/3?#", "b2", None]
    assert found(program, "no CODE") == [None]


def test_a_database_from_before_there_was_a_history(program: Program) -> None:
    [job] = program.store.jobs(limit=2)
    program.change("DROP VIEW client_changes")
    for table in HISTORY_TABLES:
        program.change(f"DROP TABLE {table}")
    for column in NULLABLE_IN_LEDGER:
        program.change(f"ALTER TABLE import_jobs DROP COLUMN {column}")
    columns = " ".join(field.column for field in FIELDS)
    program.change(f"COMMENT ON TABLE clients IS 'client-import 1: {columns}'")
    with program.database.read() as reader:
        assert client_of(reader, "a1").code == "A1"
        assert [client.code for client in find_clients(reader, "ann").clients] == ["A10", "C/3?#"]
        found = history_of(reader, "A1")
        with pytest.raises(StoreError, match="has no history of job"):
            check_history(reader, job)
    assert found.entries == []
    assert found.notice == "It was imported before there was a history, and no job has changed it since."
