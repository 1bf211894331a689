"""Covers what the headers of a request say of where it comes from."""

from __future__ import annotations

import pytest
from starlette.datastructures import Headers

from client_import.settings import Settings
from service.origin import is_from_elsewhere, known_origins

LINK = {"sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}


@pytest.mark.parametrize(
    ("headers", "is_foreign"),
    [
        ({}, False),
        ({"origin": "http://here:1"}, False),
        ({"origin": "https://HERE:1"}, False),
        ({"origin": "http://here"}, True),
        ({"origin": "http://here:2"}, True),
        ({"origin": "http://evil"}, True),
        ({"origin": "null"}, True),
        ({"origin": ""}, True),
        ({"origin": "here:1"}, True),
        ({"origin": "://here:1"}, True),
        ({"origin": "ftp://here:1"}, True),
        ({"origin": "https://friend"}, False),
        ({"origin": "https://friend.evil"}, True),
        ({"sec-fetch-site": "same-origin"}, False),
        ({"sec-fetch-site": "none"}, False),
        ({"sec-fetch-site": "same-site"}, True),
        ({"sec-fetch-site": "cross-site"}, True),
        ({"sec-fetch-site": "cross-site", **LINK}, True),
        ({"origin": "http://here:1", "sec-fetch-site": "cross-site"}, True),
        ({"origin": "http://evil", "sec-fetch-site": "same-origin"}, True),
    ],
)
def test_a_change_comes_from_here_or_from_nowhere(headers: dict[str, str], is_foreign: bool) -> None:
    given = Headers({"host": "here:1", **headers})
    assert is_from_elsewhere(given, "POST", ["https://friend"]) is is_foreign


def test_of_two_origins_none_may_be_another() -> None:
    raw = [(b"host", b"here:1"), (b"origin", b"http://here:1"), (b"origin", b"http://evil")]
    assert is_from_elsewhere(Headers(raw=raw), "POST")


def test_links_may_lead_here_and_nothing_else() -> None:
    link = Headers({"host": "here:1", "sec-fetch-site": "cross-site", **LINK})
    assert not is_from_elsewhere(link, "GET")
    assert is_from_elsewhere(link, "POST")
    for kind in ("iframe", "script", "image", "empty"):
        assert is_from_elsewhere(Headers({**link, "sec-fetch-dest": kind}), "GET")


def test_websites_are_known_by_the_settings_alone() -> None:
    assert known_origins(Settings(public_url="", cors_origins="")) == set()
    known = known_origins(Settings(public_url="https://Clients.example/import/", cors_origins="https://friend:8443"))
    assert known == {"https://clients.example", "https://friend:8443"}
