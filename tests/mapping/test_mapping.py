"""Mapping columns to fields (docs/rules.md, section 3): suggestions, saved mappings, and what stops a job."""

from __future__ import annotations

import io
from typing import Any

import pytest

from client_import.errors import JobStateError, OptionsError
from client_import.mapping.saved import SavedMapping
from client_import.mapping.suggest import USED_FROM
from client_import.paths import JobFolder
from client_import.reading.source import keep_source
from client_import.reports.export import write_template
from tests.support.previewing import preview
from tests.support.program import Program, import_options

PRESETS = ["individual-clients", "limited-company-clients"]


def look(program: Program, data: bytes, **options: Any) -> dict[str, Any]:
    """The preview of ``data``."""
    folder = JobFolder(program.home.path / "look").create()
    keep_source(io.BytesIO(data), folder.source)
    return preview(program.database, program.known, folder, import_options(**options), 1, 10).to_json()


def saved(code: str = "ours", match_field: str | None = None, **columns: str) -> SavedMapping:
    """A saved mapping of header to field."""
    mappings = [{"csvHeader": header, "targetField": field} for header, field in columns.items()]
    content = {"code": code, "name": code, "columnMappings": mappings, "matchField": match_field}
    return SavedMapping.model_validate(content)


@pytest.mark.parametrize(
    ("header", "column", "value"),
    [
        ("CompanyNumber", "company_number", "01234567"),
        ("company number", "company_number", "01234567"),
        ("COMPANY_NUMBER", "company_number", "01234567"),
        (" Company-Number: ", "company_number", "01234567"),
        ("Company No.", "company_number", "01234567"),
        ("Trading Name", "trading_as", "Anns"),
        ("e-mail", "email", "ann@example.com"),
        ("N.I. Number", "ni_number", "AB123456C"),
        ("Postcode", "registered_address_post_code", "SW1A 1AA"),
        ("registeredaddresspostcode", "registered_address_post_code", "SW1A 1AA"),
        ("Surname", "contact_last_name", "Lee"),
    ],
)
def test_header_is_matched_by_name_then_synonym(program: Program, header: str, column: str, value: str) -> None:
    program.run(f"Name,Type,{header}\nAnn,Ltd,{value}\n".encode())
    assert [client[column] for client in program.clients()] == [value]


def test_field_name_wins_over_a_synonym_of_another_field(program: Program) -> None:
    seen = look(program, b"Client,Name,Type\nx,Ann,Ltd\n", map={"Name": "Name", "Type": "Type"})
    assert len({each["targetField"] for each in seen["suggestedMappings"]}) == len(seen["suggestedMappings"])


@pytest.mark.parametrize("header", ["Telefone", "Compny Numbr", "Trading Nmae"])
def test_weak_guess_is_offered_but_never_used_on_its_own(program: Program, header: str) -> None:
    data = f"Name,Type,{header}\nAnn,Ltd,x\n".encode()
    seen = look(program, data)
    offered = {each["csvHeader"]: each["score"] for each in seen["suggestedMappings"]}
    assert offered["Name"] == 1
    assert 0 < offered[header] < USED_FROM
    assert seen["ignoredHeaders"] == [header]
    assert program.run(data)["createdCount"] == 1


def test_columns_mapped_to_nothing_are_ignored_and_listed(program: Program) -> None:
    data = b"Shoe size,Name,Type,Zzz\n43,Ann,Ltd,-\n"
    assert look(program, data)["ignoredHeaders"] == ["Shoe size", "Zzz"]
    assert program.run(data)["outcome"] == "Clean"


def test_inline_mapping_is_used_instead_of_the_suggestion(program: Program) -> None:
    data = b"Client,Kind,Email\nAnn,Ltd,ann@example.com\n"
    mapping = {"Client": "Name", "Kind": "Type"}
    assert look(program, data, map=mapping)["ignoredHeaders"] == ["Email"]
    program.run(data, map=mapping)
    assert [(client["name"], client["email"]) for client in program.clients()] == [("Ann", None)]


