"""Enums, lists of enums, and yes or no."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from client_import.field_types.characters import fold_text
from client_import.field_types.enums import SYNONYMS, known_words
from client_import.fields.catalogue import BY_NAME, FIELDS, Field
from tests.field_types.test_values import column, good, normalised, read

ENUMS = [field for field in FIELDS if field.type == "enum"]


@pytest.mark.parametrize("field", ENUMS, ids=lambda field: field.name)
def test_each_member_means_itself(field):
    members = column(list(field.members))
    assert normalised(field, members).equals(members)
    assert all(good(field, members))


def test_synonyms_are_of_known_fields_and_members():
    for name, member in SYNONYMS:
        assert member in BY_NAME[name].members


@pytest.mark.parametrize("field", ENUMS, ids=lambda field: field.name)
def test_no_word_has_two_meanings(field):
    words, _ = known_words(field.name, field.members)
    assert [word for word, count in Counter(words.to_pylist()).items() if count > 1] == []
    assert "" not in words.to_pylist()


@pytest.mark.parametrize(
    ("cell", "member"),
    [
        ("Ltd", "PrivateLimitedCompany"),
        ("LTD.", "PrivateLimitedCompany"),
        ("limited company", "PrivateLimitedCompany"),
        ("Company", "PrivateLimitedCompany"),
        ("Pvt. Ltd.", "PrivateLimitedCompany"),
        ("Private company limited by guarantee", "PrivateLimitedCompany"),
        ("p.l.c.", "PublicLimitedCompany"),
        ("Limited Liability Partnership", "LimitedLiabilityPartnership"),
        ("LLP", "LimitedLiabilityPartnership"),
        ("General partnership", "Partnership"),
        ("Person", "Individual"),
        ("Private Individual", "Individual"),
        ("sole trader", "SoleTrader"),
        ("Soletrader", "SoleTrader"),
        ("Self-employed", "SoleTrader"),
        ("Self–employed", "SoleTrader"),
        ("Registered Charity", "Charity"),
        ("CIO", "Charity"),
        ("trust", "Trust"),
        ("“Trust”", "Trust"),
        ("Private Limited Company", "PrivateLimitedCompany"),
        ("PRI/LTD BY GUAR/NSC (Private, limited by guarantee, no share capital)", "PrivateLimitedCompany"),
        (
            "PRI/LBG/NSC (Private, Limited by guarantee, no share capital, use of 'Limited' exemption)",
            "PrivateLimitedCompany",
        ),
        ("PRIV LTD SECT. 30 (Private limited company, section 30 of the Companies Act)", "PrivateLimitedCompany"),
        ("private-limited-guarant-nsc", "PrivateLimitedCompany"),
        ("Public Limited Company", "PublicLimitedCompany"),
        ("Charitable Incorporated Organisation", "Charity"),
        ("Scottish Charitable Incorporated Organisation", "Charity"),
        ("Scottish Partnership", "Partnership"),
    ],
)
def test_types(cell, member):
    assert read("Type", cell) == (member, [])


@pytest.mark.parametrize(
    ("cell", "member"),
    [
        ("current", "Active"),
        ("LIVE", "Active"),
        ("Ceased", "Inactive"),
        ("former client", "Inactive"),
        ("lead", "Prospect"),
        ("Lost prospect", "LostProspect"),
        ("Lost", "LostProspect"),
        ("Active - Proposal to Strike off", "Active"),
        ("Dissolved", "Inactive"),
    ],
)
def test_statuses(cell, member):
    assert read("Status", cell) == (member, [])


UNCERTAIN = ["Limited Partnership", "Community Interest Company", "Private Unlimited Company", "Registered Society"]


@pytest.mark.parametrize("cell", ["Zorp", "Ltd Ltd", "Lté", "PrivateLimitedCompany;Trust", "#REF!", *UNCERTAIN])
def test_not_a_type(cell):
    assert read("Type", cell) == (cell, ["not_in_list"])


@pytest.mark.parametrize("cell", ["Liquidation", "In Administration", "Receivership", "?"])
def test_not_a_status(cell):
    assert read("Status", cell) == (cell, ["not_in_list"])


def test_an_enum_without_synonyms_has_its_members_alone():
    size = Field("Size", "size", "enum", None, "Small|VeryLarge", "")
    values = normalised(size, column(["small", "very large", "Ltd"]))
    assert values.to_pylist() == ["Small", "VeryLarge", "Ltd"]
    assert good(size, values) == [True, True, False]


@pytest.mark.parametrize(
    ("cell", "value", "row_errors"),
    [
        ("Main", "Main", []),
        ("main; BILLING", "Main;Billing", []),
        ("Director|Psc", "Director;Psc", []),
        ("Psc;Main;psc;Main", "Psc;Main", []),
        ("Main;;Billing;", "Main;Billing", []),
        ("Main;Friend", "Main;Friend", ["not_in_list"]),
        ("Main,Billing", "Main,Billing", ["not_in_list"]),
        (";", ";", ["not_in_list"]),
    ],
)
def test_several(cell, value, row_errors):
    assert read("ContactRelationships", cell) == (value, row_errors)


WORDS = st.sampled_from(["Main", "main", "Billing", "PSC", " director ", "", "x"])


@given(st.lists(st.lists(WORDS, min_size=1, max_size=5)))
def test_several_in_many_rows(rows):
    """The same in plain Python: fold, look up, keep the first of each."""
    field = BY_NAME["ContactRelationships"]
    members = {fold_text(member): member for member in field.members}
    expected = []
    for words in rows:
        named = [word.strip().lower() for word in words if word]
        if named and all(word in members for word in named):
            expected.append(";".join(dict.fromkeys(members[word] for word in named)))
        else:
            expected.append(";".join(words))
    assert normalised(field, column([";".join(words) for words in rows])).to_pylist() == expected


@pytest.mark.parametrize("cell", ["yes", "Y", "TRUE", "t", "1", "1.0", "-1", "On", "✓", "✔\ufe0f", "☑", "'Yes"])
def test_yes(cell):
    assert read("PclSent", cell) == ("Yes", [])


@pytest.mark.parametrize("cell", ["no", "N", "False", "f", "0", "0.0", "OFF", "“no”"])
def test_no(cell):
    assert read("PclSent", cell) == ("No", [])


@pytest.mark.parametrize("cell", ["x", "✗", "☒", "perhaps", "yes!", "١", "2", "yesno"])
def test_neither_yes_nor_no(cell):
    assert read("PclSent", cell) == (cell, ["bad_format"])
