"""Recognise headers that are about somebody or something else, or mean the opposite (docs/rules.md, section 3).

``Director UTR`` is not the client's UTR, and ``VAT Dereg Date`` is no date of registration. Such a column is never used
without asking, whatever its cells contain. Known headers, such as ``Partner name``, are not tested here. The tests err
on the side of caution: a column that is wrongly left out costs a click, but one that is wrongly used costs data.
"""

from __future__ import annotations

import re
from functools import lru_cache

from client_import.fields.headers import LONGEST_LABEL

_APOSTROPHE = re.compile("(?<=[a-z])['’‘ʼ`´](?=[a-z])", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")

_PEOPLE = """
    director spouse husband partner(?!ship) fiance cohabit mother father parent child(?!care) daughter sibling brother
    sister famil(?=y|ies) guardian nextofkin emergency dependant dependent relative deceased landlord tenant lessor
    lessee occupier neighbour owner proprietor shareholder member(?!ship) psc secretary officer(?!ef) signator trustee
    settlor beneficiar executor administrator liquidator nominee appointee guarantor referee representative founder
    chairman employee contractor debtor creditor
"""
_BUSINESS_CONTACTS = """
    manager associate colleague accountant bookkeeper auditor solicitor lawyer broker advis[eo]r consultant introduc
    referr recommend supplier vendor lender insurer competitor
"""
_RELATED_COMPANIES = """
    group holding topco ultimate subsidiar affiliat related connected consolidated branch another alternat secondary
    additional backup
"""
_OTHER_TIMES = """
    former previous superseded replaced obsolete historic archive legacy original earlier maiden proposed provisional
    temporary
"""
_SHORT_WORDS_FOR_ANOTHER = """
    wife wifes son sons kin nok ex old older prev prior past late orig last agent agents bank banks staff user users
    rep reps our ours we us sub subs linked joint other others second third spare ceo cfo his her their theirs
    example sample test dummy nd rd
"""
_STEMS_OF_THE_OPPOSITE = """
    dereg unreg notreg nonreg unsubscri optout optedout optingout donot doesnot didnot cannot without never unable
    suppress withdr[ae]w revoke exclud exclus exempt refus declin cancel terminat ceased cessation expir dissol
    struckoff resign inactive invalid incorrect disabled prohibit forbid restrict objected objection bounce
"""
_SHORT_WORDS_FOR_THE_OPPOSITE = """
    not non none un de dis anti nor cant dont doesnt didnt wont wouldnt shouldnt mustnt isnt arent wasnt werent hasnt
    havent opt opted stop stopped block blocked bar barred ban banned reject rejected avoid end ends ended ending
    close closed closing closure lapse lapsed left leaver lost dead died death gone removed removal deleted wrong bad
    absent missing lacks lacking failed
"""
_NEGATED_WORD = re.compile(
    "(?:un|de|dis|in|non|not|dont|cant|no)(?:regist|regd?$|contact|subscri|activ|valid|verif|incorp|confirm|approv|"
    "e?mail|allow|enrol|authori|consent|list|sen[dt]|eligib|available|call|phone|sms|texts?$|post$|market|agree|permit|"
    "deliver|reach|wanted)"
)
"""A word with a prefix that reverses its meaning."""

_NO_IN_BRACKETS = re.compile(r"[(\[]\s*no?\s*[)\]]", re.IGNORECASE)

_WORDS_BEFORE_NO = "has have had is are was were be with says said say wants want accepts gets please but"
_NO_AFTER = frozenset(_WORDS_BEFORE_NO.split())
"""After these words ``no`` is a negation; after others it means number, as in ``Company no``."""


_STEMS_OF_ANOTHER = f"{_PEOPLE} {_BUSINESS_CONTACTS} {_RELATED_COMPANIES} {_OTHER_TIMES}"
_ANOTHER = re.compile("|".join(_STEMS_OF_ANOTHER.split()))
_OPPOSITE = re.compile("|".join(_STEMS_OF_THE_OPPOSITE.split()))
_WORDS_FOR_ANOTHER = frozenset(_SHORT_WORDS_FOR_ANOTHER.split())
_WORDS_FOR_THE_OPPOSITE = frozenset(_SHORT_WORDS_FOR_THE_OPPOSITE.split())


def words_of(header: str) -> list[str]:
    """Return the words of ``header`` in lower case; ``VATDeregDate`` has three, ``can't`` is one."""
    return [word.casefold() for word in _WORD.findall(_HUMP.sub(" ", _APOSTROPHE.sub("", header)))]


@lru_cache(maxsize=4096)
def is_about_another(header: str) -> bool:
    """Return whether ``header`` is about anything but the client as it is now, such as a director or a former name.

    Long words are found anywhere, as in ``directorutr``, and short ones only as words. True for a text that is too long
    to be a header.
    """
    if len(header) > LONGEST_LABEL:
        return True
    words = words_of(header)
    return (
        not _WORDS_FOR_ANOTHER.isdisjoint(words)
        or _ANOTHER.search("".join(words)) is not None
        or _is_a_later_one(header)
    )


def _is_a_later_one(header: str) -> bool:
    """Return whether ``header`` is numbered and not the first, such as ``UTR 2``."""
    end = max((place for place, letter in enumerate(header, 1) if letter.isalnum() or letter == "_"), default=0)
    name = header[:end].rstrip("0123456789")
    number = header[len(name) : end]
    return bool(number) and number.lstrip("0") != "1" and _WORD.search(name) is not None


@lru_cache(maxsize=4096)
def is_negated(header: str) -> bool:
    """Return whether ``header`` is negative, such as ``Can't contact email``, ``VAT dereg date`` or ``No post``.

    True for a text that is too long to be a header.
    """
    if len(header) > LONGEST_LABEL:
        return True
    words = words_of(header)
    return (
        not _WORDS_FOR_THE_OPPOSITE.isdisjoint(words)
        or _OPPOSITE.search("".join(words)) is not None
        or any(map(_NEGATED_WORD.match, words))
        or _NO_IN_BRACKETS.search(header) is not None
        or any(
            word == "no" and len(words) > 1 and (at == 0 or words[at - 1] in _NO_AFTER) for at, word in enumerate(words)
        )
    )
