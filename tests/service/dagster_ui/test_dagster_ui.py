"""Covers the guard in front of Dagster's web server: who is let in, and what of it can be reached at all."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import psutil
import pytest
from dagster_webserver.webserver import DagsterWebserver
from websockets.exceptions import InvalidHandshake, InvalidStatus
from websockets.sync.client import connect

from tests.support.api_server import ApiServer
from tests.support.guarded_ui import JSON, GuardedUi
from tests.support.small_services import are_gone

pytestmark = pytest.mark.slow

VERSION = "{version}"
MUTATION = "mutation { setNuxSeen }"
KEYS = {"CLIENT_IMPORT_API_KEYS": "first-key,second-key"}
UI_NAME = "dagster.example.org"

OPEN = {
    "/server_info": "/server_info",
    "/{path:path}": "/locations/client_import",
    "/": "/",
    "/download_debug/{run_id:str}": None,  # for a run it is in tests/service/page/test_dagster_in_browser.py
}
"""The routes of Dagster's web server that GET reaches, and an address of each."""

CLOSED = {
    "/dagit_info",
    "/logs/{path:path}",
    "/notebook",
    "/dagit/notebook",
    "/report_asset_materialization/{asset_key:path}",
    "/report_asset_check/{asset_key:path}",
    "/report_asset_observation/{asset_key:path}",
}


@pytest.fixture(scope="module")
def ui(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuardedUi]:
    """A UI that asks for no key, and has a name."""
    home = tmp_path_factory.mktemp("ui") / "home"
    with GuardedUi(home, CLIENT_IMPORT_DAGSTER_UI=f"https://{UI_NAME}/") as ui:
        yield ui


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuardedUi]:
    """A UI that asks for a key."""
    with GuardedUi(tmp_path_factory.mktemp("locked") / "home", **KEYS) as ui:
        yield ui


def rejected(answer: httpx.Response, status: int, words: str) -> None:
    assert answer.status_code == status, answer.text
    content = answer.json()
    assert words in (content["detail"] if "detail" in content else content["errors"][0]["message"])


def test_the_pages_and_graphql_of_the_ui_are_there(ui: GuardedUi) -> None:
    page = ui.client.get("/jobs", headers={"accept": "text/html"})
    assert '"pathPrefix": ""' in page.text
    script = re.findall(r'<script src="([^"]+)"', page.text)[0]
    assert ui.client.get(script).status_code == 200
    assert ui.client.get("/favicon.svg").headers["content-type"] == "image/svg+xml"
    assert ui.ask(VERSION).json()["data"]["version"]
    assert ui.ask(MUTATION, origin=ui.url, sec_fetch_site="same-origin").json() == {"data": {"setNuxSeen": True}}
    assert ui.ask(VERSION, content_type="application/json; charset=utf-8").status_code == 200


@pytest.mark.parametrize("query", [VERSION, MUTATION])
@pytest.mark.parametrize("path", ["/graphql", "/graphql/", "/%67raphql"])
def test_graphql_is_not_asked_with_get(ui: GuardedUi, query: str, path: str) -> None:
    for method in ("GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"):
        status, content = ui.raw(method, f"{path}?query={query.replace(' ', '%20')}", Accept="*/*")
        assert (status, b"data" in content) == (405, False)
    assert ui.raw("GET", path, Accept="text/html")[0] == 405


@pytest.mark.parametrize(
    "kind",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/plain; application/json",
        "application/json-patch+json",
        "application/graphql",
        "",
    ],
)
def test_graphql_takes_no_content_type_that_a_form_can_send(ui: GuardedUi, kind: str) -> None:
    body = json.dumps({"query": MUTATION}).encode()
    for path in ("/graphql", f"/graphql?query={MUTATION.replace(' ', '%20')}"):
        status, content = ui.raw("POST", path, body, **{"Content-Type": kind})
        assert (status, b"setNuxSeen" in content) == (415, False)
    assert ui.raw("POST", "/graphql", body)[0] == 415


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:1"},
        {"origin": "http://localhost"},
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
        {"sec_fetch_site": "cross-site", "sec_fetch_mode": "navigate", "sec_fetch_dest": "document"},
    ],
)
def test_no_other_website_asks_for_its_visitors(ui: GuardedUi, headers: dict[str, str]) -> None:
    rejected(ui.ask(MUTATION, **headers), 403, "another website")


def test_a_link_from_elsewhere_may_be_followed_but_not_framed(ui: GuardedUi) -> None:
    link = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
    answer = ui.client.get("/jobs", headers=link)
    assert answer.status_code == 200
    assert answer.headers["x-frame-options"] == "DENY"
    assert ui.client.get("/jobs", headers={**link, "sec-fetch-dest": "iframe"}).status_code == 403


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "", "[::1", "10.0.0.1"])
def test_a_website_whose_name_leads_here_is_rejected(ui: GuardedUi, host: str) -> None:
    rejected(ui.ask(MUTATION, host=host, origin=f"http://{host}"), 403, "called")
    for path in ("/", "/server_info", "/sign-in", "/healthz", "/static/page.css"):
        assert ui.client.get(path, headers={"host": host}).status_code == 403


