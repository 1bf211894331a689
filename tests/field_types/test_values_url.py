"""Web addresses."""

from __future__ import annotations

import pytest

from tests.field_types.test_values import read


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("https://example.com", "https://example.com"),
        ("http://example.com/a?b=c#d", "http://example.com/a?b=c#d"),
        ("HTTP://Example.com", "http://Example.com"),
        ("HTTPS://example.com", "https://example.com"),
        ("www.example.co.uk", "https://www.example.co.uk"),
        ("example.com/", "https://example.com/"),
        ("example.com:8080/a", "https://example.com:8080/a"),
        ("example.com?a=b", "https://example.com?a=b"),
        ("example.com/@me", "https://example.com/@me"),
        ("bücher.de", "https://bücher.de"),
        ("192.168.0.1", "https://192.168.0.1"),
    ],
)
def test_addresses(cell, value):
    assert read("Website", cell) == (value, [])


@pytest.mark.parametrize(
    "cell",
    [
        "nowhere",
        "localhost",
        "http://localhost",
        "ftp://example.com",
        "mailto:a@example.com",
        "a@example.com",
        "javascript:alert(1)",
        "javascript:alert(1)//.com",
        "data:text/html,x.com",
        "file:///etc/passwd.txt",
        "//example.com",
        "http:/example.com",
        "https://https://example.com",
        "http://user:secret@example.com",
        "example .com",
        "example.com/a b",
        "example.com\njavascript:x",
        "example..com",
        ".com",
        "-a.com",
        "12.50",
        "example.١",
        "httpſ://example.com",
        "example.com:port",
        "https://",
    ],
)
def test_no_addresses(cell):
    assert read("Website", cell) == (cell, ["bad_format"])


def test_the_scheme_counts():
    assert read("Website", "a" * 289 + ".com")[1] == ["too_long"]