@pytest.mark.parametrize("header", ["Client", " Client ", "client"])
def test_mapping_names_a_header_whatever_its_case_and_blanks_around(program: Program, header: str) -> None:
    program.run(b" Client ,Type\nAnn,Ltd\n", map={header: "Name", "Type": "Type"})
    assert [client["name"] for client in program.clients()] == ["Ann"]


def test_mapping_names_repeated_and_blank_labels_as_they_became(program: Program) -> None:
    mapping = {"Note": "Name", "Note (2)": "TradingAs", "Column3": "Type"}
    program.run(b"Note,Note,\nAnn,Anns,Ltd\n", header=True, map=mapping)
    assert [(client["name"], client["trading_as"]) for client in program.clients()] == [("Ann", "Anns")]


def test_saved_mapping_is_used_by_its_code(program: Program) -> None:
    program.store.mappings.save(saved(Kunde="Name", Art="Type", Ref="InternalReference"))
    program.run(b"Kunde,Art,Ref\nAnn,Ltd,R1\n", mapping="ours")
    assert [(client["name"], client["internal_reference"]) for client in program.clients()] == [("Ann", "R1")]


def test_saved_match_field_is_used_unless_the_option_says_another(program: Program) -> None:
    program.run(b"Code,Name,Type,InternalReference\nA1,Ann,Ltd,R1\nB2,Bob,Ltd,R2\n")
    program.store.mappings.save(saved(match_field="InternalReference", N="Name", T="Type", R="InternalReference"))
    data = b"N,T,R\nAnna,Ltd,R1\n"
    by_saved = program.plan(data, mapping="ours")
    by_option = program.plan(data, mapping="ours", match_on="Name")
    assert (by_saved["updatedCount"], by_saved["createdCount"]) == (1, 0)
    assert (by_option["updatedCount"], by_option["createdCount"]) == (0, 1)


def test_saving_again_replaces_and_deleting_forgets(program: Program) -> None:
    program.store.mappings.save(saved(N="Name"))
    program.store.mappings.save(saved(Kunde="Name", Art="Type"))
    assert [column.csv_header for column in program.store.mappings.get("ours").column_mappings] == ["Kunde", "Art"]
    program.store.mappings.delete("ours")
    with pytest.raises(OptionsError, match="ours"):
        program.store.mappings.get("ours")


def test_two_presets_ship(program: Program) -> None:
    assert sorted(mapping.code for mapping in program.store.mappings.all() if mapping.is_preset) == PRESETS


@pytest.mark.parametrize("code", PRESETS)
def test_presets_are_read_only(program: Program, code: str) -> None:
    with pytest.raises(JobStateError, match="read-only"):
        program.store.mappings.save(saved(code, N="Name"))
    with pytest.raises(JobStateError, match="read-only"):
        program.store.mappings.delete(code)
    assert program.store.mappings.get(code).is_preset


@pytest.mark.parametrize("code", [*PRESETS, "ours"])
def test_a_new_mapping_never_takes_the_place_of_another(program: Program, code: str) -> None:
    program.store.mappings.add(saved(Name="Name"))
    with pytest.raises(JobStateError, match="already"):
        program.store.mappings.add(saved(code, N="Name"))
    named = program.store.mappings.add_by_name(saved(code, N="Name").model_copy(update={"name": code}))
    assert named.code == f"{code}-2"
    assert program.store.mappings.get(code).column_mappings[0].csv_header != "N"


