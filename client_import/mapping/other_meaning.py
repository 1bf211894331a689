"""Headers that speak of somebody or something else, or say the opposite (docs/rules.md, section 3).

``Director UTR`` is no UTR of the client's, and ``VAT Dereg Date`` no date of registration. Such a column is never used
by itself, whatever its cells look like. Nobody asks here about a header that is known as it is, such as
``Partner name``; of others, a column too many that is only offered costs a click, one too many that is used costs data.
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
_THOSE_WHO_DEAL_WITH_IT = """
    manager associate colleague accountant bookkeeper auditor solicitor lawyer broker advis[eo]r consultant introduc
    referr recommend supplier vendor lender insurer competitor
"""
_OTHERS_OF_ITS_KIND = """
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
_TURNED_ROUND = re.compile(
    "(?:un|de|dis|in|non|not|dont|cant|no)(?:regist|regd?$|contact|subscri|activ|valid|verif|incorp|confirm|approv|"
    "e?mail|allow|enrol|authori|consent|list|sen[dt]|eligib|available|call|phone|sms|texts?$|post$|market|agree|permit|"
    "deliver|reach|wanted)"
)
"""A word that its beginning turns into its opposite."""

_NO_IN_BRACKETS = re.compile(r"[(\[]\s*no?\s*[)\]]", re.IGNORECASE)

_WORDS_BEFORE_NO = "has have had is are was were be with says said say wants want accepts gets please but"
_NO_AFTER = frozenset(_WORDS_BEFORE_NO.split())
"""Behind these words ``no`` says no; behind others it is a number, as in ``Company no``."""


_STEMS_OF_ANOTHER = f"{_PEOPLE} {_THOSE_WHO_DEAL_WITH_IT} {_OTHERS_OF_ITS_KIND} {_OTHER_TIMES}"
_ANOTHER = re.compile("|".join(_STEMS_OF_ANOTHER.split()))
_OPPOSITE = re.compile("|".join(_STEMS_OF_THE_OPPOSITE.split()))
_WORDS_FOR_ANOTHER = frozenset(_SHORT_WORDS_FOR_ANOTHER.split())
_WORDS_FOR_THE_OPPOSITE = frozenset(_SHORT_WORDS_FOR_THE_OPPOSITE.split())


def words_of(header: str) -> list[str]:
    """Return the words of the header in small letters; ``VATDeregDate`` has three, ``can't`` is one."""
    return [word.casefold() for word in _WORD.findall(_HUMP.sub(" ", _APOSTROPHE.sub("", header)))]


@lru_cache(maxsize=4096)
def speaks_of_another(header: str) -> bool:
    """Whether ``header`` names somebody or something that is not the client as it is: a director, its parent, its past.

    Long words tell wherever they stand, as in ``directorutr``, short ones only on their own. What is too long for a
    label is of nobody.
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
    """Whether ``header`` names the second of several, or a later one: ``UTR 2``."""
    end = max((place for place, letter in enumerate(header, 1) if letter.isalnum() or letter == "_"), default=0)
    name = header[:end].rstrip("0123456789")
    number = header[len(name) : end]
    return bool(number) and number.lstrip("0") != "1" and _WORD.search(name) is not None


@lru_cache(maxsize=4096)
def says_the_opposite(header: str) -> bool:
    """Whether ``header`` says that something is not so: ``Can't contact email``, ``VAT dereg date``, ``No post``."""
    if len(header) > LONGEST_LABEL:
        return True
    words = words_of(header)
    return (
        not _WORDS_FOR_THE_OPPOSITE.isdisjoint(words)
        or _OPPOSITE.search("".join(words)) is not None
        or any(map(_TURNED_ROUND.match, words))
        or _NO_IN_BRACKETS.search(header) is not None
        or any(
            word == "no" and len(words) > 1 and (at == 0 or words[at - 1] in _NO_AFTER) for at, word in enumerate(words)
        )
    )
