"""What the shell offers behind an option, or for an argument, when the Tab key is pressed.

Typer keeps those that begin with what was typed so far. Completion makes no home folder, and offers nothing where
something is wrong: the command itself says what. bash takes a word with = or : in it for several;
:mod:`service.bash_words` puts them together.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from client_import.errors import ClientImportError
from client_import.fields.catalogue import BY_NAME, FIELDS
from client_import.jobs.opening import open_job_store
from client_import.jobs.record import Status
from client_import.jobs.store import JobStore
from client_import.options import OFFERED, members_of
from client_import.paths import Home
from client_import.settings import read_settings

Offers = list[tuple[str, str]]
"""Texts to complete to, each with what it means in a few words, which some shells show beside it."""

_MOST = 50


def completion_of(name: str, as_word: Callable[[str], str]) -> Callable[[str], Offers] | None:
    """Return the function that completes the import option ``name``; None for a number, a sheet and the like.

    ``as_word`` turns a member of a list into the word for it on the command line.
    """
    if name in _OF_MAPPINGS:
        return _OF_MAPPINGS[name]
    words = OFFERED[name].words
    offers = [(as_word(member), words.get(member, "")) for member in members_of(name)]
    offers = offers or [(word, told) for word, told in words.items() if isinstance(word, str)]

    def complete(incomplete: str) -> Offers:
        return offers

    return complete if offers else None


def complete_status(incomplete: str) -> Offers:
    """Offer the statuses of jobs."""
    return [(status.value, "") for status in Status]


def complete_mapping(incomplete: str) -> Offers:
    """Offer the codes of the saved mappings and the presets."""
    return _from_store(lambda store: [(mapping.code, mapping.name) for mapping in store.mappings.all()])


def complete_job(incomplete: str) -> Offers:
    """Offer the codes of the newest jobs."""
    return _from_store(lambda store: [(job.code, f"{job.file_name}, {job.status}") for job in store.jobs(limit=_MOST)])


def _from_store(read: Callable[[JobStore], Offers]) -> Offers:
    """Return what ``read`` finds in the job store, if there is one."""
    with suppress(ClientImportError, OSError):
        settings = read_settings()
        home = Home(settings.home)
        if home.job_store.exists() or (settings.database_url and home.path.exists()):
            with open_job_store(settings, home) as store:
                return read(store)
    return []


def _complete_column_mapping(incomplete: str) -> Offers:
    """Offer the fields, behind the header of HEADER=FIELD."""
    header, equals, _ = incomplete.rpartition("=")
    return [(f"{header}={field.name}", "") for field in FIELDS] if equals else []


def _complete_value_mapping(incomplete: str) -> Offers:
    """Offer the fields with a list as the first part of FIELD:WORD=MEMBER, and the members of the list as the last."""
    name, _, rest = incomplete.partition(":")
    word, equals, _ = rest.rpartition("=")
    if equals and name in BY_NAME:
        return [(f"{name}:{word}={member}", "") for member in BY_NAME[name].members]
    return [(f"{field.name}:", "") for field in FIELDS if field.members]


_OF_MAPPINGS: dict[str, Callable[[str], Offers]] = {
    "mapping_code": complete_mapping,
    "column_mappings": _complete_column_mapping,
    "value_mappings": _complete_value_mapping,
}