@pytest.mark.parametrize("code", PRESETS)
def test_preset_fits_its_own_template(program: Program, code: str) -> None:
    columns = program.store.mappings.get(code).column_mappings
    template = io.BytesIO()
    write_template(columns, template)
    cells = {"Name": "Ann", "Type": "Ltd", "Code": "A1", "CompanyNumber": "01234567"}
    row = ",".join(cells.get(column.target_field, "") for column in columns) + "\r\n"
    job = program.run(template.getvalue() + row.encode(), mapping=code, default_type="Individual", match_on="Name")
    assert (job["status"], job["createdCount"]) == ("Completed", 1)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"map": {"Name": "Name", "Also": "Name"}}, ["Name", "Also"]),
        ({"map": {"Name": "Name", "Nome": "Type"}}, ["Nome", "Also"]),
        ({"map": {"Name": "Name"}, "match_on": "Code"}, ["Code"]),
        ({"map": {"Also": "Type"}}, ["Name"]),
        ({"match_on": "Email"}, ["Email"]),
        ({"map": {"Name": "Name"}, "mapping": "ours"}, ["ours"]),
        ({"mapping": "theirs"}, ["theirs"]),
        ({"map": {"Name": "Nmae"}}, ["Nmae"]),
    ],
    ids=[
        "two columns to one field",
        "a header the file does not have",
        "a match field with no column",
        "neither Code nor Name",
        "a match field that the suggestion maps nothing to",
        "both a saved and an inline mapping",
        "no such saved mapping",
        "no such field",
    ],
)
def test_options_that_do_not_fit_stop_the_job_before_any_row(
    program: Program, options: dict[str, Any], named: list[str]
) -> None:
    program.store.mappings.save(saved(Name="Name"))
    with pytest.raises(OptionsError) as stop:
        program.run(b"Name,Also,Type\nAnn,Anna,Ltd\n", **options)
    assert all(name in str(stop.value) for name in named)
    assert str(stop.value).endswith(".")
    assert (program.store.jobs(), program.clients()) == ([], [])


def test_one_header_cannot_be_mapped_to_two_fields(program: Program) -> None:
    columns = [{"csvHeader": "Name", "targetField": field} for field in ("Name", "TradingAs")]
    with pytest.raises(OptionsError, match="Name"):
        program.run(b"Name,Type\nAnn,Ltd\n", column_mappings=columns)


@pytest.mark.parametrize(
    ("data", "blank"),
    [
        (b"Name,Code\nAnn,\n", "Code"),
        (b"Code,Email\n,a@example.com\n", "Code"),
        (b"Name,Email\n,a@example.com\n", "Name"),
    ],
)
def test_default_match_field_is_code_when_mapped_else_name(program: Program, data: bytes, blank: str) -> None:
    job = program.run(data, default_type="Trust")
    assert program.reasons(job["code"]) == {2: {"missing_required"}}
    assert blank in program.not_imported(job["code"])[0]["import_message"]


def column(seen: dict[str, Any], header: str) -> dict[str, Any]:
    """The column of the preview under ``header``."""
    [found] = [each for each in seen["columns"] if each["header"] == header]
    return {name: value for name, value in found.items() if name != "header"}


def test_preview_shows_each_column_with_samples_and_where_it_goes(program: Program) -> None:
    long = "x" * 100
    data = f"Name,Type,Telefone,Shoe\nAnn,Ltd,?,{long}\nBob,Ltd,?,\nCyn,PLC,,\nDan,,,\n".encode()
    seen = look(program, data)
    assert [each["header"] for each in seen["columns"]] == seen["headers"]
    plain: dict[str, Any] = {"valueMappings": [], "unknownValues": []}
    name = {"fillRate": 1, "samples": ["Ann", "Bob", "Cyn"], "targetField": "Name", "score": 1, "isUsed": True, **plain}
    assert column(seen, "Name") == name
    assert column(seen, "Type")["samples"] == ["Ltd", "PLC"]
    assert column(seen, "Type")["fillRate"] == 0.75
    offered = column(seen, "Telefone")
    assert (offered["targetField"], offered["isUsed"]) == ("Telephone", False)
    assert offered["score"] < USED_FROM
    ignored = {"fillRate": 0.25, "samples": ["x" * 39 + "…"], "targetField": None, "score": None, "isUsed": False}
    assert column(seen, "Shoe") == ignored | plain


