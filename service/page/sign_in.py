"""Signing in: with CLIENT_IMPORT_API_KEYS set, whoever has one of the keys may use the page for twelve hours."""

from __future__ import annotations

from hashlib import sha256
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request, Response
from itsdangerous import BadSignature, URLSafeTimedSerializer
from starlette.requests import HTTPConnection

from client_import.errors import ClientImportError
from service.api.keys import is_known
from service.page.answers import go_to, html, is_htmx, root_of

COOKIE = "client_import_session"
LIFE_SECONDS = 12 * 60 * 60

_WRONG = "That is not one of the keys. Check it for blanks and capital letters, or ask whoever set this up."

router = APIRouter(include_in_schema=False)


class SignInNeededError(ClientImportError):
    """Nobody is signed in, and this server asks for a key."""


def signed_in(request: Request) -> None:
    """Raise SignInNeededError unless the request comes from somebody who may use the page."""
    if request.app.state.keys and not is_signed_in(request):
        raise SignInNeededError("Sign in first.")


SIGNED_IN = Depends(signed_in)


@router.get("/sign-in")
def ask(request: Request) -> Response:
    """Ask for a key."""
    onwards = _inside(request.query_params.get("next", "/"))
    if not request.app.state.keys or is_signed_in(request):
        return go_to(request, onwards)
    return html(request, "sign_in.html", {"next": onwards, "fault": None})


@router.post("/sign-in")
async def sign_in(request: Request) -> Response:
    """Take the key, and remember who gave it."""
    form = await request.form()
    key, onwards = str(form.get("key", "")).strip(), _inside(str(form.get("next", "/")))
    keys: tuple[str, ...] = request.app.state.keys
    if keys and not is_known(key, keys):
        return html(request, "sign_in.html", {"next": onwards, "fault": _WRONG}, 403)
    answer = go_to(request, onwards)
    answer.set_cookie(
        COOKIE,
        _signer(request).dumps(_mark(key)),
        max_age=LIFE_SECONDS,
        path=root_of(request) or "/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )
    return answer


@router.post("/sign-out")
def sign_out(request: Request) -> Response:
    """Forget who was signed in."""
    answer = go_to(request, "/sign-in")
    answer.delete_cookie(COOKIE, path=root_of(request) or "/", httponly=True, samesite="strict")
    return answer


def to_sign_in(request: Request) -> Response:
    """Return the answer that asks to sign in, and leads back afterwards to what was looked at."""
    path = request.url.path.removeprefix(root_of(request))
    is_page = request.method == "GET" and not is_htmx(request) and path != "/"
    return go_to(request, f"/sign-in?{urlencode({'next': path})}" if is_page else "/sign-in")


def is_signed_in(call: HTTPConnection) -> bool:
    """Return whether the call, a request or a WebSocket, has the session of somebody who gave one of the keys.

    The application of the call has the keys and the secret of sessions in its state.
    """
    try:
        mark = str(_signer(call).loads(call.cookies.get(COOKIE, ""), max_age=LIFE_SECONDS))
    except BadSignature:
        return False
    return is_known(mark, tuple(_mark(key) for key in call.app.state.keys))


def _mark(key: str) -> str:
    """What stands for the key in the cookie, so that a session ends when its key is withdrawn."""
    return sha256(b"client-import page " + key.encode()).hexdigest()[:32]


def _signer(call: HTTPConnection) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(call.app.state.session_secret, salt="page-session")


def _inside(path: str) -> str:
    """Return ``path`` when it is one of this page, else its beginning."""
    is_ours = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if is_ours else "/"
