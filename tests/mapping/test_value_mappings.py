"""Words of a file that are taken for members of a field's list (docs/rules.md, section 3)."""

from __future__ import annotations

import csv
import io
from typing import Any

import pyarrow as pa
import pytest

from client_import.errors import OptionsError
from client_import.field_types.mapped_words import WordMap, choices
from client_import.fields.catalogue import BY_NAME, FIELDS
from client_import.mapping.saved import SavedMapping, make_mapping
from client_import.reports.export import export_clients
from tests.support.program import Program, import_options

HEAD = b"Code,Name,Type,Status,Can Contact Email,Relationships\n"


def one(program: Program, cells: str, **options: Any) -> dict[str, Any]:
    """The client that a row with these cells under ``HEAD`` makes."""
    job = program.run(HEAD + f"C1,Ann,{cells}\n".encode(), **options)
    assert (job["createdCount"], job["errorCount"]) == (1, 0), program.not_imported(job["code"])
    return program.clients()[0]


@pytest.mark.parametrize("cell", ["Widow", "widow", " WIDOW ", "wi dow", '"=""Widow"""', "“Widow”", "Widow\u200b"])
def test_a_word_is_taken_for_a_member_whatever_its_case_and_blanks(program: Program, cell: str) -> None:
    assert one(program, f"{cell},,,", values={"Type": {"Widow": "Individual"}})["type"] == "Individual"


@pytest.mark.parametrize(
    ("field", "word", "member", "cells", "column", "stored"),
    [
        ("Type", "Ltd", "Charity", "ltd,,,", "type", "Charity"),  # before the list's own synonyms
        ("Type", "Limited", "Charity", "Ltd,,,", "type", "PrivateLimitedCompany"),  # and no other word
        ("Type", "individual", "sole trader", "Individual,,,", "type", "SoleTrader"),
        ("Type", "Widow", "Ltd", "Widow,,,", "type", "PrivateLimitedCompany"),  # any word for a member
        ("Type", "ΣΟΦΟΣ", "Trust", "σοφος,,,", "type", "Trust"),
        ("Type", "Straße", "Trust", "STRASSE,,,", "type", "Trust"),
        ("Type", "?", "Trust", "?,,,", "type", "Trust"),
        ("Type", "n/a", "Trust", "N/A,,,", "type", "Trust"),  # though it says nothing else
        ("Type", "A: b = c", "Trust", "a: B =C,,,", "type", "Trust"),
        ("Status", "Yes", "Active", "Ltd,TRUE,,", "status", "Active"),
        ("Status", "No", "Inactive", "Ltd,0,,", "status", "Inactive"),
        ("can contact email", "Sent", "yes", "Ltd,,sent,", "can_contact_email", True),
        ("CanContactEmail", "x", "No", "Ltd,,X,", "can_contact_email", False),
        ("CanContactEmail", "Yes", "No", "Ltd,,✓,", "can_contact_email", False),
        ("ContactRelationships", "Owner", "Director", "Ltd,,,owner; Billing", "contact_relationships", None),
    ],
)
def test_words_of_every_kind_of_list(
    program: Program, field: str, word: str, member: str, cells: str, column: str, stored: object
) -> None:
    client = one(program, cells, values={field: {word: member}})
    assert client[column] == ("Director;Billing" if stored is None else stored)


def test_a_yes_that_is_mapped_stands_for_every_yes_but_those_mapped_themselves() -> None:
    words = WordMap.of(BY_NAME["CanContactEmail"], [("Yes", "No"), ("No", "Yes"), ("1", "Yes")])
    cells = ["yes", "TRUE", "y", "✓", "'true", "1", "no", "F", "0", "off", "perhaps", None]
    assert words.apply(pa.array(cells)).to_pylist() == [
        *["No"] * 5,
        "Yes",
        *["Yes"] * 4,
        "perhaps",
        None,
    ]


def test_rows_keep_their_own_words_when_they_are_rejected(program: Program) -> None:
    job = program.run(HEAD + b"C1,Ann,Widow,Zorp,,\nC2,Bob,Orphan,,,\n", values={"Type": {"Widow": "Individual"}})
    rows = program.rejected(job["code"])
    assert [(row["Type"], row["import_reason"]) for row in rows] == [
        ("Widow", "not_in_list"),
        ("Orphan", "not_in_list"),
    ]
    assert "Orphan" in rows[1]["import_message"]
    fixed = program.rejected_bytes(job["code"]).replace(b"Zorp", b"Active").replace(b"Orphan", b"widow")
    again = program.run(fixed, values={"Type": {"Widow": "Individual"}})
    assert (again["createdCount"], again["errorCount"]) == (2, 0)


def test_blank_cells_and_na_stay_what_they_are(program: Program) -> None:
    words = {"CanContactEmail": {"Yes": "No", "No": "Yes"}}
    one(program, "Ltd,,no,", values=words)
    program.run(b"Code,Can Contact Email\nC1,\n", mode="UpdateOnly", values=words)
    assert program.clients()[0]["can_contact_email"] is True
    program.run(b"Code,Can Contact Email\nC1,#N/A\n", mode="UpdateOnly", values=words)
    assert program.clients()[0]["can_contact_email"] is None


def test_damaged_cells_are_rejected_whatever_is_mapped(program: Program) -> None:
    data = HEAD + "C1,Ann,Wid\ufffdw,,,\n".encode()
    job = program.run(data, values={"Type": {"Wid\ufffdw": "Individual"}})
    assert "bad_encoding" in program.reasons(job["code"])[2]


