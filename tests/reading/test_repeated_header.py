"""The header once more among the rows (docs/rules.md, section 2): rejected as that, and nothing else changes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.program import Program, a_program

ABOVE = b"Code,Name,Manager\nC001,Acme Ltd,Ann\n"
BELOW = b"\nC002,Bee Ltd,Bob\n"


@pytest.mark.parametrize(
    "line",
    [
        "Code,Name,Manager",
        "CODE,NAME,MANAGER",
        "code,nAME,manager",
        "\ufeffCode,Name,Manager",
        " Code ,\tName,Manager\u00a0",
        "C o d e,Name,Manager",
        '"Code","Name","Manager"',
        '"\ufeffCode","Name","Manager"',
        "Co\u00adde,\u200bName,Man\u200dager\u2060",
        "Code,Name,Manager,",
        "Code,Name,Manager, ,",
        "“Code”,“Name”,“Manager”",
        "'Code','Name','Manager'",
        "Code,Name,",
        "Code,Name",
        ",name,MANAGER",
        "CODE,,Manager,",
        "Code;Name;Manager",
        "Code;Name;Manager,,",
        "code\tname\tmanager",
        "Code | Name | Manager",
        '"Code,Name,Manager"',
        "Code Name Manager",
    ],
)
def test_record_that_repeats_the_header_is_rejected(program: Program, line: str) -> None:
    job = program.run(ABOVE + line.encode() + BELOW, default_type="Trust")
    assert program.reasons(job["code"]) == {3: {"repeated_header"}}
    assert (job["totalItems"], job["createdCount"], job["errorCount"]) == (3, 2, 1)
    assert [client["name"] for client in program.clients()] == ["Acme Ltd", "Bee Ltd"]


def test_its_sentence_says_what_to_do(program: Program) -> None:
    code = program.run(ABOVE + b"CODE,NAME,MANAGER" + BELOW, default_type="Trust")["code"]
    assert program.not_imported(code)[0]["import_message"] == (
        "The row repeats the header; it is not a client. Remove it."
    )


@pytest.mark.parametrize(
    "line",
    [
        "Name,Code,Manager",
        "Code,,",
        ",Name,",
        "Code,Name,Managers",
        "Code;Name",
        "C003,Name,Manager",
        "Reference,Client name,Manager",
        "text,text,text",
        "C,N,M",
    ],
)
def test_record_that_says_something_else_is_no_repeat(program: Program, line: str) -> None:
    job = program.run(ABOVE + line.encode() + BELOW, default_type="Trust")
    assert "repeated_header" not in program.reasons(job["code"]).get(3, set())


def test_repeated_header_has_no_other_error(program: Program) -> None:
    data = b"Name,Type,Email,Utr\nAnn,Ltd,ann@example.com,\nNAME,TYPE,EMAIL,UTR\n"
    assert program.reasons(program.run(data)["code"]) == {3: {"repeated_header"}}


@pytest.mark.parametrize(
    ("data", "repeats"),
    [
        ("Name\nAnn\nBob\nNAME\nCy\n", {4}),
        ("Name;Type\nAnn;Ltd\nname;type\nName;Type\n", {3, 4}),
        ("Name,Type\nName,Type\nAnn,Ltd\n", {2}),
        ("Name,Type,,Team,\nAnn,Ltd,,,\nName,Type,,Team\n", {3}),
        ("Clients\n\nName,Type\nAnn,Ltd\nClients\n\nName,Type\nBob,Ltd\n", {7}),
        ("Straße,Name\nx,Ann\nSTRASSE,NAME\n", {3}),
        ("ΤΊΤΛΟΣ,Name\nx,Ann\nτίτλος,name\n", {3}),
        ("e\u0301tat,Name\nx,Ann\n\u00c9TAT,NAME\n", {3}),
        ("Client,,Contact\nCode,Name,Email\nC1,Ann,\nClient,,Contact\nCode,Name,Email\n", {4, 5}),
        ("=Code,Name\nC1,Ann\n=code,NAME\n", {3}),
    ],
    ids=[
        "one column",
        "twice",
        "directly below",
        "blank labels",
        "below a title",
        "sharp s",
        "final sigma",
        "accents in two forms",
        "two lines",
        "formula",
    ],
)
def test_repeats_of_every_kind_of_header(program: Program, data: str, repeats: set[int]) -> None:
    reasons = program.reasons(program.run(data.encode(), default_type="Trust", match_on="Name")["code"])
    assert {row for row, codes in reasons.items() if "repeated_header" in codes} == repeats


def test_second_line_of_units_is_no_repeat(program: Program) -> None:
    data = b"Code,Name,Type\nxs:string,xs:string,xs:enum\nC001,Ann,Ltd\n"
    reasons = program.reasons(program.run(data)["code"])
    assert "repeated_header" not in reasons.get(2, set())


def test_rows_below_a_repeated_header_with_a_label_that_nobody_sees_are_clients(program: Program) -> None:
    job = program.run("Code,Name,\u200b,Type\nA1,Ann,,Ltd\nCode,Name,\u200b,Type\nB2,Bob,,Ltd\n".encode())
    assert program.reasons(job["code"]) == {3: {"repeated_header"}}


def test_files_put_together_each_with_mark_and_header(program: Program) -> None:
    one = b"\xef\xbb\xbfCode,Name,Type\r\nC%d,Ann %d,Ltd\r\n"
    job = program.run(b"".join(one % (number, number) for number in range(1, 6)))
    assert (job["createdCount"], job["errorCount"]) == (5, 4)
    assert program.reasons(job["code"]) == {row: {"repeated_header"} for row in (3, 5, 7, 9)}


def test_repeat_that_comes_back_is_rejected_again(program: Program) -> None:
    code = program.run(ABOVE + b"CODE,\xef\xbb\xbfNAME,MANAGER" + BELOW, default_type="Trust")["code"]
    again = program.run(program.rejected_bytes(code), default_type="Trust")
    assert program.reasons(again["code"]) == {2: {"repeated_header"}}


def test_repeat_of_repeated_labels_that_comes_back_is_rejected_again(program: Program) -> None:
    data = b"Code,Name,Notes,Notes\nA1,Ann,x,y\nCode,Name,Notes,Notes\n"
    code = program.run(data, default_type="Individual")["code"]
    assert program.reasons(code) == {3: {"repeated_header"}}
    again = program.run(program.rejected_bytes(code), default_type="Individual")
    assert program.reasons(again["code"]) == {2: {"repeated_header"}}


def test_repeats_do_not_spoil_what_a_column_is_known_by(program: Program) -> None:
    rows = [f"Ann {number},a{number}@example.com\n" for number in range(3)]
    data = "Name,Ctc\n" + "Name,Ctc\n".join(rows)
    assert (
        program.run(data.encode(), default_type="Trust")["notes"]
        == program.run(("Name,Ctc\n" + "".join(rows)).encode(), default_type="Trust")["notes"]
    )


def outcome(data: str) -> tuple[dict[str, Any], dict[int, Any], list[dict[str, Any]]]:
    """Counts, reasons by row and clients of the import of ``data``."""
    with a_program() as program:
        job = program.run(data.encode())
        counts = {name: value for name, value in job.items() if name.endswith(("Count", "Items"))}
        rows = {int(row["import_row"]): row for row in program.not_imported(job["code"])}
        columns = "* EXCLUDE (created_at, updated_at, created_by_job, updated_by_job)"
        clients = program.query(f"SELECT {columns} FROM clients ORDER BY code") if program.clients() else []
        return counts, rows, clients


HEADER = "Code,Name,Type,Team,Reach"
cells = st.tuples(
    st.sampled_from(["", "C1", "C2", "C3", "code"]),
    st.sampled_from(["Ann", "Bob", "Name", '"Lee, Ann"', ""]),
    st.sampled_from(["Ltd", "Trust", "Zorp", "Type"]),
    st.sampled_from(["NULL", "n/a", "North", ""]),
    st.sampled_from(["ann@example.com", "bob@example.com", ""]),
).filter(lambda row: sum(cell.lower() in ("code", "name", "type") for cell in row) < 2)
"""Rows of clients: two labels in their places begin another table, which the header once more would end."""
spellings = st.sampled_from([str, str.upper, str.lower, str.title, "\ufeff{}".format, " {} ".format, '"{}"'.format])


@pytest.mark.slow
@settings(max_examples=min(settings.default.max_examples, 20))  # each of them is two whole imports
@given(st.lists(cells, max_size=6), st.integers(0, 6), st.tuples(*[spellings] * 5))
def test_a_repeat_anywhere_adds_one_rejected_row_and_changes_nothing_else(
    rows: list[tuple[str, ...]], place: int, spelling: tuple[Any, ...]
) -> None:
    place = min(place, len(rows))
    lines = [",".join(row) for row in rows]
    repeat = ",".join(spell(label) for spell, label in zip(spelling, HEADER.split(","), strict=True))
    counts, reasons, clients = outcome("\n".join([HEADER, *lines]))
    new_counts, new_reasons, new_clients = outcome("\n".join([HEADER, *lines[:place], repeat, *lines[place:]]))
    repeated = new_reasons.pop(place + 2)
    assert repeated["import_reason"] == "repeated_header"
    assert new_counts == counts | {name: counts[name] + 1 for name in ("totalItems", "processedItems", "errorCount")}
    assert [row["import_reason"] for row in new_reasons.values()] == [row["import_reason"] for row in reasons.values()]
    assert [number - (number > place + 2) for number in new_reasons] == list(reasons)
    assert new_clients == clients
