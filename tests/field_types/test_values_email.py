"""Email addresses. What is accepted is held to email-validator; that an address exists is not tested."""

from __future__ import annotations

import pytest
from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email
from hypothesis import example, given, settings
from hypothesis import strategies as st

from client_import.field_types.characters import trim
from client_import.field_types.email import RESERVED_DOMAINS
from client_import.fields.catalogue import BY_NAME
from tests.field_types.test_values import column, good, normalised, read

FIELD = BY_NAME["Email"]


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("ann@example.com", "ann@example.com"),
        ("Ann.Lee@EXAMPLE.Co.Uk", "Ann.Lee@example.co.uk"),
        ("o'neill+tag@a-b.com", "o'neill+tag@a-b.com"),
        ("INFO@Example.com", "INFO@example.com"),
        ("zoë@example.com", "zoë@example.com"),
        ("ann@BÜCHER.de", "ann@bücher.de"),
        ("ann@XN--bcher-kva.de", "ann@xn--bcher-kva.de"),
        ("ann@a.b1c", "ann@a.b1c"),
        ("mailto:a@example.com", "a@example.com"),
        ("MAILTO:a@example.com", "a@example.com"),
        ("<a@EXAMPLE.com>", "a@example.com"),
        ("Ann Lee <a@example.com>", "a@example.com"),
        ("a@example.com;", "a@example.com"),
        ("'ann@example.com'", "ann@example.com"),
        ("\u200eann@example.com", "ann@example.com"),
        ("x" * 70 + "@e.com", "x" * 70 + "@e.com"),
    ],
)
def test_addresses(cell, value):
    assert read("Email", cell) == (value, [])


@pytest.mark.parametrize(
    "cell",
    [
        "nope",
        "a@@example.com",
        "a@b@example.com",
        "a b@example.com",
        "a@example",
        "a@example.123",
        "a@.com",
        "a@b..com",
        ".a@example.com",
        "a.@example.com",
        "a..b@example.com",
        "a@-b.com",
        "a@b-.com",
        "a@ab--c.com",
        "a@b.test",
        "a@b.LOCAL",
        "Ann <a@example.com> <b@example.com>",
        "a@b.com <a@example.com>",
        "mailto:a@example.com?subject=x",
        "a@example.com; b@example.com",
        "a@example.com\nb",
        '"a b"@example.com',
        "a@[127.0.0.1]",
        "a@exa_mple.com",
        "a@" + "b" * 64 + ".com",
    ],
)
def test_no_addresses(cell):
    assert read("Email", cell) == (cell, ["bad_format"])


def test_too_long():
    address = "a" * 250 + "@e.com"
    assert read("Email", address) == (address, ["bad_format", "too_long"])


def test_reserved_domains_are_the_library_s():
    assert set(RESERVED_DOMAINS) == set(SPECIAL_USE_DOMAIN_NAMES)


LOCALS = st.text("abZ09.-_+'\"é\u0301 ", min_size=1, max_size=8) | st.text(max_size=4)
LABELS = st.text("abXZ09-_éß", max_size=5) | st.sampled_from(["xn--bcher-kva", "xn--", "a--b", "ab--c", "b" * 63, "İ"])
ENDS = st.sampled_from(["com", "co.uk", "TEST", "local", "c0m", "1", "c1", "x-y", "arpa", "рф", "com."])
DOMAINS = st.tuples(st.lists(LABELS, max_size=3), ENDS).map(lambda parts: ".".join([*parts[0], parts[1]]))
ADDRESSES = st.one_of(
    st.emails(),
    st.tuples(LOCALS, st.sampled_from(["@", "@", "@", "＠", "@@", ""]), DOMAINS).map("".join),
    st.text("a@.-é", max_size=8),
)


def accepted_by_library(text: str) -> bool:
    """Whether the library accepts the address, taken out of what may be around it."""
    alone = text.rstrip(",; ").removesuffix(">").rpartition("<")[2]
    return accepted(text) or (text.count("@") == 1 and accepted(alone))


def accepted(text: str) -> bool:
    try:
        validate_email(text, check_deliverability=False)
    except EmailNotValidError:
        return False
    return True


@given(st.lists(ADDRESSES, min_size=1, max_size=20))
@settings(deadline=None, max_examples=300)
@example(["a@b" + "c" * n + ".com" for n in range(55, 70)])
@example(["a" * n + "@" + "b" * 60 + ".com" for n in range(180, 194)])
@example(["a@" + ".".join(["b" * 60] * 4) + "c" * n + ".com" for n in range(1, 10)])
def test_exactly_what_the_library_accepts(texts):
    cells = trim(column(texts)).drop_null()
    values = normalised(FIELD, cells)
    assert good(FIELD, values) == [accepted_by_library(cell) for cell in cells.to_pylist()]


@given(st.lists(ADDRESSES, min_size=1, max_size=20))
@settings(deadline=None)
def test_the_domain_of_good_addresses_is_the_library_s(texts):
    values = normalised(FIELD, trim(column(texts)))
    for value, is_good in zip(values.to_pylist(), good(FIELD, values), strict=True):
        if value is not None and is_good:
            address = validate_email(value, check_deliverability=False)
            assert value.rpartition("@")[2] in {address.domain, address.ascii_domain}
