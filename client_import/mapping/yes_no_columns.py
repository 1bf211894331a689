"""Columns of yes and no that need value mappings, because they mean the opposite or a status.

Examples are ``Do not email`` and ``Archived``. They are offered with mappings of ``Yes`` and ``No`` to the member that
each of them means, and never used without asking (docs/rules.md, section 3).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from client_import.fields.catalogue import BY_NAME
from client_import.fields.headers import LONGEST_LABEL, fields_of_header, fold
from client_import.mapping.other_meaning import is_about_another, words_of

Words: TypeAlias = tuple[tuple[str, str], ...]

INVERTED: Words = (("Yes", "No"), ("No", "Yes"))
"""The value mappings of a column that means the opposite."""

_REFUSALS = (
    "un(?:subscri(?:bed?|bes|ption)|contactable)|opt(?:s|ed|ing)?out|suppress(?:ed|ion)?|exclu(?:ded?|sion)|"
    "with(?:drawn?|drew)|refuse[sd]?|refusal|decline[sd]?|object(?:s|ed|ion)?|prohibit(?:ed|s)?|forbid(?:den)?|"
    "revoked?|stop(?:ped|s)?|block(?:ed|s)?|bar(?:red)?|ban(?:ned)?"
)
_NEGATIONS = "do(?:es)?(?:not|nt)|did(?:not|nt)|can(?:not|t)|(?:must|should|may)(?:not|nt)|wo(?:nt)|never|not|non|dnc"
_CHANNELS = {
    "CanContactEmail": "e?mailings?|mail(?:inglist|shot)s?|emai(?:ling|led|ls|l)|newsletters?|eshots?",
    "CanContactTelephone": "(?:tele)?phone(?:calls?|s)?|phoning|call(?:s|ed|ing)?|tel|ring|cold",
    "CanContactPost": "post(?:s|ed|ing|al)?|mail(?:s|ed)?|letters?",
    "CanContactSms": "sms|text(?:s|ed|ing)?(?:messages?)?",
}
_ASIDE = (
    "contact(?:s|ed|ing|able)?|market(?:ing|ed)?|communications?|communicate|comms|consent(?:s|ed)?|permissions?|"
    "preferences?|gdpr|clients?|customers?|ha[sd]|have|is|are|be(?:en)?|was|to|by|via|from|for|of|the|any|all|us|in|on|"
    "at|wants?|wish(?:es)?|allow(?:s|ed)?|send(?:ing)?|sent|receiv(?:e[sd]?|ing)|please|flag|list|yes|no|[yne]|disturb|"
    "and|or|messages?|can|could|may|ok(?:ay)?|accept(?:s|ed)?|agree[sd]?|do(?:es)?|out|out?of|unsolicited|promo(?:tion"
    "(?:s|al)?|s)?|direct|bulk|subscri(?:be[sd]?|ption)|opt(?:s|ed|ing)?(?:in)?|information|materials?|status"
)
_CONTACT_WORDS = re.compile(f"(?>(?>{_REFUSALS}|{_NEGATIONS}|{'|'.join(_CHANNELS.values())}|{_ASIDE})+)")
"""All words of headers about contact preferences. ``Auto enrolment opt out`` has other words, so it is none."""

_NEGATIVE = re.compile(f"{_REFUSALS}|{_NEGATIONS}|^no")
_NO_IN_BRACKETS = re.compile(r"[(\[]\s*no\s*[)\]]", re.IGNORECASE)
_DOUBLE_NEGATIVE = re.compile(f"(?:{_NEGATIONS})(?:yet|been|be)?(?:{_REFUSALS})")
_CONTACT_PREFERENCE = re.compile(
    "contact|market|commun|comms|subscri|opt(?:s|ed|ing)?(?:out|in)|mailing|disturb|dnc|promo"
)
_POSITIVE = re.compile("opt(?:s|ed|ing)?in|subscribe[sd]|consent(?:s|ed)|agree[sd]|accept(?:s|ed)")
_CHANNEL = {field: re.compile(pattern) for field, pattern in _CHANNELS.items()}
_MAIL_OF_ANOTHER = re.compile("email|mailing|mailshot|newsletter")
_CONSENT = re.compile("consent|gdpr|opt(?:s|ed|ing)?in(?!g)")
_PERHAPS_CONSENT = re.compile("marketing|subscribe[sd]|newsletter|mailing")
"""The first is sufficient. The second is not if the header has other words as well, such as ``Marketing budget``."""

_ACTIVE = "active live current enabled ongoing currentclient activeclient stillactive"
_INACTIVE = """
    inactive notactive nonactive nolongeractive archived archive dormant ceased closed left leaver former past previous
    lost formerclient exclient pastclient previousclient lostclient oldclient deactivated disengaged disabled deleted
    resigned notcurrent nolongeraclient nolongerclient
