"""Covers the help of the page, without a browser: it is served, and each reason on the page links to its paragraph."""

from __future__ import annotations

import re
from urllib.parse import urljoin

import pytest

from client_import.row_errors import Reason, SkipReason
from tests.service.page.visits import EXAMPLE, imported, put_in, text_of
from tests.support.api_server import ApiServer

REASON = re.compile(r'href="/help/reasons#(\w+)"')


@pytest.mark.parametrize("name", ["preparing-your-file", "reasons"])
def test_the_help_is_served_and_loads_nothing_from_elsewhere(server: ApiServer, name: str) -> None:
    answer = server.client.get(f"/help/{name}")
    assert answer.status_code == 200
    assert re.findall(r'(?:src|href)="(?:https?:)?//[^"]*"', answer.text) == []
    for link in re.findall(r'href="([^"]*)"', answer.text):
        address = urljoin(f"/help/{name}", link)
        assert server.client.get(address, follow_redirects=True).status_code == 200, link


def test_the_start_of_the_help_and_what_it_has_not(server: ApiServer) -> None:
    assert server.client.get("/help").headers["location"] == "/help/preparing-your-file"
    answer = server.client.get("/help/..%2Fbase")
    assert (answer.status_code, "There is nothing at this address" in text_of(answer)) == (404, True)


def test_each_reason_links_to_its_paragraph(server: ApiServer) -> None:
    code = put_in(server, EXAMPLE.read_bytes())
    planned = set(REASON.findall(server.client.get(f"/jobs/{code}/plan").text))
    done = imported(server, EXAMPLE.read_bytes())
    result = set(REASON.findall(server.client.get(f"/jobs/{done}").text))
    errors = set(REASON.findall(server.client.get(f"/jobs/{done}/errors").text))
    assert {"not_in_list", "bad_format"} <= errors <= result == planned
    assert planned <= {*map(str, Reason), *map(str, SkipReason)}
    page = server.client.get("/help/reasons").text
    assert all(f'id="{reason}"' in page for reason in (*Reason, *SkipReason))
