"""Columns that say the opposite of a field, or a member of a list: offered with their words mapped, never used so.

Which headers say the opposite at all is in test_mapping_other_meaning.py.
"""

from __future__ import annotations

import io
from typing import Any

import pytest

from client_import.fields.headers import known_headers
from client_import.mapping.suggest import Suggestion
from client_import.mapping.yes_no_columns import INVERTED, readings
from client_import.preview import Preview, preview_without_plan
from client_import.reading.source import keep_source
from tests.support.limits import LIMITS
from tests.support.mapping import suggested, used
from tests.support.program import Program, import_options

FLAGS = ["Yes", "No", ""]
ACTIVE = (("Yes", "Active"), ("No", "Inactive"))
INACTIVE = (("Yes", "Inactive"), ("No", "Active"))

EMAIL = """
    Do not email|Do Not E-mail|Don't email|donotemail|donotbulkemail|Email Opt Out|EmailOptOut|HasOptedOutOfEmail|
    Opted out of email marketing|Can't Contact Email|Cannot contact by email|Can Contact Email (not)|No email|No emails|
    Unsubscribed|Unsubscribe|Unsubscribed from mailing list|Email unsubscribed (Y/N)|Stop emails|Email suppressed|
    Do not send newsletters|Opted out|Opt Out|Opted-out?|Do Not Contact|DoNotContact|No marketing|Marketing opt-out|
    Not opted in|Do not market|Consent withdrawn for email|GDPR opt out
"""
TELEPHONE = "Do Not Call|DoNotCall|donotphone|No phone calls|Telephone opt out|Phone Opt-Out|Never ring"
POST = "No contact by post|Postal opt-out|donotpostalmail|Do Not Mail|No post|Do not send letters"
SMS = "No SMS|Don't text|SMS Opt Out|Text opt out|Do not send text messages"
STATUSES = {
    ACTIVE: "Active|Is Active|IsActive|Active?|Active (yes/no)|Client active|Active client|Live|Current|is_active",
    INACTIVE: "Inactive|IsInactive|Not active|Archived|Is archived|archived flag|Dormant|Ex-client|Former client|"
    "Account closed|Left|Deactivated|Past|Lost client|No longer a client|Disabled",
    (("Yes", "Prospect"), ("No", "Active")): "Prospect|Is prospect",
}
OTHERS = {
    "VatRegistered": "VAT Unregistered|Not VAT registered|Non VAT registered|VAT deregistered|Isn't VAT registered",
    "PclSent": "PCL not sent|Clearance letter not sent",
}


def names(text: str) -> list[str]:
    return ["".join(name.split("\n")).strip() for name in text.split("|")]


def offer(header: str, cells: list[str], **others: list[str]) -> Suggestion | None:
    """What is offered for the column; nothing but its name and code is used of the file."""
    columns = {"Code": ["A", "B", "C"], "Name": ["Acme", "Bee", "Cee"], **others, header: cells}
    assert header not in used(columns)
    return next((each for each in suggested(columns) if each.csv_header == header), None)


@pytest.mark.parametrize(
    ("header", "field", "words"),
    [
        *((name, "CanContactEmail", INVERTED) for name in names(EMAIL)),
        *((name, "CanContactTelephone", INVERTED) for name in names(TELEPHONE)),
        *((name, "CanContactPost", INVERTED) for name in names(POST)),
        *((name, "CanContactSms", INVERTED) for name in names(SMS)),
        *((name, "Status", words) for words, headers in STATUSES.items() for name in names(headers)),
        *((name, field, INVERTED) for field, headers in OTHERS.items() for name in names(headers)),
    ],
)
@pytest.mark.parametrize("cells", [FLAGS, ["TRUE", "", "FALSE"], ["1", "0", "1"], ["Y", "", ""]], ids=str)
def test_the_opposite_and_the_member_are_offered(header: str, field: str, words: Any, cells: list[str]) -> None:
    found = offer(header, cells)
    assert found is not None
    assert (found.target_field, found.words) == (field, words)
    assert found.score < 0.9