"""
_PROSPECT = "prospect prospective prospectiveclient potentialclient"
_STATUS = {
    **dict.fromkeys(_ACTIVE.split(), (("Yes", "Active"), ("No", "Inactive"))),
    **dict.fromkeys(_INACTIVE.split(), (("Yes", "Inactive"), ("No", "Active"))),
    **dict.fromkeys(_PROSPECT.split(), (("Yes", "Prospect"), ("No", "Active"))),
}
_BEFORE = ("is", "was", "has", "client", "customer", "account", "record", "currently", "now", "been", "the")
_BEHIND = ("client", "clients", "customer", "account", "record", "flag", "yesno", "yn", "status", "indicator")

_MARKS = frozenset("xX✗✘✕✖❌☒×*")

_NEGATIONS_IN_NAMES = ("notyet", "isnt", "not", "non", "un", "de")
"""Negations; removing one from a header may leave the name of the field that it is the opposite of."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A field that a column of yes and no can be mapped to, with the pairs of word and member to map as well."""

    field: str
    words: Words


@lru_cache(maxsize=1024)
def readings(header: str) -> tuple[Reading, ...]:
    """Return how a column of yes and no under ``header`` can be used, the closest field first; usually empty."""
    if len(header) > LONGEST_LABEL:
        return ()
    return _as_status(header) or _as_consent(header) or _as_opposite(header)


def readings_for_values(header: str, values: Sequence[str], *, is_yes_no: bool) -> tuple[Reading, ...]:
    """Return :func:`readings` for a column with the distinct ``values``; ``is_yes_no`` says that they are yes and no.

    If the only value is a mark or repeats the header, it stands for yes. Empty for any other column.
    """
    found = readings(header)
    if is_yes_no or not found:
        return found if is_yes_no else ()
    if len(values) != 1 or (values[0] not in _MARKS and fold(values[0]) != fold(header)):
        return ()
    return tuple(Reading(each.field, ((values[0], dict(each.words).get("Yes", "Yes")),)) for each in found)


def assign_readings(readable: Mapping[int, tuple[Reading, ...]], taken: Collection[str]) -> dict[int, Reading]:
    """Assign each column in ``readable`` a reading whose field is not ``taken``; those with one reading come first."""
    assigned: dict[int, Reading] = {}
    for place in sorted(readable, key=lambda place: (len(readable[place]), place)):
        gone = {*taken, *(reading.field for reading in assigned.values())}
        free = [reading for reading in readable[place] if reading.field not in gone]
        if free:
            assigned[place] = free[0]
    return assigned


def is_about_status(header: str) -> bool:
    """Return whether a column under ``header`` says which clients are active, whatever its cells contain."""
    return len(header) <= LONGEST_LABEL and bool(_as_status(header))


def is_about_consent(header: str) -> bool:
    """Return whether a column under ``header`` says who may be contacted, whatever its cells contain."""
    if len(header) > LONGEST_LABEL or is_about_another(header):
        return False
    text = fold(header)
    return (
        bool(_as_consent(header))
        or _CONSENT.search(text) is not None
        or (_PERHAPS_CONSENT.search(text) is not None and _is_of_contacts(header))
    )


def _as_status(header: str) -> tuple[Reading, ...]:
    text, is_shorter = fold(header), True
    while is_shorter:
        if text in _STATUS:
            return (Reading("Status", _STATUS[text]),)
        shorter = next((text.removeprefix(word) for word in _BEFORE if text.startswith(word)), text)
        if shorter == text:
            shorter = next((text.removesuffix(word) for word in _BEHIND if text.endswith(word)), text)
        is_shorter, text = shorter != text, shorter
    return ()


def _as_consent(header: str) -> tuple[Reading, ...]:
    """Return the readings of a header on contact preferences; if it names no channel, one for each channel."""
    text = fold(header)
    if not _is_of_contacts(header) or _DOUBLE_NEGATIVE.search(text) or is_about_another(header):
        return ()
    named = tuple(field for field, pattern in _CHANNEL.items() if pattern.search(_without_overlap(field, text)))
    words: Words
    if _NEGATIVE.search(text) or _NO_IN_BRACKETS.search(header):
        words = INVERTED
    elif _POSITIVE.search(text):
        words = ()
    else:
        return ()
    if not named and not _CONTACT_PREFERENCE.search(text):
        return ()
    return tuple(Reading(field, words) for field in (named or tuple(_CHANNELS)))


def _is_of_contacts(header: str) -> bool:
    """Return whether ``header`` consists of words about contact preferences."""
    return bool(_CONTACT_WORDS.fullmatch(fold(header))) or all(map(_CONTACT_WORDS.fullmatch, words_of(header)))


def _without_overlap(field: str, text: str) -> str:
    """Return ``text`` without words of another channel that contain a word of this one, as ``email`` has ``mail``."""
    if field == "CanContactPost":
        return _MAIL_OF_ANOTHER.sub(" ", text)
    if field == "CanContactEmail":
        return text if _MAIL_OF_ANOTHER.search(text) or "eshot" in text else ""
    return text


def _as_opposite(header: str) -> tuple[Reading, ...]:
    """Return the reading of a header that is a negated name of a yes/no field, such as ``VAT unregistered``."""
    text = fold(header)
    for negation in _NEGATIONS_IN_NAMES:
        before, *behind = text.split(negation)
        for place in range(len(behind)):
            head, tail = negation.join((before, *behind[:place])), negation.join(behind[place:])
            for name in fields_of_header(f"{head}{'is' if negation == 'isnt' else ''}{tail}"):
                if BY_NAME[name].type == "yes_no" and not is_about_another(header):
                    return (Reading(name, INVERTED),)
    return ()