def test_importing_the_same_again_changes_nothing(program: Program) -> None:
    data = HEAD + b"C1,Ann,Widow,,No,Owner|Main\n"
    words = {"Type": {"Widow": "Individual"}, "CanContactEmail": {"Yes": "No", "No": "Yes"}}
    words["ContactRelationships"] = {"Owner": "Director"}
    program.run(data, values=words)
    assert program.run(data, values=words)["skippedCount"] == 1


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"Name": {"a": "Individual"}}, "Name has no list"),
        ({"Email": {"a": "Yes"}}, "Email has no list"),
        ({"Shoe": {"a": "Yes"}}, '"Shoe" is not a client field'),
        ({"Tpye": {"a": "Trust"}}, 'Did you mean "Type"'),
        ({"Type": {"Widow": "Shoe"}}, '"Shoe" is no member of the list of Type'),
        ({"Status": {"Widow": "Actve"}}, 'Did you mean "Active"'),
        ({"PclSent": {"x": "perhaps"}}, "Its members are Yes, No"),
        ({"Type": {" ": "Trust"}}, "blank"),
        ({"Type": {"#N/A": "Trust"}}, "empties its field"),
        ({"Type": {"Widow": "Trust", " WIDOW": "Charity"}}, "mapped to two members of Type, Trust and Charity"),
        ({"ContactRelationships": {"Owner; Payroll": "Director"}}, "several words"),
        ({"Type": {str(number): "Trust" for number in range(2_001)}}, "2001 values; a mapping names at most 2000"),
        ({"Type": "Trust"}, '{"Type": {"Widow": "Individual"}}'),
        ([{"targetField": "Type", "from": "Widow"}], "to: It is missing; give it."),
        ([{"targetField": "Type", "from": "Wi\x00dow", "to": "Trust"}], "U+0000"),
        ("Type:Widow=Trust", '[{"targetField": "Type"'),
    ],
)
def test_what_cannot_be_mapped_is_said(values: Any, sentence: str) -> None:
    with pytest.raises(OptionsError) as error:
        import_options(value_mappings=values)
    assert sentence in str(error.value)


def test_every_field_with_a_list_can_have_its_words_mapped() -> None:
    for field in filter(choices, FIELDS):
        for member in choices(field):
            assert import_options(values={field.name: {"Zorp": member.lower()}}).value_mappings[0].member == member  # type: ignore[index]


def test_words_of_a_field_that_no_column_goes_to_are_noted(program: Program) -> None:
    job = program.run(b"Code,Name,Type\nC1,Ann,Ltd\n", values={"Status": {"x": "Active"}})
    assert job["notes"] == ["Values are mapped for Status, but no column is mapped to it, so they change nothing."]


def saved(**content: Any) -> SavedMapping:
    columns = [{"csvHeader": name, "targetField": field} for name, field in content.pop("columns").items()]
    return make_mapping({"code": "ours", "name": "Ours", "columnMappings": columns, **content}, "The mapping")


def test_a_saved_mapping_has_its_words_and_the_options_add_to_them(program: Program) -> None:
    values = {"Type": {"Widow": "Individual", "Estate": "Trust"}}
    program.store.mappings.save(saved(columns={"Ref": "Code", "Who": "Name", "Kind": "Type"}, valueMappings=values))
    data = b"Ref,Who,Kind\nC1,Ann,widow\nC2,Bob,Estate\nC3,Cy,Club\n"
    assert program.plan(data, mapping="ours")["createdCount"] == 2
    program.run(data, mapping="ours", values={"Type": {"estate": "Charity", "Club": "Charity"}})
    assert [client["type"] for client in program.clients()] == ["Individual", "Charity", "Charity"]


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"Status": {"x": "Active"}}, "maps words of Status, and no column is mapped to that"),
        ({"Type": {"x": "Shoe"}}, "no member"),
    ],
)
def test_a_mapping_that_cannot_be_used_is_not_saved(values: Any, sentence: str) -> None:
    with pytest.raises(OptionsError, match=sentence):
        saved(columns={"Who": "Name", "Kind": "Type"}, valueMappings=values)


def test_an_export_with_a_mapping_changes_nothing_when_it_comes_back(program: Program) -> None:
    program.run(HEAD + b"C1,Ann,Ltd,Prospect,yes,Main;Billing\nC2,Bob,Individual,Inactive,no,\nC3,Cy,Trust,,,\n")
    columns = {"Ref": "Code", "Who": "Name", "Kind": "Type", "Archived": "Status", "Opted out": "CanContactEmail"}
    values = {
        "Type": {"Widow": "Individual", "Trust": "Charity", "Fund": "Trust"},
        "Status": {"Yes": "Inactive", "No": "Active"},
        "CanContactEmail": {"Yes": "No", "No": "Yes"},
    }
    mapping = program.store.mappings.save(saved(columns=columns, valueMappings=values))
    file = io.BytesIO()
    with program.database.look(None) as session:
        export_clients(session.tables, mapping, file)
    lines = file.getvalue().decode("utf-8-sig").splitlines()
    assert [",".join(row) for row in csv.reader(lines)] == [
        "Ref,Who,Kind,Archived,Opted out",
        "C1,Ann,PrivateLimitedCompany,Prospect,No",
        "C2,Bob,Individual,Inactive,Yes",
        "C3,Cy,Fund,Active,",
    ]
    assert program.run(file.getvalue(), mapping="ours")["skippedCount"] == 3