@pytest.mark.parametrize(
    "header",
    [
        "Auto enrolment opt out",
        "Pension opted out",
        "HasOptedOutOfFax",
        "Not unsubscribed",
        "Has not opted out",
        "Spouse do not email",
        "Director do not call",
        "Email bounced",
        "Invalid email",
        "Not chargeable",
        "VAT exempt",
        "Email not verified",
        "Client phone no",
        "No of employees",
    ],
)
def test_nothing_is_inverted_that_says_something_else(header: str) -> None:
    found = offer(header, FLAGS)
    assert found is None or found.words == ()
    assert found is None or not found.target_field.startswith("CanContact")


@pytest.mark.parametrize("header", ["Opted in", "Email opted in", "Opt-in"])
def test_an_opt_in_is_offered_as_it_is(header: str) -> None:
    found = offer(header, FLAGS)
    assert found is not None
    assert (found.target_field, found.words) == ("CanContactEmail", ())


@pytest.mark.parametrize(
    ("header", "mark", "field", "member"),
    [
        ("Do not email", "x", "CanContactEmail", "No"),
        ("Do not email", "Do Not Email", "CanContactEmail", "No"),
        ("Opted out", "✗", "CanContactEmail", "No"),
        ("Email opted in", "X", "CanContactEmail", "Yes"),
        ("Archived", "x", "Status", "Inactive"),
        ("VAT unregistered", "*", "VatRegistered", "No"),
    ],
)
def test_a_column_that_is_ticked_is_offered_with_its_mark(header: str, mark: str, field: str, member: str) -> None:
    found = offer(header, [mark, "", mark])
    assert found is not None
    assert (found.target_field, found.words) == (field, ((mark, member),))
    two = offer(header, [mark, "", "see file"])
    assert two is None or two.words == ()


@pytest.mark.parametrize("cells", [["", "", ""], ["12/03/2024", "", ""], ["asked us to", "No", "see file"]])
@pytest.mark.parametrize("header", ["Do not email", "Archived", "Opted out"])
def test_only_columns_of_yes_and_no_are_offered(header: str, cells: list[str]) -> None:
    found = offer(header, cells)
    assert found is None or found.words == ()


def test_a_field_that_a_column_has_is_not_offered_to_another() -> None:
    assert offer("Archived", FLAGS, Status=["Active", "", "Inactive"]) is None
    assert offer("Do not email", FLAGS, **{"Can Contact Email": FLAGS}) is None


def test_columns_share_the_fields_the_closest_first() -> None:
    columns = {"Do Not Contact": FLAGS, "Email Opt Out": FLAGS, "Opted out": FLAGS, "Do not text": FLAGS}
    found = {each.csv_header: each.target_field for each in suggested(columns)}
    assert found == {
        "Do Not Contact": "CanContactTelephone",
        "Email Opt Out": "CanContactEmail",
        "Opted out": "CanContactPost",
        "Do not text": "CanContactSms",
    }


def test_no_known_header_is_inverted() -> None:
    assert not [header for header in known_headers() if any(reading.words == INVERTED for reading in readings(header))]


def seen(program: Program, data: bytes, **options: Any) -> Preview:
    folder = program.home.job("0000000000").create()
    folder.source.unlink(missing_ok=True)
    keep_source(io.BytesIO(data), folder.source)
    return preview_without_plan(program.known, folder, import_options(**options), LIMITS, 5)


def test_an_offer_is_used_as_the_preview_tells_it(program: Program) -> None:
    data = b"Code,Name,Type,Do not email,Archived\nC1,Ann,Ltd,TRUE,0\nC2,Bob,Ltd,,1\nC3,Cy,Ltd,FALSE,\n"
    told = seen(program, data).to_json()
    columns = [{key: each[key] for key in ("csvHeader", "targetField")} for each in told["suggestedMappings"]]
    values = [value for each in told["suggestedMappings"] for value in each["valueMappings"]]
    assert values == [
        {"targetField": "CanContactEmail", "from": "Yes", "to": "No"},
        {"targetField": "CanContactEmail", "from": "No", "to": "Yes"},
        {"targetField": "Status", "from": "Yes", "to": "Inactive"},
        {"targetField": "Status", "from": "No", "to": "Active"},
    ]
    program.run(data, column_mappings=columns, value_mappings=values)
    stored = [(client["can_contact_email"], client["status"]) for client in program.clients()]
    assert stored == [(False, "Active"), (None, "Inactive"), (True, "Active")]