def test_the_names_of_this_machine_and_of_the_ui_are_known(ui: GuardedUi) -> None:
    for host in ("localhost:3000", "[::1]:3000", "127.0.0.1", UI_NAME, f"{UI_NAME}:443".upper()):
        assert ui.ask(VERSION, host=host).status_code == 200
    assert ui.ask(MUTATION, host=UI_NAME, origin=f"https://{UI_NAME}").status_code == 200


def test_a_web_socket_is_opened_by_the_ui_itself_and_by_programs(ui: GuardedUi) -> None:
    for origin in (None, ui.url):
        with ui.subscribe(origin=origin) as socket_:
            socket_.send(json.dumps({"type": "connection_init"}))
            assert json.loads(socket_.recv()) == {"type": "connection_ack"}
            socket_.send(json.dumps({"type": "start", "id": "1", "payload": {"query": "subscription { nothing }"}}))
            assert json.loads(socket_.recv())["type"] == "error"


@pytest.mark.parametrize(
    ("host", "origin"),
    [("127.0.0.1", "http://evil.example"), ("127.0.0.1", "null"), ("evil.example", "http://evil.example")],
)
def test_a_web_socket_of_another_website_is_rejected(ui: GuardedUi, host: str, origin: str) -> None:
    with pytest.raises(InvalidStatus) as refusal:
        ui.subscribe(host, origin)
    assert refusal.value.response.status_code == 403


def test_a_web_socket_elsewhere_or_of_another_kind_is_rejected(ui: GuardedUi) -> None:
    for path, protocols in (("/", ["graphql-ws"]), ("/graphql", ["graphql-transport-ws"]), ("/graphql", None)):
        with pytest.raises(InvalidHandshake):
            connect(f"ws://127.0.0.1:{ui.port}{path}", subprotocols=protocols, proxy=None)  # type: ignore[arg-type]


def test_every_route_of_the_web_server_is_decided_upon(ui: GuardedUi) -> None:
    server = DagsterWebserver(None)
    static = {route.path for route in server.build_static_routes()}
    routes = {route.path for route in server.build_routes()} - static
    assert routes == {*OPEN, *CLOSED, "/graphql"}
    for path in filter(None, OPEN.values()):
        assert ui.client.get(path).status_code == 200, path
        assert ui.client.post(path).status_code == 405, path
    for route in CLOSED:
        path = re.sub(r"\{.*?\}", "client_import/1", route)
        for method in ("GET", "POST"):
            rejected(ui.client.request(method, path, json={}), 404, "nothing at this address")


@pytest.mark.parametrize(
    "path",
    ["/x/../notebook", "/./notebook", "/%2e%2e/notebook", "/%6eotebook", "/x/%2e%2e/graphql", "/..", "/logs/a%0Ab"],
)
def test_a_path_in_disguise_reaches_no_more(ui: GuardedUi, path: str) -> None:
    assert ui.raw("GET", f"{path}?path=/etc/passwd&repoLocName=client_import&query={VERSION}")[0] == 404


def test_what_is_too_large_is_rejected(ui: GuardedUi, locked: GuardedUi) -> None:
    """Whether its length is declared, or comes in chunks."""
    pieces = [b" " * (1 << 20)] * 9
    for content in (b"".join(pieces), iter(pieces)):
        rejected(ui.client.post("/graphql", content=content, headers={"content-type": JSON}), 413, "8,388,608 bytes")
    for content in (b"".join(pieces), iter(pieces)):
        rejected(locked.client.post("/sign-in", content=content), 413, "65,536 bytes")
    assert ui.ask(VERSION + " " * 1_000_000).status_code == 200


def test_the_web_server_itself_answers_nobody_but_the_guard(ui: GuardedUi) -> None:
    inner = ui.inner()
    listening = {each.laddr.ip for each in inner.net_connections("inet") if each.status == psutil.CONN_LISTEN}
    assert listening == {"127.0.0.1"}
    address = f"http://127.0.0.1:{ui.inner_port()}"
    for path in ("/graphql", "/server_info", "/jobs", "/notebook", "/download_debug/x", "/favicon.svg", "/%7Bguard%7D"):
        for method in ("GET", "POST"):
            answer = httpx.request(method, address + path, json={"query": MUTATION}, params={"query": VERSION})
            assert answer.status_code == 404, path
    assert httpx.get(address).headers["location"] == "/%7Bguard:secret%7D"
    assert httpx.get(address, follow_redirects=True).status_code == 404
    with pytest.raises(InvalidHandshake):
        connect(f"ws://127.0.0.1:{ui.inner_port()}/graphql", subprotocols=["graphql-ws"], proxy=None)  # type: ignore[list-item]


