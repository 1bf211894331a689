"""Lines of a file that are no clients: other tables below, and what reports write (docs/rules.md, section 2)."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.program import Program, a_program

CLIENTS = "Code,Name,Type,Town\nC001,Ann Lee,Individual,Leeds\nC002,Bob Ray,Individual,York\n"

OTHER_HEADERS = [
    "Name,Telephone,Email",
    "Email,Name,Code",
    "Name,Code,Type,Town",
    "Manager,Partner",
    "Client Name,Phone Number,,",
    "CLIENT NAME,phone number,E-mail (main),Post Code",
    "Code,Name,Company Number,VAT Number,UTR,Website",
]


@pytest.mark.parametrize("blank", ["", "\n", ",,,\n"])
@pytest.mark.parametrize("header", OTHER_HEADERS)
def test_rows_of_another_table_are_rejected_and_a_note_names_its_header(
    program: Program, header: str, blank: str
) -> None:
    job = program.run(f"{CLIENTS}{blank}{header}\nC003,C004\nDi,Moss,Trust\n".encode(), default_type="Trust")
    row = 4 + bool(blank)
    assert [client["name"] for client in program.clients()] == ["Ann Lee", "Bob Ray"]
    reasons = program.reasons(job["code"])
    assert set(reasons) == {row, row + 1, row + 2}
    assert all("another_table" in each for each in reasons.values())
    assert any(note.startswith(f"Row {row} looks like the header of another table") for note in job["notes"])


@pytest.mark.parametrize("header", ["Partner,Share", "Invoice No,Client", "Name,Shoe Size,Email"])
def test_behind_a_blank_row_half_of_the_labels_known_are_enough(program: Program, header: str) -> None:
    job = program.run(f"{CLIENTS}\n{header}\nSmith,60\n".encode(), default_type="Trust")
    assert (job["createdCount"], job["errorCount"]) == (2, 2)


@pytest.mark.parametrize("title", ["", "Former\n", "Former clients,,,\nLeft in 2020,,,\n", "Former clients\n\n"])
@pytest.mark.parametrize("header", ["Code,Name,Type,Left On", "Ref,Name,Type,Left On", "CODE,name,Since,Town"])
def test_header_that_has_some_labels_of_the_first_begins_another_table(
    program: Program, title: str, header: str
) -> None:
    blank = "\n" if title else ""
    job = program.run(f"{CLIENTS}{blank}{title}{header}\nC007,Eve,Trust,01/02/2020\n".encode())
    assert [client["name"] for client in program.clients()] == ["Ann Lee", "Bob Ray"]
    assert all(reasons == {"another_table"} for reasons in program.reasons(job["code"]).values())
    row = 4 + (f"{blank}{title}").count("\n")
    assert any(note.startswith(f"Row {row} looks like the header of another table") for note in job["notes"])


@pytest.mark.parametrize("title", ["", "Invoices\n", "Invoices,\n,\n"])
@pytest.mark.parametrize(
    "table",
    [
        "Invoice,Amount\n1,20.00\n2,£30.00\n",
        "Department,Head count\nSales,12\nIT,4\n",
        "Wen,Wohin\nSue,sue@example.com\n",
        "Event,When\nAudit,01/02/2024\nReview,12 May 2024\n",
        "Invoice,Amount,Paid\n1,20.00,Yes\n2,30.00,No\n",
    ],
)
def test_words_above_numbers_behind_a_blank_row_begin_another_table(program: Program, title: str, table: str) -> None:
    text = f"Name,Town\nAnn Lee,Leeds\nBob Ray,York\n\n{title}{table}"
    job = program.run(text.encode(), default_type="Trust")
    assert [client["name"] for client in program.clients()] == ["Ann Lee", "Bob Ray"]
    assert all("another_table" in reasons for reasons in program.reasons(job["code"]).values())
    assert any("looks like the header of another table" in note for note in job["notes"])


@pytest.mark.parametrize(
    "rows",
    [
        "Cy,The Mill\nDi,1 High Street\nEd,2 High Street\n",
        "Cy,Hull\nDi,Bath\n",
        "Trading,Town House\nDi,Bath\n",
        "Cy,Hull\n",
        "Cy\nDi\n",
    ],
)
def test_clients_behind_a_blank_row_are_clients(program: Program, rows: str) -> None:
    job = program.run(f"Name,Town\nAnn Lee,Leeds\nBob Ray,York\n\n{rows}".encode(), default_type="Trust")
    assert (job["createdCount"], job["errorCount"]) == (2 + rows.count("\n"), 0)


@pytest.mark.parametrize(
    ("between", "rows"),
    [
        ("\nClients\n", {4: "footer", 5: "repeated_header"}),
        (",\nClients,\nas of May,\n,\n", {4: "footer", 5: "footer", 7: "repeated_header"}),
        ("Page 1 of 2\nClients at 1 May 2024\n", {3: "footer", 4: "footer", 5: "repeated_header"}),
        ("Cy\n", {4: "repeated_header"}),
        ("Cy,Hull\n\n", {5: "repeated_header"}),
    ],
)
def test_title_above_the_header_once_more_is_no_client(program: Program, between: str, rows: dict[int, str]) -> None:
    text = f"Name,Town\nAnn Lee,Leeds\n{between}Name,Town\nBob Ray,York\n"
    job = program.run(text.encode(), default_type="Trust")
    assert program.reasons(job["code"]) == {row: {reason} for row, reason in rows.items()}
    again = program.run(program.rejected_bytes(job["code"]), default_type="Trust")
    assert again["errorCount"] == len(rows)


@pytest.mark.parametrize(
    "text",
    [
        "Name,Town\n----,-----\nAnn Lee,Leeds\n",
        "Name,Town\n=========,\nAnn Lee,Leeds\n",
        " Name    | Town \n---------+-------\n Ann Lee | Leeds\n",
        "| Name | Town |\n|:-----|-----:|\n| Ann Lee | Leeds |\n",
        "Name,Town\nAnn Lee,Leeds\n–––––––,–––––\n",
    ],
)
def test_line_drawn_through_the_table_is_no_client(program: Program, text: str) -> None:
    job = program.run(text.encode(), default_type="Trust")
    assert [client["name"] for client in program.clients()] == ["Ann Lee"]
    assert [*program.reasons(job["code"]).values()] == [{"footer"}]


@pytest.mark.parametrize("line", ["Sum,,,2", "Count,2", "Average,,12.5,", "Number of clients,,,2"])
def test_number_in_a_cell_of_its_own_at_the_end_is_no_client(program: Program, line: str) -> None:
    text = f"Name,Town,Team,Manager\nAnn Lee,Leeds,North,Sue\nBob Ray,York,South,Sue\n{line}\n"
    assert program.read(text.encode(), default_type="Trust") == {4: {"footer"}}


@pytest.mark.parametrize("line", ["Sum,Hull", "Sum 41,", "Average Joe,12"])
def test_client_that_only_begins_so_is_a_client(program: Program, line: str) -> None:
    text = f"Name,Town\nAnn Lee,Leeds\nBob Ray,York\n{line}\n"
    assert program.run(text.encode(), default_type="Trust")["createdCount"] == 3


def test_each_of_several_tables_is_noted_and_the_first_header_again_ends_them(program: Program) -> None:
    text = f"{CLIENTS}Name,Email\nX,x@example.com\nName,Telephone\nY,1\n{CLIENTS.replace('00', '10')}"
    job = program.run(text.encode())
    assert set(program.reasons(job["code"])) == {4, 5, 6, 7, 8}
    assert {client["code"] for client in program.clients()} == {"C001", "C002", "C101", "C102"}
    assert sum("another table" in note for note in job["notes"]) == 2


def test_another_table_is_found_beyond_the_first_records_too(program: Program) -> None:
    rows = "".join(f"C{number},Client {number},Trust,Leeds\n" for number in range(1000, 3000))
    job = program.run(f"Code,Name,Type,Town\n{rows}Name,Email\nDi,di@example.com\n".encode())
    assert (job["createdCount"], job["errorCount"]) == (2000, 2)
    assert job["notes"][-1].startswith("Row 2002 looks like the header of another table")


@pytest.mark.parametrize(
    "row",
    [
        "C003,Email,Trust,Leeds",
        "C003,Manager,Trust,Partner",
        "Partner,Manager Ltd,Trust,York",
        "Code,Company Secretary,Trust,",
        "C003,Name,Trust,Town",
    ],
)
def test_client_with_words_of_headers_is_a_client(program: Program, row: str) -> None:
    job = program.run(f"{CLIENTS}{row}\nC009,Last,Trust,\n".encode())
    assert (job["createdCount"], job["errorCount"], job["notes"]) == (4, 0, job["notes"][:1])


def test_what_comes_back_of_another_table_is_rejected_until_it_is_corrected(program: Program) -> None:
    first = program.run(f"{CLIENTS}\nName,Email\nDi,di@example.com\n".encode(), default_type="Trust")
    again = program.run(program.rejected_bytes(first["code"]), default_type="Trust")
    assert program.reasons(again["code"]) == {2: {"another_table"}, 3: {"another_table"}}
    lines = program.rejected_bytes(first["code"]).decode("utf-8-sig").splitlines()
    without_header = "\r\n".join([lines[0], lines[2]]).encode()
    assert program.run(without_header, default_type="Trust")["errorCount"] == 1


def test_sentence_names_the_row_of_the_header(program: Program) -> None:
    code = program.run(f"{CLIENTS}\nName,Email\nDi,di@example.com\n".encode())["code"]
    assert ["whose header is row 5." in row["import_message"] for row in program.not_imported(code)] == [True, True]


@pytest.mark.parametrize(
    "row",
    [
        "SMITH,Partner,Trust,",
        "C003,Manager,Trust,Partner",
        ",Partner Ltd,,Manager",
        "C003,Company House,,",
        "Manager,Partner Ltd,Trust,Email",
        ",Company House,Trust,Lower Town",
        "C003,Issued Designs Ltd,,01/02/2024",
        ",Run Fast Ltd,Trust,01/02/2024",
    ],
)
@pytest.mark.parametrize("below", ["", "C009,Last,Trust,Hull\n"])
def test_client_with_words_of_headers_behind_a_blank_row_is_a_client(program: Program, row: str, below: str) -> None:
    assert program.read(f"{CLIENTS}\n{row}\n{below}".encode(), match_on="Name", default_type="Trust") == {}


@pytest.mark.parametrize(
    "line", ["Page 1 of 3, ,  ,", "\u200bPage 1 of 3,,,", ",\xa0,Total: 5 ,\u2060", " ,----, ,----"]
)
def test_cells_of_blanks_beside_a_footer_make_it_no_client(program: Program, line: str) -> None:
    assert program.read(f"{CLIENTS}{line}\nC009,Last,Trust,Hull\n".encode()) == {4: {"footer"}}


@pytest.mark.parametrize("line", ["Page 1 of 3,,,", "Name,Email,,"])
def test_row_that_comes_back_with_its_record_emptied_is_a_client(program: Program, line: str) -> None:
    first = program.run(f"{CLIENTS}\n{line}\n".encode(), match_on="Name", default_type="Trust")
    assert first["errorCount"] == 1
    lines = program.rejected_bytes(first["code"]).decode("utf-8-sig").splitlines()
    head, row = next(csv.reader([lines[0]])), next(csv.reader([lines[1]]))
    confirmed = dict(zip(head, row, strict=True)) | {"import_record": "", "Code": "", "Name": "Page 1 of 3"}
    out = io.StringIO()
    csv.writer(out).writerows([head, [confirmed[name] for name in head]])
    again = program.run(out.getvalue().encode(), match_on="Name", default_type="Trust")
    assert (again["createdCount"], again["errorCount"]) == (1, 0)
    assert not any("another table" in note for note in again["notes"])


WORDS = st.sampled_from(
    ["Manager", "Partner", "Partner Ltd", "Company House", "Name", "Email", "Total", "Page 1", "Client", "Acme Ltd", ""]
)


@given(st.lists(st.tuples(st.integers(10, 99), WORDS, WORDS), min_size=1, max_size=5), st.booleans())
def test_client_with_a_code_is_never_taken_for_something_else(
    rows: list[tuple[int, str, str]], is_between: bool
) -> None:
    lines = "".join(f"\nX{code},{name},Trust,{town}\n" for code, name, town in rows)
    data = f"{CLIENTS}{lines}" + ("\nC003,Cy,Trust,Hull\n" if is_between else "")
    with a_program() as program:
        reasons = program.read(data.encode())
    assert not {"another_table", "footer"} & {reason for each in reasons.values() for reason in each}


FOOTERS = [
    "Report generated 01/02/2024",
    "Report generated by Ann Lee on 1 Feb 2024 at 10:00",
    "Generated: 2024-02-01",
    "Generated By: Ann Lee",
    "Printed on 01/02/2024 10:15",
    "Exported from Xero on 1 February 2024",
    "Report date: 01/02/2024",
    "As at 31/12/2024",
    "Total: 12",
    "Total 12",
    "TOTAL CLIENTS: 1,234",
    "Total: 2 clients",
    "Grand total,,12",
    "Total number of clients 12",
    "Total,,,£1,234.50".replace("1,234.50", "1234.50"),
    "12 records",
    "(12 rows affected)",
    "12 rows selected.",
    "Records: 12",
    "Number of clients: 2",
    "Showing 1 to 2 of 2 entries",
    "End of report",
    "*** END ***",
    "*** End of Report ***",
    "-- end --",
    "<EOF>",
    "Page 1 of 3",
    "- Page 1 -",
    "Copyright 2024 Example Ltd",
    "© Example Ltd",
    "(c) 2024 Example Ltd. All rights reserved.",
    "----------",
    "==========",
]


@pytest.mark.parametrize("blank", ["", "\n", ",,,\n"], ids=["at once", "blank line", "blank cells"])
def test_line_of_a_report_below_the_table_is_no_client(program: Program, blank: str) -> None:
    row = 4 + bool(blank)
    for footer in FOOTERS:
        assert program.read(f"{CLIENTS}{blank}{footer}\n".encode(), match_on="Name") == {row: {"footer"}}, footer


@pytest.mark.parametrize("blank", ["", "\n", ",,,\n"], ids=["at once", "blank line", "blank cells"])
def test_line_of_a_report_below_the_names_is_no_client(program: Program, blank: str) -> None:
    for footer in FOOTERS:
        data = f"Name,Town,Type,Code\nCy,Hull,Trust,C003\n{blank}{footer}\n".encode()
        assert program.read(data, default_type="Trust") == {3 + bool(blank): {"footer"}}, footer


def test_clients_above_a_line_of_a_report_are_imported(program: Program) -> None:
    job = program.run(f"{CLIENTS}{FOOTERS[0]}\n".encode(), match_on="Name")
    assert program.reasons(job["code"]) == {4: {"footer"}}
    assert [client["name"] for client in program.clients()] == ["Ann Lee", "Bob Ray"]


@pytest.mark.parametrize("footer", ["Page 1 of 3", "Total: 12", "Report generated 01/02/2024", "*** END ***"])
def test_line_of_a_report_between_the_clients_is_no_client(program: Program, footer: str) -> None:
    text = f"Name,Town\nAnn Lee,Leeds\n{footer}\nBob Ray,York\n"
    assert program.read(text.encode(), default_type="Trust") == {3: {"footer"}}


@pytest.mark.parametrize(
    "lines",
    [
        "\nClient List\nGenerated By: Ann Lee 2/1/2024\nExample Accountants\nConfidential - do not distribute\n",
        "Total: 2\nExample Accountants\n",
        ",,,12\n",
        "\n12,,340,\n",
        "Total\n",
        "End\n",
        "Applied filters: town is not blank\n",
    ],
)
def test_block_of_lines_at_the_end_is_no_clients(program: Program, lines: str) -> None:
    text = f"Name,Town,Team,Code\nAnn Lee,Leeds,North,C001\nBob Ray,York,North,C002\n{lines}"
    program.run(text.encode(), default_type="Trust")
    assert {client["name"] for client in program.clients()} == {"Ann Lee", "Bob Ray"}


@pytest.mark.parametrize(
    "row",
    [
        "Total Fitness Ltd,Leeds",
        "Total Fitness Ltd,",
        "Total 24 Hours Ltd,Hull",
        "Page One Ltd,Leeds",
        "End of the Line Ltd,",
        "Printed Circuits Ltd,",
        "Records of Note Ltd,York",
        "Report Generated Ltd,York",
        "Confidential Shredding Ltd,",
        "Copyright Agency,York",
        "12 Months Ltd,",
        "Total,York",
    ],
)
@pytest.mark.parametrize("blank", ["", "\n"])
def test_client_with_such_a_name_is_a_client(program: Program, row: str, blank: str) -> None:
    assert program.read(f"Name,Town\nAnn Lee,Leeds\n{blank}{row}\n".encode(), default_type="Trust") == {}


@pytest.mark.parametrize("blank", ["", "\n"])
def test_clients_of_numbers_alone_are_clients(program: Program, blank: str) -> None:
    program.run(b"Code,Name,Type\n1001,Ann,Trust\n1002,Bob,Trust\n1003,Cy,Trust\n")
    text = f"Code,Telephone\n1001,020 7946 0018\n1002,020 7946 0019\n{blank}1003,020 7946 0020\n"
    assert program.run(text.encode())["updatedCount"] == 3


KEYS_OF_NUMBERS = [("Code", "1003"), ("CompanyNumber", "01234567"), ("InternalReference", "77")]


@pytest.mark.parametrize("gap", ["", "\n", '" ",,\n'], ids=["no gap", "blank line", "blank cells"])
@pytest.mark.parametrize(("field", "value"), KEYS_OF_NUMBERS)
def test_last_row_of_numbers_with_a_match_value_is_a_client(program: Program, field: str, value: str, gap: str) -> None:
    first = f"Name,{field},Telephone,Utr\nCy,{value},,\nAnn Lee,8,,\n"
    program.run(first.encode(), match_on=field, default_type="Trust")
    text = f"Town,Utr,{field},Telephone\nLeeds,,8,\n{gap},9000000001,{value},020 7946 0018\n"
    job = program.run(text.encode(), match_on=field)
    assert (job["updatedCount"], job["errorCount"]) == (2, 0)
    job = program.run(f"{field},Utr\nSC000008,\n{gap}{value},2234567890\n".encode(), match_on=field, mode="update-only")
    assert (job["updatedCount"], job["errorCount"]) == (1, 0)


@pytest.mark.parametrize("field", ["Code", "CompanyNumber", "InternalReference", "NiNumber", "Name", "Email"])
@pytest.mark.parametrize("totals", [",12,,340", ",,12,", ",,,340"])
def test_numbers_below_other_columns_than_that_of_the_match_field_are_totals(
    program: Program, field: str, totals: str
) -> None:
    text = f"{field},Town,Fax,Telephone\nX,Leeds,,\n{totals}\n"
    assert program.read(text.encode(), match_on=field)[3] == {"footer"}


@pytest.mark.parametrize("field", ["Code", "CompanyNumber", "Name"])
def test_number_alone_is_a_total_even_below_the_match_field(program: Program, field: str) -> None:
    text = f"{field},Town\nX,Leeds\n\n12\n"
    assert program.read(text.encode(), match_on=field, default_type="Trust")[4] == {"footer"}


def test_numbers_in_place_of_a_name_are_totals(program: Program) -> None:
    data = b"Name,Town,Utr\nAnn Lee,Leeds,\n\n2,,340\n"
    assert program.read(data, default_type="Trust") == {4: {"footer"}}


def test_row_with_a_match_value_ends_the_search_for_footers(program: Program) -> None:
    text = "Town,Code,Utr\nLeeds,C001,\n\nTotal: 2\n,1003,2234567890\n"
    job = program.run(text.encode(), mode="update-only")
    assert program.reasons(job["code"]) == {2: {"no_match"}, 4: {"footer"}, 5: {"no_match"}}


def test_one_column_of_names_keeps_all_but_what_is_certain(program: Program) -> None:
    data = b"Name\nTotal\nAcme\nEnd\nConfidential\nTotal: 4\n"
    assert program.read(data, default_type="Trust") == {6: {"footer"}}


def test_line_of_a_report_comes_back_as_one(program: Program) -> None:
    first = program.run(f"{CLIENTS}\nTotal: 2\n".encode())
    again = program.run(program.rejected_bytes(first["code"]))
    assert program.reasons(again["code"]) == {2: {"footer"}}


@pytest.mark.parametrize("end", ["", "\n", "\r\n", "\x1a"], ids=["none", "LF", "CRLF", "Ctrl-Z"])
def test_the_last_line_is_a_footer_whatever_ends_it(program: Program, end: str) -> None:
    job = program.run(f"{CLIENTS}\nPrepared by Ann\nEnd{end}".encode())
    assert [client["name"] for client in program.clients()] == ["Ann Lee", "Bob Ray"]
    assert program.reasons(job["code"]) == {5: {"footer"}, 6: {"footer"}}
