"""What a row makes of its client (docs/rules.md, sections 4 and 5): blanks, #N/A, Utr, and what new clients get."""

from __future__ import annotations

import json
from typing import Any

import duckdb
import pytest

from client_import.clients.duckdb_file import DuckdbSession
from client_import.fields.catalogue import BY_NAME, FIELDS
from client_import.mapping.file_spec import FileSpec
from client_import.merge import transaction
from client_import.merge.apply import apply_plan
from client_import.merge.plan import make_plan
from client_import.options import ClientType
from client_import.validation.stage import Staged
from tests.support.program import Program, import_options
from tests.support.stores import in_a_file

pytestmark = pytest.mark.both_stores

BOB = b"Code,Name,Type,Status,TradingAs,PclSent,IncorporationDate\nB2,Bob,Ltd,Inactive,Bobs,Yes,2020-01-31\n"
STORED = {"code": "B2", "name": "Bob", "type": "PrivateLimitedCompany", "status": "Inactive"}
ROUTES = {
    ClientType.PRIVATE_LIMITED_COMPANY: "company_utr",
    ClientType.PUBLIC_LIMITED_COMPANY: "company_utr",
    ClientType.LIMITED_LIABILITY_PARTNERSHIP: "company_utr",
    ClientType.INDIVIDUAL: "self_assessment_utr",
    ClientType.SOLE_TRADER: "self_assessment_utr",
    ClientType.PARTNERSHIP: None,
    ClientType.TRUST: None,
    ClientType.CHARITY: None,
}
ONE_OF_EACH_ROUTE = (ClientType.PRIVATE_LIMITED_COMPANY, ClientType.INDIVIDUAL, ClientType.TRUST)


