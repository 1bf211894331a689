"""Columns of yes and no whose meaning can be turned round, or is a member of a list: ``Do not email``, ``Archived``.

They are offered with the words mapped, and never used by themselves (docs/rules.md, section 3). One mechanism says
both: the words ``Yes`` and ``No`` are mapped to the member that each of them means.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from client_import.fields.catalogue import BY_NAME
from client_import.fields.headers import LONGEST_LABEL, fields_of_header, fold
from client_import.mapping.other_meaning import speaks_of_another, words_of

Words: TypeAlias = tuple[tuple[str, str], ...]

TURNED: Words = (("Yes", "No"), ("No", "Yes"))
"""The words of a column that says the opposite."""

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
_SPOKEN = re.compile(f"(?>{_REFUSALS}|{_NEGATIONS}|{'|'.join(_CHANNELS.values())}|{_ASIDE})++")
"""All that a header may say of whom not to contact. ``Auto enrolment opt out`` says something else."""

_REFUSES = re.compile(f"{_REFUSALS}|{_NEGATIONS}|^no")
_NO_IN_BRACKETS = re.compile(r"[(\[]\s*no\s*[)\]]", re.IGNORECASE)
_REFUSES_TWICE = re.compile(f"(?:{_NEGATIONS})(?:yet|been|be)?(?:{_REFUSALS})")
_SAYS_WHOM = re.compile("contact|market|commun|comms|subscri|opt(?:s|ed|ing)?(?:out|in)|mailing|disturb|dnc|promo")
_CONSENTS = re.compile("opt(?:s|ed|ing)?in|subscribe[sd]|consent(?:s|ed)|agree[sd]|accept(?:s|ed)")
_CHANNEL = {field: re.compile(pattern) for field, pattern in _CHANNELS.items()}
_MAIL_OF_ANOTHER = re.compile("email|mailing|mailshot|newsletter")
_SPEAKS_OF_CONSENT = re.compile("consent|gdpr|opt(?:s|ed|ing)?in(?!g)")
_MAY_SPEAK_OF_CONSENT = re.compile("marketing|subscribe[sd]|newsletter|mailing")
"""The first wherever it stands; the second not where a header also has words of other things: ``Marketing budget``."""

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

_TURNING = ("notyet", "isnt", "not", "non", "un", "de")
"""What, taken out of a header, leaves the name of the field that it is the opposite of."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A field that a column of yes and no can go to, and the words that are mapped then: pairs of word and member."""

    field: str
    words: Words


@lru_cache(maxsize=1024)
def readings(header: str) -> tuple[Reading, ...]:
    """Return what a column of yes and no under ``header`` can be used as, the closest first; mostly nothing."""
    if len(header) > LONGEST_LABEL:
        return ()
    return _as_status(header) or _as_consent(header) or _as_opposite(header)


def readings_of(header: str, values: Sequence[str], *, is_yes_no: bool) -> tuple[Reading, ...]:
    """Return :func:`readings` for a column with these distinct ``values``, which may be of yes and no.

    Where all its cells have the same mark, or repeat the header, that stands for yes.
    """
    found = readings(header)
    if is_yes_no or not found:
        return found if is_yes_no else ()
    if len(values) != 1 or (values[0] not in _MARKS and fold(values[0]) != fold(header)):
        return ()
    return tuple(Reading(each.field, ((values[0], dict(each.words).get("Yes", "Yes")),)) for each in found)


def allotted(readable: Mapping[int, tuple[Reading, ...]], taken: Collection[str]) -> dict[int, Reading]:
    """Give each place a reading of a field that is not ``taken``; those that can be read in one way choose first."""
    allotted: dict[int, Reading] = {}
    for place in sorted(readable, key=lambda place: (len(readable[place]), place)):
        gone = {*taken, *(reading.field for reading in allotted.values())}
        free = [reading for reading in readable[place] if reading.field not in gone]
        if free:
            allotted[place] = free[0]
    return allotted


def tells_status(header: str) -> bool:
    """Whether ``header`` names a status: a column under it tells who is active, whatever its cells are."""
    return len(header) <= LONGEST_LABEL and bool(_as_status(header))


def tells_consent(header: str) -> bool:
    """Whether a column under ``header`` tells who may be contacted how, whatever its cells are."""
    if len(header) > LONGEST_LABEL or speaks_of_another(header):
        return False
    text = fold(header)
    return (
        bool(_as_consent(header))
        or _SPEAKS_OF_CONSENT.search(text) is not None
        or (_MAY_SPEAK_OF_CONSENT.search(text) is not None and _is_of_contacts(header))
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
    """Read a header that says whom not to contact; without a channel it may be about any of them."""
    text = fold(header)
    if not _is_of_contacts(header) or _REFUSES_TWICE.search(text) or speaks_of_another(header):
        return ()
    named = tuple(field for field, pattern in _CHANNEL.items() if pattern.search(_without_overlap(field, text)))
    words: Words
    if _REFUSES.search(text) or _NO_IN_BRACKETS.search(header):
        words = TURNED
    elif _CONSENTS.search(text):
        words = ()
    else:
        return ()
    if not named and not _SAYS_WHOM.search(text):
        return ()
    return tuple(Reading(field, words) for field in (named or tuple(_CHANNELS)))


def _is_of_contacts(header: str) -> bool:
    """Whether ``header`` has no word that is of anything but contacts."""
    return bool(_SPOKEN.fullmatch(fold(header))) or all(map(_SPOKEN.fullmatch, words_of(header)))


def _without_overlap(field: str, text: str) -> str:
    """Return ``text`` without what another channel's word has in common with this one's: the mail of ``email``."""
    if field == "CanContactPost":
        return _MAIL_OF_ANOTHER.sub(" ", text)
    if field == "CanContactEmail":
        return text if _MAIL_OF_ANOTHER.search(text) or "eshot" in text else ""
    return text


def _as_opposite(header: str) -> tuple[Reading, ...]:
    """Read a header that is the name of a field of yes and no but for what turns it round: ``VAT unregistered``."""
    text = fold(header)
    for turning in _TURNING:
        before, *behind = text.split(turning)
        for place in range(len(behind)):
            head, tail = turning.join((before, *behind[:place])), turning.join(behind[place:])
            for name in fields_of_header(f"{head}{'is' if turning == 'isnt' else ''}{tail}"):
                if BY_NAME[name].type == "yes_no" and not speaks_of_another(header):
                    return (Reading(name, TURNED),)
    return ()
