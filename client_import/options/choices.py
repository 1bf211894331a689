"""The options that choose from a list: the members of each, and the words that mean them."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeVar

from pydantic import BeforeValidator

from client_import.did_you_mean import folded
from client_import.fields.catalogue import BY_NAME


class Mode(StrEnum):
    """Which rows are applied (docs/rules.md, section 5)."""

    CREATE_AND_UPDATE = "CreateAndUpdate"
    CREATE_ONLY = "CreateOnly"
    UPDATE_ONLY = "UpdateOnly"


class BlankCells(StrEnum):
    """What a mapped cell that is blank does to the stored value (docs/rules.md, section 5)."""

    KEEP = "keep"
    CLEAR = "clear"


class Duplicates(StrEnum):
    """What happens to rows of one file with one match value (docs/rules.md, section 6)."""

    REJECT = "reject"
    FIRST = "first"
    LAST = "last"


class Escape(StrEnum):
    """How a quote stands inside quotes: as two of them, or behind a backslash."""

    DOUBLED = "doubled"
    BACKSLASH = "backslash"


class LineEnding(StrEnum):
    """What ends the records of a file."""

    LF = "LF"
    CRLF = "CRLF"
    CR = "CR"


class MatchField(StrEnum):
    """The fields an existing client can be found by (docs/rules.md, section 5)."""

    CODE = "Code"
    COMPANY_NUMBER = "CompanyNumber"
    INTERNAL_REFERENCE = "InternalReference"
    NI_NUMBER = "NiNumber"
    NAME = "Name"
    EMAIL = "Email"


class ClientType(StrEnum):
    """The members of the field Type; a test holds them to the catalogue."""

    PRIVATE_LIMITED_COMPANY = "PrivateLimitedCompany"
    PUBLIC_LIMITED_COMPANY = "PublicLimitedCompany"
    LIMITED_LIABILITY_PARTNERSHIP = "LimitedLiabilityPartnership"
    PARTNERSHIP = "Partnership"
    INDIVIDUAL = "Individual"
    TRUST = "Trust"
    CHARITY = "Charity"
    SOLE_TRADER = "SoleTrader"


Choice = TypeVar("Choice", bound=StrEnum)


def choose(kind: type[Choice], text: object) -> Choice:
    """Return the member of ``kind`` that ``text`` names; case, spacing and punctuation do not matter.

    ``create-and-update``, ``CreateAndUpdate`` and ``create and update`` are the same.
    Raises ValueError with the members when it names none.
    """
    by_fold = {folded(member.value): member for member in kind}
    try:
        return by_fold[folded(text)]
    except KeyError:
        names = ", ".join(member.value for member in kind)
        raise ValueError(f'"{text}" is not one of {names}.') from None


def choose_type(text: object) -> ClientType:
    """Return the type that ``text`` means: a member, or a word that a cell of the field Type may have for one (Ltd).

    Raises ValueError with the members when it means none.
    """
    from client_import.field_types.enums import member_of  # here, because most imports have no default type

    member = member_of(str(text), BY_NAME["Type"])
    return choose(ClientType, text if member is None else member)


def chosen(kind: type[Choice]) -> BeforeValidator:
    """Return what makes a member of ``kind`` of a text, and None of an empty one."""
    return BeforeValidator(lambda value: None if value in (None, "") else choose(kind, value))


CHOSEN_TYPE = BeforeValidator(lambda value: None if value in (None, "") else choose_type(value))
