"""What the tests of the page share: the answers of the page, read as a person sees them."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import httpx

from tests.support.api_server import ApiServer

EXAMPLE = Path(__file__).parents[3] / "examples" / "clients.csv"
HTMX = {"HX-Request": "true"}

TWO = b"Code,Name,Type\nA1,Ann Archer,Individual\nB2,Bob Baker,Individual\n"


def text_of(answer: httpx.Response) -> str:
    """The words of a page, without its tags."""
    inside = re.sub(r"<(script|style)\b.*?</\1>", " ", answer.text, flags=re.DOTALL)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", inside))).strip()


def put_in(server: ApiServer, data: bytes, name: str = "clients.csv", **fields: str) -> str:
    """Upload a file through the page; return the code of its job."""
    answer = server.client.post("/jobs", files={"file": (name, data, "text/csv")}, data=fields)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].rpartition("/")[2]


def form_of(answer: httpx.Response) -> dict[str, str]:
    """The fields of the form ``set-up`` as a browser would send them."""
    fields = {}
    for tag in re.findall(r"<input\b[^>]*>", answer.text):
        seen = dict(re.findall(r'([a-z-]+)="([^"]*)"', tag))
        if seen.get("form") == "set-up":
            fields[seen["name"]] = unescape(seen.get("value", ""))
    for tag, inside in re.findall(r"<select\b([^>]*)>(.*?)</select>", answer.text, re.DOTALL):
        name = dict(re.findall(r'([a-z-]+)="([^"]*)"', tag)).get("name")
        if name is None:
            continue  # it is for scripts
        chosen = re.search(r'<option value="([^"]*)" selected', inside)
        fields[name] = unescape(chosen[1]) if chosen else ""
    return fields


def imported(server: ApiServer, data: bytes, **changes: str) -> str:
    """Upload a file, change the form, start it, and wait for its end; return the code of its job."""
    code = put_in(server, data)
    form = form_of(server.client.get(f"/jobs/{code}")) | changes
    answer = server.client.post(f"/jobs/{code}/start", data=form)
    assert (answer.status_code, answer.headers.get("location")) == (303, f"/jobs/{code}"), answer.text
    server.ended(code)
    return code
