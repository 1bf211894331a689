"""Covers what the headers of a request say of where it comes from."""

from __future__ import annotations

import pytest
from starlette.datastructures import Headers

from service.origin import is_from_elsewhere, is_known_host, name_in, names_of

NAMES = names_of("https://Clients.example.org:8443/ui", "http://webserver:3000", "", "no address")
LINK = {"sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("localhost", "localhost"),
        ("LOCALHOST:80", "localhost"),
        ("[::1]:80", "::1"),
        ("127.0.0.1", "127.0.0.1"),
        ("", None),
        (":80", None),
        ("a:b", None),
        ("::1", None),
        ("[::1", None),
        ("a:80:80", None),
        ("localhost:80\n", None),
    ],
)
def test_the_name_in_a_host_header(host: str, name: str | None) -> None:
    assert name_in(host) == name


def test_only_this_machine_and_the_names_that_are_set_are_known() -> None:
    assert {"clients.example.org", "webserver"} == NAMES
    for host in ("localhost:1", "127.0.0.1", "127.9.9.9:3000", "[::1]:8000", "clients.example.org", "webserver:3000"):
        assert is_known_host(host, NAMES)
    for host in ("", "example.org", "evil.clients.example.org", "localhost.evil.example", "0.0.0.0", "192.168.0.1"):
        assert not is_known_host(host, NAMES)
    for host in ("localhost@evil.example", "127.0.0.1#.evil.example", "2130706433", "0x7f000001", "localhost,evil"):
        assert not is_known_host(host, NAMES)


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
