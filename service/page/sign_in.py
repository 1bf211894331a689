"""Sign in: with CLIENT_IMPORT_API_KEYS set, one of the keys opens the page for twelve hours."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode, urlsplit

from fastapi import APIRouter, Depends, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import cookie_parser

from service.api.access import OPEN, Demand, place_of, settings_of
from service.api.attempts import Attempts
from service.api.keys import HEADER, demand_key, is_known
from service.api.problems import ProblemError
from service.api.uploads import MOST_KEY_BYTES
from service.page.answers import go_to, html, is_htmx, root_of
from service.place import Place

COOKIE = "client_import_session"
SESSION_SECONDS = 12 * 60 * 60
_MOST_FIELDS = 10
_WRONG = "That is not one of the keys. Check it for blanks and capital letters, or ask whoever set this up."
_TOO_OFTEN = "There were too many wrong keys. Try again in {minutes}."

router = APIRouter(include_in_schema=False)


class SignInNeededError(ProblemError):
    """The request has no session, and this server requires a key."""

    def __init__(self) -> None:
        sentence = f"Sign in first, at /sign-in; a program sends a key in the header {HEADER}."
        super().__init__(HTTPStatus.UNAUTHORIZED, sentence, {"WWW-Authenticate": "ApiKey"})


def is_signed_in(headers: Headers, place: Place) -> bool:
    """Return whether a request with ``headers`` may use the page: it has a session, or there are no keys.

    The session must have been opened with one of the keys. This reads the job store, so it must not be called on the
    event loop. Raises StoreError when the store cannot be read.
    """
    token, keys = token_of(headers), place.settings.keys
    return not keys or (token is not None and place.store.sessions.has(token, keys))


def token_of(headers: Headers) -> str | None:
    """Return the session token in the cookies, or None."""
    return cookie_parser("; ".join(headers.getlist("cookie"))).get(COOKIE)


async def demand_session(headers: Headers, place: Place) -> None:
    """Raise ProblemError unless a request with ``headers`` has a session, or a key; nothing if there are no keys."""
    if HEADER in headers:
        demand_key(headers[HEADER], place.settings.keys)
    elif not await run_in_threadpool(is_signed_in, headers, place):
        raise SignInNeededError


async def _session_or_key(request: Request) -> None:
    await demand_session(request.headers, place_of(request))


SIGNED_IN = Depends(Demand(_session_or_key))
"""A session of the page or, for programs, a key; nothing if there are no keys."""


@router.get("/sign-in", dependencies=[OPEN])
def ask(request: Request) -> Response:
    """Show the sign-in form."""
    onwards = _inside(request.query_params.get("next", "/"))
    if is_signed_in(request.headers, place_of(request)):
        return go_to(request, onwards)
    return html(request, "sign_in.html", {"next": onwards, "error": None})


@router.post("/sign-in", dependencies=[OPEN])
async def sign_in(request: Request) -> Response:
    """Check the key, and open a session."""
    form = await request.form(max_files=0, max_fields=_MOST_FIELDS, max_part_size=MOST_KEY_BYTES)
    key, onwards = str(form.get("key", "")).strip(), _inside(str(form.get("next", "/")))
    settings, store = settings_of(request), place_of(request).store
    if not settings.keys:
        return go_to(request, onwards)
    attempts: Attempts = request.app.state.attempts
    address = request.client.host if request.client else ""
    if seconds := attempts.wait_seconds(address):
        return _too_often(request, onwards, seconds)
    if not is_known(key, settings.keys):
        attempts.failed(address)
        return html(request, "sign_in.html", {"next": onwards, "error": _WRONG}, HTTPStatus.FORBIDDEN)
    if old := token_of(request.headers):
        await run_in_threadpool(store.sessions.close, old, settings.keys)
    token = await run_in_threadpool(store.sessions.open, key, SESSION_SECONDS)
    answer = go_to(request, onwards)
    answer.set_cookie(COOKIE, token, max_age=SESSION_SECONDS, **_scope_of_cookie(request))
    return answer


@router.post("/sign-out", dependencies=[SIGNED_IN])
def sign_out(request: Request) -> Response:
    """End the session on the server and in the browser."""
    if token := token_of(request.headers):
        place_of(request).store.sessions.close(token, settings_of(request).keys)
    answer = go_to(request, "/sign-in")
    answer.delete_cookie(COOKIE, **_scope_of_cookie(request))
    return answer


def to_sign_in(request: Request) -> Response | None:
    """Return the response that shows the sign-in form, and leads back to the same page afterwards.

    A request of htmx gets 401, and leads back to the page that made it. Returns None for a form that was submitted,
    because it cannot be repeated.
    """
    if is_htmx(request):
        answer = go_to(request, _sign_in_from(request, request.headers.get("hx-current-url", "/")))
        answer.status_code = HTTPStatus.UNAUTHORIZED
        return answer
    if request.method != "GET":
        return None
    return go_to(request, _sign_in_from(request, str(request.url)))


def _sign_in_from(request: Request, address: str) -> str:
    """Return the address of the form that leads back to the page at ``address``, with its filters and all."""
    try:
        parts = urlsplit(address)
    except ValueError:  # a header can say anything
        return "/sign-in"
    path = parts.path.removeprefix(root_of(request)) or "/"
    onwards = f"{path}?{parts.query}" if parts.query else path
    return "/sign-in" if onwards == "/" else f"/sign-in?{urlencode({'next': onwards}, errors='replace')}"


def _too_often(request: Request, onwards: str, seconds: int) -> Response:
    minutes = -(-seconds // 60)
    error = _TOO_OFTEN.format(minutes="a minute" if minutes == 1 else f"{minutes} minutes")
    answer = html(request, "sign_in.html", {"next": onwards, "error": error}, HTTPStatus.TOO_MANY_REQUESTS)
    answer.headers["Retry-After"] = str(seconds)
    return answer


def _scope_of_cookie(request: Request) -> dict[str, Any]:
    """Return where the cookie is sent; over https alone if the browser uses that, here or by the public address."""
    is_https = request.url.scheme == "https" or settings_of(request).public_url.lower().startswith("https:")
    return {"path": root_of(request) or "/", "secure": is_https, "httponly": True, "samesite": "strict"}


def _inside(path: str) -> str:
    """Return ``path`` if it is an address of this page, else the start page."""
    is_ours = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isascii() and path.isprintable()
    return path if is_ours else "/"