@pytest.fixture(autouse=True)
def written(clients_in: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have clients updated where they stand, and in PostgreSQL as new rows, which otherwise very many are.

    test_laws.py does both in each of the stores.
    """
    if clients_in is not None:
        monkeypatch.setattr(transaction, "MOST_CELLS", (2,))


@pytest.fixture
def bob(program: Program) -> Program:
    """The program with one client, every column of BOB filled."""
    assert program.run(BOB)["createdCount"] == 1
    return program


def only(program: Program, *columns: str) -> tuple[Any, ...]:
    """Those columns of the one client there is."""
    [client] = program.clients()
    return tuple(client[column] for column in columns)


def utrs(program: Program) -> list[tuple[str, str | None, str | None, str | None]]:
    """Each client's code and three UTRs."""
    columns = ("code", "utr", "company_utr", "self_assessment_utr")
    return [tuple(client[column] for column in columns) for client in program.clients()]


@pytest.mark.parametrize("options", [{}, *in_a_file({"blank": "keep"})])
@pytest.mark.parametrize("blank", ["", *in_a_file("  ", "\u00a0")])
def test_blank_cell_keeps_the_stored_value(bob: Program, options: dict[str, str], blank: str) -> None:
    row = f"B2{f',{blank}' * 6}\n".encode()
    assert bob.plan(BOB.split(b"\n")[0] + b"\n" + row, **options)["reasons"] == {"unchanged": 1}


@pytest.mark.parametrize(
    ("option", "cell"),
    [("clear", ""), ("keep", "#N/A"), *in_a_file(("clear", " "), ("clear", "#N/A"), ("keep", " #N/A "))],
)
def test_value_is_emptied(bob: Program, option: str, cell: str) -> None:
    data = f"Code,TradingAs,PclSent,IncorporationDate\nB2{f',{cell}' * 3}\n".encode()
    assert bob.run(data, blank=option)["updatedCount"] == 1
    assert only(bob, "trading_as", "pcl_sent", "incorporation_date") == (None, None, None)


@pytest.mark.parametrize(("option", "cell"), [("clear", ""), *in_a_file(("clear", "#N/A"), ("keep", "#N/A"))])
@pytest.mark.parametrize("match_on", ["Code", "Name"])
def test_code_name_type_and_status_are_never_emptied(bob: Program, option: str, cell: str, match_on: str) -> None:
    row = {"Code": cell, "Name": cell, "Type": cell, "Status": cell, match_on: STORED[match_on.lower()]}
    data = f"{','.join(row)}\n{','.join(row.values())}\n".encode()
    assert bob.plan(data, blank=option, match_on=match_on)["reasons"] == {"unchanged": 1}


@pytest.mark.parametrize("text", ["#n/a", *in_a_file("#N/A!", "N/A", "#NA")])
def test_only_exactly_na_empties(bob: Program, text: str) -> None:
    bob.run(f"Code,TradingAs\nB2,{text}\n".encode())
    assert only(bob, "trading_as") == (text,)


@pytest.mark.parametrize("option", ["clear", *in_a_file("keep")])
def test_emptying_what_is_empty_changes_nothing(bob: Program, option: str) -> None:
    assert bob.plan(b"Code,Team,Email\nB2,#N/A,#N/A\n", blank=option)["reasons"] == {"unchanged": 1}


def test_na_in_one_row_leaves_the_others_alone(program: Program) -> None:
    program.run(b"Code,Name,Type,Team,Email\nA1,Ann,Ltd,North,a@example.com\nB2,Bob,Ltd,South,b@example.com\n")
    program.run(b"Code,Team,Email\nA1,#N/A,\nB2,,#N/A\n")
    assert [(c["team"], c["email"]) for c in program.clients()] == [(None, "a@example.com"), ("South", None)]


def test_na_creates_a_client_without_the_value(program: Program) -> None:
    program.run(b"Name,Type,Team,Status\nAnn,Ltd,#N/A,#N/A\n")
    assert only(program, "name", "team", "status") == ("Ann", None, "Active")


@pytest.mark.parametrize(
    "match_on", ["Code", "Name", *in_a_file("CompanyNumber", "InternalReference", "NiNumber", "Email")]
)
def test_na_in_the_match_field_counts_as_blank(bob: Program, match_on: str) -> None:
    data = f"{match_on},Team\n#N/A,North\n".encode()
    assert bob.plan(data, match_on=match_on)["reasons"] == {"missing_required": 1}


@pytest.mark.parametrize(
    "client_type", [*ONE_OF_EACH_ROUTE, *in_a_file(*(each for each in ClientType if each not in ONE_OF_EACH_ROUTE))]
)
def test_utr_goes_where_the_type_says(program: Program, client_type: ClientType) -> None:
    program.run(f"Code,Name,Type,Utr\nA1,Ann,{client_type},1955839661K\n".encode())
    target = ROUTES[client_type]
    routed = ["1955839661" if target == column else None for column in ("company_utr", "self_assessment_utr")]
    assert utrs(program) == [("A1", "1955839661", *routed)]


@pytest.mark.parametrize(("cell", "kept"), [("#N/A", None), *in_a_file(("2234567890", "2234567890"), ("", None))])
def test_explicit_column_wins_over_utr(program: Program, cell: str, kept: str | None) -> None:
    program.run(f"Code,Name,Type,Utr,CompanyUtr\nA1,Ann,Ltd,1955839661,{cell}\n".encode())
    assert utrs(program) == [("A1", "1955839661", kept, None)]


def test_explicit_column_of_the_other_kind_does_not_stop_utr(program: Program) -> None:
    program.run(b"Code,Name,Type,Utr,SelfAssessmentUtr\nA1,Ann,Ltd,1955839661,2234567890\n")
    assert utrs(program) == [("A1", "1955839661", "1955839661", "2234567890")]


@pytest.mark.parametrize(
    ("data", "options", "company", "personal"),
    [
        (b"Code,Utr\nA1,1955839661\n", {}, None, "1955839661"),
        (b"Code,Type,Utr\nA1,Ltd,1955839661\n", {}, "1955839661", None),
        (b"Code,Type,Utr\nA1,,1955839661\n", {"default_type": "Trust"}, None, "1955839661"),
        (b"Code,Type,Utr\nA1,Trust,1955839661\n", {}, None, None),
    ],
    ids=["the stored type", "the row's type", "the stored type, not the default", "a type of neither kind"],
)
def test_utr_of_an_update_goes_by_the_type_after_it(
    program: Program, data: bytes, options: dict[str, str], company: str | None, personal: str | None
) -> None:
    program.run(b"Code,Name,Type\nA1,Ann,Individual\n")
    program.run(data, **options)
    assert utrs(program) == [("A1", "1955839661", company, personal)]


def test_utr_of_a_created_client_goes_by_the_default_type(program: Program) -> None:
    program.run(b"Code,Name,Utr\nA1,Ann,1955839661\n", default_type="sole-trader")
    assert utrs(program) == [("A1", "1955839661", None, "1955839661")]


@pytest.mark.parametrize(
    ("option", "cell", "left"), [("keep", "", "1955839661"), ("clear", "", None), *in_a_file(("keep", "#N/A", None))]
)
def test_blank_utr_does_to_its_target_what_it_does_to_utr(
    program: Program, option: str, cell: str, left: str | None
) -> None:
    program.run(b"Code,Name,Type,Utr\nA1,Ann,Ltd,1955839661\n")
    program.run(f"Code,Utr\nA1,{cell}\n".encode(), blank=option)
    assert utrs(program) == [("A1", left, left, None)]


def test_generated_codes_are_given_in_row_order(program: Program) -> None:
    program.run(b"Name,Type\nZoe,Ltd\nAnn,Ltd\nMia,Ltd\n")
    assert {c["code"]: c["name"] for c in program.clients()} == {"C000001": "Zoe", "C000002": "Ann", "C000003": "Mia"}


def test_generated_codes_go_on_in_the_next_import(program: Program) -> None:
    program.run(b"Name,Type\nZoe,Ltd\nAnn,Ltd\n")
    program.run(b"Name,Type\nMia,Ltd\nZoe,Ltd\n")
    assert [(c["code"], c["name"]) for c in program.clients()][-1] == ("C000003", "Mia")


def test_generated_codes_skip_those_of_clients_and_of_the_file(program: Program) -> None:
    program.run(b"Code,Name,Type\nC000002,Bob,Ltd\nc000003,Cy,Ltd\nC7,Gus,Ltd\n")
    program.run(b"Name,Code,Type\nDee,,Ltd\nEve,,Ltd\nFay,C000005,Ltd\nHal,,Ltd\n", match_on="Name")
    by_name = {client["name"]: client["code"] for client in program.clients()}
    assert [by_name[name] for name in ("Dee", "Eve", "Fay", "Hal")] == ["C000001", "C000004", "C000005", "C000006"]


def test_rows_that_are_not_created_use_up_no_generated_code(program: Program) -> None:
    program.run(b"Name,Type\nAnn,Zorp\nBob,Ltd\nBob,Ltd\nCy,\nDee,Ltd\n")
    assert {c["code"]: c["name"] for c in program.clients()} == {"C000001": "Bob", "C000002": "Dee"}


@pytest.mark.parametrize("data", [b"Name,Type\nAnn,\n", *in_a_file(b"Name\nAnn\n", b"Name,Type\nAnn,#N/A\n")])
def test_default_type_fills_a_blank_or_unmapped_type(program: Program, data: bytes) -> None:
    assert program.run(data, default_type="charity")["outcome"] == "Clean"
    assert only(program, "type") == ("Charity",)


def test_default_type_leaves_a_type_that_is_given(program: Program) -> None:
    program.run(b"Name,Type\nAnn,Ltd\n", default_type="Charity")
    assert only(program, "type") == ("PrivateLimitedCompany",)


@pytest.mark.parametrize("data", [b"Code,Type,Team\nB2,,North\n", *in_a_file(b"Code,Team\nB2,North\n")])
def test_default_type_never_touches_a_client_that_exists(bob: Program, data: bytes) -> None:
    bob.run(data, default_type="Charity")
    assert only(bob, "type", "team") == ("PrivateLimitedCompany", "North")


@pytest.mark.parametrize("data", [b"Name,Type,Status\nAnn,Ltd,\n", *in_a_file(b"Name,Type\nAnn,Ltd\n")])
@pytest.mark.parametrize("option", ["clear", *in_a_file("keep")])
def test_created_client_without_a_status_is_active(program: Program, data: bytes, option: str) -> None:
    program.run(data, blank=option)
    assert only(program, "status") == ("Active",)


def test_created_client_keeps_the_status_and_code_it_is_given(program: Program) -> None:
    program.run(b"Name,Type,Status,Code\nAnn,Ltd,Prospect,X-1\n", match_on="Name")
    assert only(program, "status", "code") == ("Prospect", "X-1")


@pytest.mark.parametrize("changed", ["Name", "Partner", "InvoiceAddressLine3", "ContactMaritalStatus", "PersonalCode"])
def test_any_of_all_fields_can_be_the_one_that_changes(program: Program, changed: str) -> None:
    cells = {field.name: "" for field in FIELDS} | {"Code": "B2", "Name": "Bob", "Type": "Ltd", changed: "Bob"}
    header = ",".join(cells)
    assert len(cells) > 63  # more fields than a BIGINT has bits
    program.run(f"{header}\n{','.join(cells.values())}\n".encode())
    [before] = program.clients()
    cells[changed] = "Rob"
    assert program.run(f"{header}\n{','.join(cells.values())}\n".encode())["updatedCount"] == 1
    [after] = program.clients()
    differing = {column for column in after if after[column] != before[column]}
    assert differing == {BY_NAME[changed].column, "updated_at", "updated_by_job"}


def test_many_clients_written_in_parts_keep_what_they_have(program: Program) -> None:
    clients = {f"B{number}": "Partner" if number % 2 else "" for number in range(7)}
    program.run(
        ("Code,Name,Type,Partner\n" + "".join(f"{code},Bob,Ltd,{it}\n" for code, it in clients.items())).encode()
    )
    before = program.clients()
    changed = {"B1": "Ann", "B2": "Bee", "B3": "Cat", "B4": "Dee", "B6": "Eve"}
    job = program.run(("Code,Name\n" + "".join(f"{code},{name}\n" for code, name in changed.items())).encode())
    assert (job["updatedCount"], len(program.clients())) == (5, 7)
    traces = ("updated_at", "updated_by_job")
    for old, new in zip(before, program.clients(), strict=True):
        expected = {**old, "name": changed.get(old["code"], "Bob")}
        if old["code"] in changed:
            assert new["updated_by_job"] == job["code"]
            assert new["updated_at"] > old["updated_at"]
            expected |= {name: new[name] for name in traces}
        assert new == expected


class Explained:
    """A connection that keeps DuckDB's plan of each statement about what changes of clients that it passes on."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection
        self.plans: list[dict[str, Any]] = []

    def execute(self, statement: str, *given: Any) -> duckdb.DuckDBPyConnection:
        if any(part in statement for part in ("TEMP TABLE changing", "UPDATE clients", "c.* REPLACE")):
            [(_, plan)] = self.connection.execute(f"EXPLAIN (FORMAT JSON) {statement}").fetchall()
            self.plans += json.loads(plan)
        return self.connection.execute(statement, *given)


@pytest.mark.file_alone
def test_clients_are_updated_in_their_own_order(program: Program) -> None:
    """In the order of the rows DuckDB takes minutes, and few clients and many rows make it choose that by itself."""
    rows = "".join(f"B{number},Bob,Ltd\n" for number in range(5000))
    code = program.run(f"Code,Name,Type\nA1,Anna,Ltd\n{rows}".encode())["code"]
    with duckdb.connect(str(program.home.clients_database)) as connection:
        connection.execute("DELETE FROM clients; DELETE FROM import_jobs")
    program.run(b"Code,Name,Type\nA1,Ann,Ltd\n")
    folder, options, job = program.home.job(code), import_options(), program.store.job(code)
    file_spec, staged = FileSpec.load(folder.layout), Staged.load(folder.staged)
    with program.database.open() as session:
        plan = make_plan(session, folder, file_spec.mapping, options, staged)
        explained = Explained(session.tables)
        opened = DuckdbSession(explained)  # type: ignore[arg-type]
        apply_plan(opened, job, file_spec.mapping, options, staged, plan)
    looked_up = []
    for node in explained.plans:
        while node["name"] != "HASH_JOIN":
            [node] = node["children"]
        clients, rows = node["children"]
        assert (clients["name"], clients["extra_info"]["Table"].rpartition(".")[2]) == ("SEQ_SCAN", "clients")
        looked_up.append(rows["name"])
    assert looked_up == ["HASH_JOIN", "SEQ_SCAN"]
