"""Covers rejected rows that come back: the choices of the import they come from are known, but never its limits."""

from __future__ import annotations

import csv
import io
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from client_import.mapping.carried import carried
from client_import.mapping.file_spec import FileSpec
from client_import.options import ImportOptions
from tests.service.page.visits import form_of, imported, put_in, text_of
from tests.support.api_server import IMPORTS, ApiServer
from tests.support.cli import CommandLine
from tests.support.program import Program, import_options

pytestmark = pytest.mark.slow

_GOOD = "".join(
    f"G{number},Good {number},Ltd,{number * 7919 % 9000 + 1000:05d}{number + 100}\n" for number in range(10, 40)
)
BY_CELLS = f"Code,Name,Type,Mystery\nA1,Ann,Zorp,SC123456\nB1,Bob,Zorp,\n{_GOOD}".encode()
"""What goes to CompanyNumber is known by the cells of the whole file, and not by those of the two rejected rows."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    with ApiServer(tmp_path_factory.mktemp("api") / "home") as server:
        yield server


def corrected(program: Program, code: str) -> bytes:
    """The rejected rows of the job with a type that is one, and a note in place of an address."""
    return program.rejected_bytes(code).replace(b"Zorp", b"Trust")


def mapped(program: Program, code: str) -> dict[str, str]:
    mapping = FileSpec.load(program.home.job(code).layout).mapping
    return {column.header: column.field_name for column in mapping.columns}


def test_rows_that_come_back_are_mapped_as_they_were(program: Program) -> None:
    first = program.run(BY_CELLS)["code"]
    assert mapped(program, first)["Mystery"] == "CompanyNumber"
    rows = corrected(program, first).replace(b"SC123456", b"nobody")
    again = program.run(rows)
    assert mapped(program, again["code"]) == mapped(program, first)
    assert program.reasons(again["code"])[2] == {"bad_format"}
    assert again["notes"][0].startswith(f"These rows come back from job {first} (clients.csv)")


def test_rows_that_come_back_twice_are_known_by_the_import_before(program: Program) -> None:
    first = program.run(BY_CELLS)["code"]
    second = program.run(program.rejected_bytes(first).replace(b"SC123456", b"nobody"))
    third = program.run(corrected(program, second["code"]))
    assert f"from job {second['code']}" in third["notes"][0]
    assert mapped(program, third["code"])["Mystery"] == "CompanyNumber"


@pytest.mark.parametrize("left", ["rejected", "not_imported"])
def test_the_newest_import_of_the_same_columns_is_not_taken_for_the_one_they_come_from(
    program: Program, left: str
) -> None:
    program.run(_GOOD.encode(), map={"Column1": "Code", "Column2": "Name", "Column3": "Type"})
    first = program.run(BY_CELLS)["code"]
    rows = getattr(program, f"{left}_bytes")(first)
    program.run(b"Code,Name,Type,Mystery\nZ1,,Trust,\n", map={"Code": "Code", "Name": "Name", "Mystery": "Team"})
    again = program.run(rows.replace(b"Zorp", b"Trust"))
    assert f"from job {first}" in again["notes"][0]
    assert mapped(program, again["code"])["Mystery"] == "CompanyNumber"


def test_choices_beside_the_mapping_are_named_and_hold_again(program: Program) -> None:
    chosen = {"mode": "CreateOnly", "blank": "clear", "duplicates": "last", "day_first": False, "match_on": "Name"}
    first = program.run(BY_CELLS, **chosen, default_type="Trust", max_errors="50")["code"]
    note = program.run(corrected(program, first))["notes"][0]
    assert "holds again" in note
    for words in ("the mode CreateOnly", "the default type Trust", "blank cells that empty", "the last of several"):
        assert words in note
    assert "dates with the month first" in note
    assert "50" not in note
    layout = program.home.job(program.store.jobs()[0].code).layout
    assert FileSpec.load(layout).mapping.match_field == "Name"
    assert program.store.options(program.store.jobs()[0].code) == import_options()
    note = program.run(corrected(program, first), **chosen, default_type="Trust")["notes"][0]
    assert "holds again" not in note


ORDER_OF_DATES = (
    b"Code,Name,Type,IncorporationDate\nA1,Ann,Zorp,03/04/2024\nA2,Bob,Ltd,31/12/2024\nA3,Cy,Ltd,12/31/2024\n"
)


def test_dates_that_come_back_are_read_in_the_order_of_the_first_import(program: Program) -> None:
    first = program.run(ORDER_OF_DATES, day_first=False)["code"]
    rows = program.rejected_bytes(first)
    for _ in range(2):  # also when they come back from rows that came back
        again = program.run(rows)
        assert program.reasons(again["code"]) == {2: {"not_in_list"}, 3: {"bad_format"}}
        rows = program.rejected_bytes(again["code"])
    assert program.plan(rows)["reasons"] == {"bad_format": 1, "not_in_list": 1}
    job = program.run(rows.replace(b"Zorp", b"Ltd"))
    assert (job["createdCount"], job["errorCount"]) == (1, 1)
    assert {str(client["incorporation_date"]) for client in program.clients()} == {"2024-03-04", "2024-12-31"}


def test_the_order_of_dates_holds_again_beside_a_mapping_that_is_given(program: Program) -> None:
    first = program.run(ORDER_OF_DATES, day_first=False)["code"]
    headers = {"Code": "Code", "Name": "Name", "Type": "Type", "IncorporationDate": "IncorporationDate"}
    job = program.run(program.rejected_bytes(first), map=headers)
    assert program.reasons(job["code"]) == {2: {"not_in_list"}, 3: {"bad_format"}}
    assert "dates with the month first" in job["notes"][0]


def test_a_choice_that_is_said_anew_holds(program: Program) -> None:
    first = program.run(ORDER_OF_DATES, day_first=False)["code"]
    job = program.run(program.rejected_bytes(first), day_first=True)
    assert program.reasons(job["code"]) == {2: {"not_in_list"}}
    third = program.run(program.rejected_bytes(job["code"]).replace(b"Zorp", b"Ltd"))
    assert third["createdCount"] == 1
    (ann,) = (client for client in program.clients() if client["code"] == "A1")
    assert str(ann["incorporation_date"]) == "2024-04-03"


@pytest.mark.parametrize(("mode", "reason"), [("UpdateOnly", "no_match"), ("CreateOnly", "already_exists")])
def test_skipped_rows_that_come_back_untouched_change_nothing(program: Program, mode: str, reason: str) -> None:
    program.run(b"Code,Name,Type\nS1,Seed,Ltd\n")
    row = b"S1,Another Name,Ltd" if mode == "CreateOnly" else b"N1,New,Ltd"
    first = program.run(b"Code,Name,Type\n" + row + b"\nZ1,Zed,Zorp\n", mode=mode)["code"]
    before = program.clients()
    again = program.run(program.not_imported_bytes(first))
    assert program.reasons(again["code"]) == program.reasons(first)
    assert program.reasons(first)[2] == {reason}
    assert program.clients() == before


def test_rows_come_back_from_the_import_that_has_left_the_most_of_them(program: Program) -> None:
    """A file of every night has the same columns, and often the same error in the same row."""
    program.run(b"Code,Name,Type,Email\nS1,One,Ltd,s@example.com\nS2,Two,Ltd,s@example.com\n")
    rows = b"Email,Name,Type\ns@example.com,Changed,Ltd\nx@example.com,Xavier,Zorp\n"
    first = program.run(rows, match_on="Email")["code"]
    program.run(rows.replace(b"s@", b"other@"), match_on="Name")
    again = program.run(program.rejected_bytes(first))
    assert f"from job {first}" in again["notes"][0]
    assert again["createdCount"] == 0


@pytest.mark.parametrize("options", [{"map": {"Name": "Name", "Type": "Type"}}, {"mapping": "individual-clients"}])
def test_a_mapping_that_is_given_is_used(program: Program, options: dict[str, Any]) -> None:
    first = program.run(b"Name,Type,Code\nAnn,Zorp,A1\n", map={"Name": "Name", "Type": "Type", "Code": "Team"})
    rows = program.rejected_bytes(first["code"])
    if "mapping" in options:
        with pytest.raises(Exception, match="individual-clients"):
            program.run(rows, **options)
        return
    job = program.run(rows, **options)
    assert not [note for note in job["notes"] if "come back" in note]
    assert mapped(program, job["code"]) == options["map"]


def test_rows_of_no_known_import_are_read_as_any_file(program: Program) -> None:
    first = program.run(BY_CELLS)["code"]
    rows = corrected(program, first)
    other = Program(program.home.path.parent / "other")
    assert not [note for note in other.run(rows)["notes"] if "come back" in note]


@pytest.mark.parametrize("content", [b"{", b"[]", b"{}", b"\xff"])
def test_a_damaged_file_of_another_job_is_nothing_to_rows_that_come_back(program: Program, content: bytes) -> None:
    first = program.run(BY_CELLS)["code"]
    other = program.run(BY_CELLS.replace(b"Good", b"Fine"))["code"]
    program.home.job(other).layout.write_bytes(content)
    again = program.run(corrected(program, first))
    assert again["notes"][0].startswith(f"These rows come back from job {first} (clients.csv)")
    assert again["errorCount"] == 0


def test_what_is_carried_leaves_out_the_limits(program: Program) -> None:
    options = import_options(max_errors="5%", fail_if_empty=True, mode="CreateOnly", encoding="utf-8", header=True)
    kept = carried(options, None)
    assert kept == import_options(mode="CreateOnly")


@pytest.mark.parametrize(("limit", "left"), [("0", "not_imported.csv"), ("50", "rejected.csv")])
def test_the_command_line_prints_the_command_with_the_choices_and_without_the_limits(
    tmp_path: Path, limit: str, left: str
) -> None:
    cli = CommandLine(tmp_path / "home of all")
    file = tmp_path / "clients.csv"
    file.write_bytes(b"Client Ref,Who,Kind,Reach\nA1,Ann,Widow,nobody\nA2,Bob,,b@example.com\nA3,Cy,Zorp,\n")
    answer = cli(
        *("run", file, "--max-errors", limit, "--fail-if-empty", "--default-type", "Sole Trader", "--month-first"),
        *("--map", "Client Ref=Code", "--map", "Who=Name", "--map", "Kind=Type", "--map", "Reach=Email"),
        *("--value", "Type:Widow=Individual", "--mode", "create-only", "--encoding", "utf-8"),
    )
    assert answer.status == (1 if limit == "0" else 3)
    (line,) = (line for line in answer.stdout.splitlines() if "client-import run" in line)
    command = shlex.split(line.partition("import that file: ")[2])
    assert command[:2] == ["client-import", "run"]
    assert command[2].endswith(left)
    assert not [word for word in command if word in ("--max-errors", "--fail-if-empty", "--encoding")]
    path = Path(command[2])
    path.write_bytes(path.read_bytes().replace(b"nobody", b"ann@example.com").replace(b"Zorp", b"Trust"))
    again = cli(*command[1:], "--json")
    assert (again.status, again.json["errorCount"]) == (0, 0), again
    assert again.json["createdCount"] == (3 if limit == "0" else 2)


def test_rejected_rows_run_by_hand_are_told_where_they_come_from(tmp_path: Path) -> None:
    cli = CommandLine(tmp_path / "home")
    file = tmp_path / "clients.csv"
    file.write_bytes(BY_CELLS)
    code = cli("run", file, "--json", "--mode", "create-only").json["code"]
    rejected = cli.home / "jobs" / code / "rejected.csv"
    for command in ("preview", "run"):
        answer = cli(command, rejected)
        assert f"These rows come back from job {code} (clients.csv)" in answer.stdout, answer
        assert "the mode CreateOnly" in answer.stdout
        assert "Mystery -> CompanyNumber" in answer.stdout or command == "preview"


def test_rejected_rows_uploaded_to_the_api_are_mapped_as_they_were(server: ApiServer) -> None:
    first = server.run(BY_CELLS, importMode="CreateOnly", maxErrors="5")["code"]
    rows = server.client.get(server.job(first)["notImportedDownloadUrl"]).content
    seen = server.upload(rows.replace(b"Zorp", b"Trust").replace(b"SC123456", b"nobody")).json()
    assert [each["targetField"] for each in seen["columns"] if each["isUsed"]] == [
        "Code",
        "Name",
        "Type",
        "CompanyNumber",
    ]
    assert f"These rows come back from job {first}" in seen["notes"][0]
    assert seen["plan"]["reasons"] == {"bad_format": 1}
    assert server.put(seen["code"]).json()["errorCount"] == 1


def test_the_order_of_dates_holds_again_in_the_api(server: ApiServer) -> None:
    data = ORDER_OF_DATES.replace(b"A1", b"D1").replace(b"A2", b"D2").replace(b"A3", b"D3")
    first = server.run(data, dayFirst=False)["code"]
    rows = server.client.get(server.job(first)["notImportedDownloadUrl"]).content
    code = server.uploaded(rows)
    plan = server.client.get(f"{IMPORTS}/{code}/plan").json()
    assert plan["reasons"] == {"bad_format": 1, "not_in_list": 1}
    anew = server.client.get(f"{IMPORTS}/{code}/plan", params={"dayFirst": "true"}).json()
    assert anew["reasons"] == {"not_in_list": 1}
    job = server.put(code).json()
    assert (job["createdCount"], job["errorCount"]) == (0, 2)


def test_the_page_offers_the_choices_again_and_not_the_limit(server: ApiServer) -> None:
    data = BY_CELLS.replace(b"\nA1", b"\nP1").replace(b"\nG", b"\nP")
    code = imported(server, data, import_mode="CreateOnly", blank_cells="clear", max_errors="1", day_first="false")
    assert server.job(code)["status"] == "Failed"
    link = server.client.get(f"/jobs/{code}/not-imported.csv").headers["location"]
    rows = server.client.get(link).content
    for like in (code, ""):
        page = server.client.get(
            f"/jobs/{put_in(server, rows, 'not_imported.csv', **({'like': like} if like else {}))}"
        )
        form = form_of(page)
        assert (form["max_errors"], form["field.3"]) == ("", "CompanyNumber")
        if like:
            assert (form["import_mode"], form["blank_cells"], form["day_first"]) == ("CreateOnly", "clear", "false")
        else:
            assert "the mode CreateOnly" in text_of(page)
            assert (form["import_mode"], form["blank_cells"], form["day_first"]) == ("CreateOnly", "clear", "false")


@pytest.mark.parametrize("changed", ["no message", "another column", "without a column that is not mapped"])
def test_rows_are_known_by_their_numbers_and_reasons_where_columns_have_changed(changed: str, program: Program) -> None:
    data = b"Code,Name,Type,ContactDateOfBirth,Extra\nA1,Ann,Zorp,03/04/1990,x\n"
    first = program.run(data, day_first=False, mode="CreateOnly")["code"]
    rows = list(csv.DictReader(io.StringIO(corrected(program, first).decode("utf-8-sig"))))
    for row in rows:
        if changed == "no message":
            del row["import_message"]
        elif changed == "another column":
            row["Checked by"] = "Bea"
        else:
            del row["Extra"]
    text = io.StringIO()
    writer = csv.DictWriter(text, rows[0])
    writer.writeheader()
    writer.writerows(rows)
    again = program.run(text.getvalue().encode())
    assert any(f"come back from job {first}" in note for note in again["notes"])
    assert [str(client["contact_date_of_birth"]) for client in program.clients()] == ["1990-03-04"]


def test_a_mapping_of_the_import_before_is_carried_with_its_match_field_and_its_words(program: Program) -> None:
    program.run(b"Name,Type,InternalReference\nAnn,Individual,R1\nAnn,Individual,R2\n", match_on="InternalReference")
    data = b"Who,Kind,Client Ref,Email\nAnna,Widow,R1,x\nAnnie,Widow,R2,y\n"
    options = {
        "map": {"Who": "Name", "Kind": "Type", "Client Ref": "InternalReference", "Email": "Email"},
        "values": {"Type": {"Widow": "Individual"}},
        "match_on": "InternalReference",
    }
    first = program.run(data, **options)["code"]
    second = program.run(program.rejected_bytes(first).replace(b'"x"', b'"a@example.com"'))["code"]
    assert program.store.job(second).counts.updated == 1
    kept = carried(program.store.options(second), FileSpec.load(program.home.job(second).layout).mapping)
    rows = program.rejected_bytes(second).replace(b'"y"', b'"b@example.com"')
    third = program.run(rows, **as_given(kept))
    assert (third["updatedCount"], third["errorCount"]) == (1, 0)
    assert [client["name"] for client in program.clients()] == ["Anna", "Annie"]


def as_given(options: ImportOptions) -> dict[str, Any]:
    """The options by the names that :func:`tests.support.program.import_options` has for them."""
    return {
        "map": {each.csv_header: each.target_field for each in options.column_mappings or ()},
        "values": options.value_mappings,
        "match_on": options.match_field,
    }