def test_the_way_to_the_web_server_is_written_nowhere(ui: GuardedUi) -> None:
    seen = [ui.said()]
    for process in (ui.inner(), psutil.Process(ui.process.pid)):
        seen += [*process.cmdline(), *process.environ().values()]
    for path in ("/", "/jobs", "/server_info", "/manifest.json", "/_next", "/_next/", "/vendor"):
        answer = ui.client.get(path)
        seen += [answer.text, *answer.headers.values()]
    assert not [text for text in seen if re.search("[0-9a-f]{64}", text)]


def test_without_a_key_nothing_is_reached(locked: GuardedUi) -> None:
    locked.client.cookies.clear()
    for headers in ({}, {"x_api_key": ""}, {"x_api_key": "first-ke"}, {"x_api_key": "first-key,second-key"}):
        rejected(locked.ask(VERSION, **headers), 401, "x-api-key")
        rejected(locked.ask(MUTATION, **headers), 401, "x-api-key")
        for path in ("/", "/server_info", "/download_debug/x", "/_next", "/favicon.svg", "/notebook", "/x/../sign-in"):
            status, _ = locked.raw("GET", path, **headers)
            assert status == 401, path
        with pytest.raises(InvalidStatus) as refusal:
            locked.subscribe(**headers)
        assert refusal.value.response.status_code == 401
    for cookie in ("", "x", "eyJhIjoxfQ.x.y"):
        assert locked.ask(VERSION, cookie=f"client_import_session={cookie}").status_code == 401
    assert locked.client.get("/healthz").json() == {"status": "ok"}


def test_a_key_is_asked_for_before_the_body_comes(locked: GuardedUi) -> None:
    head = f"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {JSON}\r\nContent-Length: 1000000\r\n\r\n"
    with closing(socket.create_connection(("127.0.0.1", locked.port))) as caller:
        caller.sendall(head.encode())
        assert caller.recv(64).startswith(b"HTTP/1.1 401 ")


def test_each_of_the_keys_opens(locked: GuardedUi) -> None:
    for key in ("first-key", "second-key"):
        assert locked.ask(VERSION, x_api_key=key).status_code == 200
        with locked.subscribe(x_api_key=key):
            pass
    rejected(locked.ask(MUTATION, x_api_key="first-key", origin="http://evil.example"), 403, "another website")
    rejected(locked.ask(MUTATION, x_api_key="first-key", host="evil.example"), 403, "called")


def test_a_person_is_asked_to_sign_in_and_led_back(locked: GuardedUi) -> None:
    client = locked.client
    client.cookies.clear()
    asked = client.get("/runs?q=x", headers={"accept": "text/html"})
    assert (asked.status_code, asked.headers["location"]) == (303, "/sign-in?next=%2Fruns%3Fq%3Dx")
    assert "Sign in" in client.get(asked.headers["location"]).text
    assert client.get("/static/page.css").status_code == 200
    form = {"key": "second-key", "next": "/runs?q=x"}
    assert client.post("/sign-in", data=form, headers={"origin": "http://evil.example"}).status_code == 403
    assert client.post("/sign-in", data={**form, "key": "wrong"}).status_code == 403
    assert client.get("/server_info").status_code == 401
    assert client.post("/sign-in", data=form, headers={"origin": locked.url}).headers["location"] == "/runs?q=x"
    assert client.get("/runs").status_code == 200
    assert locked.ask(MUTATION, origin=locked.url).status_code == 200
    cookie = f"client_import_session={client.cookies['client_import_session']}"
    with locked.subscribe(origin=locked.url, cookie=cookie):
        pass
    with pytest.raises(InvalidStatus):
        locked.subscribe(origin="http://127.0.0.1:1", cookie=cookie)
    client.post("/sign-out")
    assert client.get("/server_info").status_code == 401


def test_who_is_signed_in_to_the_page_is_signed_in_here(locked: GuardedUi) -> None:
    with ApiServer(locked.home.path, **KEYS) as server:
        server.client.post("/sign-in", data={"key": "first-key"})
        session = server.client.cookies["client_import_session"]
    assert locked.ask(VERSION, cookie=f"client_import_session={session}").status_code == 200


def test_the_guard_ends_with_the_web_server(tmp_path: Path) -> None:
    with GuardedUi(tmp_path / "home") as ui:
        ui.inner().kill()
        assert ui.process.wait(60) == 1
        assert ui.said().splitlines()[-1] == "Dagster's web server has ended."


def test_the_web_server_ends_with_the_guard(tmp_path: Path) -> None:
    with GuardedUi(tmp_path / "home") as ui:
        inner = ui.inner()
        ui.process.kill()
        are_gone([inner])
