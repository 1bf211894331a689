"""The forms in which settings are written: addresses, amounts of memory, lists; and what to say of another form."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr
from pydantic_core import ErrorDetails

from client_import.errors import OptionsError
from client_import.memory import MEMORY
from client_import.receivers import receivers_of
from client_import.wording import sentence_of

ADDRESS_OF_POSTGRESQL = (
    "write postgresql://user:password@host:5432/database, with : / @ % in user and password as %3A %2F %40 %25"
)

_HOST = r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?"
"""A host with or without a port, as a regular expression."""

_HOSTS = re.compile(rf"\s*+({_HOST}(?>(?:\s*+,\s*+{_HOST})*))?\s*+,?\s*+")
_CONNECT = re.compile(rf"sc://{_HOST}(/?|/(;\w[\w-]*=[^;=\s?#]+)+;?)")
_WEBSERVER = re.compile(r"https?://[^/\s:]+(:\d+)?(/[^\s?#]*)?")
_WEBSITE = re.compile(r"https?://\S+")

_NO_UTF_8 = re.compile("[\ud800-\udfff]")
_MISREAD = re.compile(rf"[?\\]|{_NO_UTF_8.pattern}|%[0-9A-Fa-f]{{2}}")
"""What in the path of a database SQLAlchemy, Dagster, SQLite or DuckDB takes for something else, or not at all."""

_LEAST_KEY_BYTES = 24

MOST_DAYS = 36_500
"""A hundred years: what lies further back than the year 1 is no date."""

_NOT_EMPTY = "it must not be empty; leave it unset to have the default"


def what_is_wrong(found: ErrorDetails) -> str:
    """Return what is wrong with a setting, as a sentence; ``found`` is what pydantic says of it."""
    sentence = f"{_NOT_EMPTY}." if found["type"] == "string_too_short" else sentence_of(found)
    return sentence[:1].upper() + sentence[1:]


def parts_of(text: str) -> tuple[str, ...]:
    """Return the parts of a list with commas between them; blank ones are none."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _matching(fits: Callable[[str], object], advice: str) -> AfterValidator:
    """Return what refuses a text that is not empty and does not fit, with the ``advice``."""

    def check(text: str) -> str:
        if text and not fits(text):
            raise ValueError(advice)
        return text

    return AfterValidator(check)


def _is_postgresql(database: SecretStr) -> SecretStr:
    scheme, mark, rest = database.get_secret_value().partition("://")
    is_known = mark and scheme in ("postgresql", "postgres") and rest.partition("?")[0].count("@") < 2
    if scheme and not is_known:
        raise ValueError(f"it is no address of a PostgreSQL database; {ADDRESS_OF_POSTGRESQL}")
    return database


def _is_connect_address(url: SecretStr) -> SecretStr:
    if url.get_secret_value() and not _CONNECT.fullmatch(url.get_secret_value()):
        raise ValueError("it is no address of Spark Connect; write sc://host:15002, or sc://host:15002/;token=...")
    return url


def _is_a_time_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("it is no time zone; use a name such as Europe/London") from None
    return name


def _has_receivers(addresses: SecretStr) -> SecretStr:
    receivers_of(addresses.get_secret_value())
    return addresses


def _is_signing_secret(secret: SecretStr) -> SecretStr:
    if secret.get_secret_value() and len(signing_key(secret.get_secret_value())) < _LEAST_KEY_BYTES:
        raise ValueError('it is no such secret; make one with: echo "whsec_$(openssl rand -base64 32)"')
    return secret


def signing_key(secret: str) -> bytes:
    """Return the key that a secret of Standard Webhooks, ``whsec_`` and base64, stands for; empty if it is none."""
    prefix, mark, encoded = secret.partition("whsec_")
    try:
        return base64.b64decode(encoded, validate=True) if mark and not prefix else b""
    except binascii.Error:
        return b""


def _is_named(path: object) -> object:
    if path == "":
        raise ValueError(_NOT_EMPTY)
    return path


def _expanded(path: Path) -> Path:
    try:
        return path.expanduser()
    except RuntimeError:
        raise ValueError(f"the home folder of {path.parts[0]} is not known; write the whole path") from None


def folder_of_databases(path: Path) -> Path:
    """Return the folder ``path``, made absolute.

    Raises ValueError if a database in it would be misread as another file, or it begins with the name of no user.
    """
    folder = _expanded(path).absolute()
    if misread := _MISREAD.search(str(folder)):
        wrong = f"databases misread the {misread[0]} in {folder}; name a folder without it"
        raise ValueError(wrong.encode(errors="backslashreplace").decode())  # pydantic needs a text in UTF-8
    return folder


def working_folder() -> Path:
    """Return the working directory. Raises OptionsError if it has been removed."""
    try:
        return Path.cwd()
    except FileNotFoundError:
        raise OptionsError("The working directory has been removed. Change to another one.") from None


def _is_path(text: str) -> str:
    if _NO_UTF_8.search(text):
        raise ValueError("give a text in UTF-8")
    _expanded(Path(text))
    return text


def _are_paths(text: str) -> str:
    for part in parts_of(text):
        _is_path(part)
    return text


_AMOUNT = _matching(MEMORY.fullmatch, "it is no amount of memory; write one such as 448MB or 2GB")

HomeFolder = Annotated[Path, BeforeValidator(_is_named), AfterValidator(folder_of_databases)]
"""A folder, made absolute."""

Location = Annotated[str, AfterValidator(_is_path)]
"""A path, to which a relative one is relative differs, or an address of fsspec."""

Locations = Annotated[str, AfterValidator(_are_paths)]

Memory = Annotated[str, Field(min_length=1), _AMOUNT]
MemoryOrShare = Annotated[str, _AMOUNT]
"""Nothing, where the default depends on the machine, or an amount of memory."""

DagsterAddress = Annotated[
    str,
    _matching(_WEBSERVER.fullmatch, "it is no address of a Dagster webserver; write one such as http://webserver:3000"),
]
PublicAddress = Annotated[
    str, _matching(_WEBSITE.fullmatch, "it is no address of a website; write one such as https://imports.example.com")
]
HostNames = Annotated[
    str,
    _matching(
        _HOSTS.fullmatch,
        "it is no list of host names; write names such as imports.example.com, with commas between them",
    ),
]
PostgresqlAddress = Annotated[SecretStr, AfterValidator(_is_postgresql)]
ConnectAddress = Annotated[SecretStr, AfterValidator(_is_connect_address)]
TimeZone = Annotated[str, AfterValidator(_is_a_time_zone)]
Receivers = Annotated[SecretStr, AfterValidator(_has_receivers)]
SigningSecret = Annotated[SecretStr, AfterValidator(_is_signing_secret)]