def test_preview_shows_what_a_mapping_makes_of_the_columns(program: Program) -> None:
    seen = look(program, b"Name,Alias,Type\nAnn,Anna,Ltd\n", map={"Alias": "Name", "Type": "Type"})
    assert column(seen, "Alias")["isUsed"]
    assert column(seen, "Alias")["score"] is None
    assert (column(seen, "Name")["isUsed"], column(seen, "Name")["targetField"]) == (False, "Name")
    assert seen["ignoredHeaders"] == ["Name"]


@pytest.mark.parametrize("options", [{}, {"map": {"Name": "Name", "National insurance": "NiNumber"}}])
def test_preview_masks_samples_of_sensitive_fields(program: Program, options: dict[str, Any]) -> None:
    header = "National insurance" if options else "NI number"
    seen = look(program, f"Name,{header}\nAnn,AB123456C\nBob,JG103759A\n".encode(), **options)
    assert column(seen, header)["samples"] == ["•••", "•••"]


def test_preview_of_options_that_do_not_fit_says_that_nothing_is_imported(program: Program) -> None:
    seen = look(program, b"Name,Type\nAnn,Ltd\n", match_on="Email")
    assert seen["plan"] is None
    assert seen["ignoredHeaders"] == ["Name", "Type"]
    assert [each["isUsed"] for each in seen["columns"]] == [False, False]
    assert [each["targetField"] for each in seen["columns"]] == ["Name", "Type"]


def test_preview_of_a_file_without_rows_has_its_columns(program: Program) -> None:
    seen = look(program, b"Name,Type\n")
    assert [(each["fillRate"], each["samples"]) for each in seen["columns"]] == [(0, []), (0, [])]
    assert look(program, b"")["columns"] == []


def test_columns_are_profiled_though_a_record_is_very_long(program: Program) -> None:
    data = f"Name,Type,Note\nAnn,Ltd,{'x' * 600_000}\nBob,Ltd,\n".encode()
    assert column(look(program, data), "Name")["samples"] == ["Ann", "Bob"]


def test_only_the_first_rows_are_profiled(program: Program) -> None:
    rows = "".join(f"Client {number},Ltd,{'a' if number < 1_000 else ''}\n" for number in range(3_000))
    assert column(look(program, f"Name,Type,Note\n{rows}".encode()), "Note")["fillRate"] == 1


@pytest.mark.parametrize(
    ("data", "options", "advice"),
    [
        (b"Nmae,Type\nAnn,Ltd\n", {}, '--map "Nmae=Name"'),
        (b"Mandant,Type\nAnn Ltd,Ltd\nBob Ltd,Ltd\n", {}, '--map "Mandant=Name"'),
        (b"Name,Type\nAnn,Ltd\n", {"map": {"Type": "Type"}}, '--map "Name=Name"'),
        (b"Name,Post\nAnn,a@x.org\nBob,b@x.org\nCy,c@x.org\n", {"match_on": "Email"}, '--map "Post=Email"'),
        (b"Ann,Ltd\n", {"header": False}, '--map "HEADER=Name"'),
    ],
)
def test_missing_match_field_is_answered_with_the_column_that_looks_like_it(
    program: Program, data: bytes, options: dict[str, Any], advice: str
) -> None:
    with pytest.raises(OptionsError) as stop:
        program.run(data, **options)
    assert advice in stop.value.cli_message()
    assert "--" not in str(stop.value)


def test_header_that_the_file_lacks_is_answered_with_the_near_one(program: Program) -> None:
    with pytest.raises(OptionsError, match='Did you mean "Client name"'):
        program.run(b"Client name,Type\nAnn,Ltd\n", map={"Cleint name": "Name"})