def test_the_preview_tells_words_that_are_in_no_list(program: Program) -> None:
    data = b"Code,Name,Type,Pcl Sent,Relationships\n" + b"".join(
        f"C{number},Ann,{kind},{sent},{roles}\n".encode()
        for number, (kind, sent, roles) in enumerate(
            [("Widow", "Posted", "Main"), ("widow", "yes", "Main;Owner"), ("Ltd", "", "Owner"), ("Club", "n/a", "")]
        )
    )
    told = {each.header: each for each in seen(program, data, values={"Type": {"Widow": "Individual"}}).columns}
    assert told["Type"].unknown_words == ("Club",)
    assert told["Type"].words == (("Widow", "Individual"),)
    assert told["Pcl Sent"].unknown_words == ("Posted",)
    assert told["Relationships"].unknown_words == ("Owner",)
    assert told["Name"].unknown_words == ()


@pytest.mark.parametrize(
    "header", ["Do Not Contact", "Opted out", "Marketing consent", "GDPR", "Email preferences opt-in"]
)
@pytest.mark.parametrize("cell", ["Yes", "x", "2024-05-01"])
def test_consent_that_is_dropped_is_told_loudly(program: Program, header: str, cell: str) -> None:
    job = program.run(f"Code,Name,Type,{header}\nC1,Ann,Ltd,{cell}\n".encode())
    [note] = [note for note in job["notes"] if "may be contacted" in note]
    assert header in note
    is_rejected = header in ("Do Not Contact", "Opted out")
    can_be_used = (cell == "Yes" and is_rejected) or (cell == "x" and (is_rejected or "opt-in" in header))
    assert ("They can be used" in note) == can_be_used


@pytest.mark.parametrize("header", ["Active", "Inactive", "Is archived", "Former client"])
@pytest.mark.parametrize("cell", ["No", "2024-05-01"])
def test_a_status_that_is_dropped_is_told(program: Program, header: str, cell: str) -> None:
    data = f"Code,Name,Type,{header}\nC1,Ann,Ltd,{cell}\n".encode()
    [note] = [note for note in program.run(data)["notes"] if "clients are active" in note]
    assert f"not imported: {header}. New clients become Active" in note
    assert (f"{header} as Status with Yes = " in note) == (cell == "No")
    [note] = [note for note in program.run(data, mode="UpdateOnly")["notes"] if "clients are active" in note]
    assert "New clients" not in note


def test_nothing_is_told_of_a_column_that_is_used(program: Program) -> None:
    data = b"Code,Name,Type,Active,Email Opt Out\nC1,Ann,Ltd,No,Yes\n"
    columns = {"Code": "Code", "Name": "Name", "Type": "Type", "Active": "Status", "Email Opt Out": "CanContactEmail"}
    values = {"Status": dict(ACTIVE), "CanContactEmail": dict(INVERTED)}
    assert program.run(data, map=columns, values=values)["notes"] == []
    [client] = program.clients()
    assert (client["status"], client["can_contact_email"]) == ("Inactive", False)


def test_the_opposite_that_is_used_as_it_is_is_told(program: Program) -> None:
    columns = {"Code": "Code", "Name": "Name", "Type": "Type", "Email Opt Out": "CanContactEmail"}
    [note] = program.run(b"Code,Name,Type,Email Opt Out\nC1,Ann,Ltd,Yes\n", map=columns)["notes"]
    assert "The name of the column Email Opt Out says the opposite of CanContactEmail" in note
    assert "Yes = No and No = Yes" in note


def test_columns_of_telephone_numbers_are_no_consents(program: Program) -> None:
    headers = b"Telephone,Phone no,Mobile,Mobile phone no,Marketing budget,Subscribed capital"
    data = b"Code,Name,Type," + headers + b"\nC1,Ann,Ltd,,,,,,\n"
    assert not [note for note in program.run(data)["notes"] if "contacted" in note]
