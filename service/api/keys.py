"""API keys: with CLIENT_IMPORT_API_KEYS set, every call needs one of them."""

from __future__ import annotations

import hmac
from http import HTTPStatus

from client_import.errors import OptionsError
from client_import.settings import Settings
from service.api.problems import ProblemError
from service.names import is_loopback

HEADER = "x-api-key"


def is_known(key: str, keys: tuple[str, ...]) -> bool:
    """Return whether ``key`` is one of ``keys``, in constant time."""
    given = key.encode("utf-8", "replace")
    matches = [hmac.compare_digest(given, known.encode()) for known in keys]
    return any(matches)


def demand_key(given: str | None, keys: tuple[str, ...]) -> None:
    """Raise ProblemError unless ``given`` is one of ``keys``, or there are none."""
    if not keys:
        return
    if given is None:
        raise _unauthorized(f"This call needs a key in the header {HEADER}.")
    if not is_known(given, keys):
        raise _unauthorized(f"The key in the header {HEADER} is not valid.")


def _unauthorized(sentence: str) -> ProblemError:
    return ProblemError(HTTPStatus.UNAUTHORIZED, sentence, {"WWW-Authenticate": "ApiKey"})


def refuse_secret_of_its_own(settings: Settings) -> None:
    """Raise OptionsError when a server of many would sign download links with a secret that the others do not know."""
    if settings.database_url and not settings.secret.get_secret_value():
        raise OptionsError(
            "CLIENT_IMPORT_DATABASE is set, so other servers may answer for the download links of this one. Set "
            "CLIENT_IMPORT_SECRET to one long random text on all of them."
        )


def refuse_open_server(host: str, settings: Settings) -> None:
    """Raise OptionsError when other machines could reach an API that needs no key."""
    if not is_loopback(host) and not settings.keys:
        raise OptionsError(
            f"Binding to {host} would let everybody on the network change the clients. Set CLIENT_IMPORT_API_KEYS "
            "to one or more keys first, or bind to 127.0.0.1."
        )
