"""Email addresses: what email-validator accepts without asking DNS, the domain in lower case.

The library takes some 30 microseconds for an address. Regular expressions settle the addresses of the everyday
grammar, in which it is exact; only the distinct others reach the library.
"""

from __future__ import annotations

from functools import lru_cache

import pyarrow as pa
import pyarrow.compute as pc

from client_import.catalogue import Field
from client_import.values.shapes import as_text, matches, within_length
from client_import.values.value_type import Column, Flags, Rules, ValueType

RESERVED_DOMAINS = ("arpa", "invalid", "local", "localhost", "onion", "test")
"""Top-level domains that no mail reaches (SPECIAL_USE_DOMAIN_NAMES of email-validator)."""

_ATOM = r"[a-zA-Z0-9_!#$%&'*+\-/=?^`{|}~À-ɏ]+"
_LABEL = "[a-zA-Z0-9]+(?:-[a-zA-Z0-9]+)*"
_EVERYDAY = rf"{_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+[a-zA-Z]+"
_EVERYDAY_LENGTH = 64
"""Up to this many bytes no part can be longer than the library lets it be."""

_RESERVED = rf"(?s:.*)\.(?:{'|'.join(RESERVED_DOMAINS)})"
_WITHIN_THE_GRAMMAR = r"[^@-]*(?:-[^@-]+)*-?@[^-]*(?:-[^-]+)*-?"
_NEVER_INSIDE = r'@\s\x00-\x1f\x7f"(),:;<>\[\]\\'
_CONCEIVABLE = rf"[^{_NEVER_INSIDE}]+@[^{_NEVER_INSIDE}]*[.。．｡][^{_NEVER_INSIDE}]*"


def _normalise(cells: Column, field: Field, rules: Rules) -> Column:
    return pc.coalesce(_read(cells), cells)


def _is_address(values: Column, field: Field, rules: Rules) -> Flags:
    return pc.or_(pc.fill_null(pc.equal(_read(values), values), False), values.is_null())


def _read(cells: Column) -> Column:
    """Return the addresses in normal form, null where a cell is none."""
    lower = pc.ascii_lower(cells)
    short = pc.fill_null(pc.less_equal(pc.binary_length(cells), _EVERYDAY_LENGTH), False)
    everyday = pc.and_(matches(cells, _EVERYDAY), short)
    accepted = pc.and_not(everyday, matches(lower, _RESERVED))
    addresses = pc.if_else(accepted, _with_lower_domain(cells), pa.scalar(None, pa.string()))
    if pc.all(everyday).as_py():
        return addresses
    open_question = pc.and_not(matches(cells, _CONCEIVABLE), everyday)
    plain = pc.and_(short, pc.fill_null(pc.string_is_ascii(cells), False))
    open_question = pc.and_not(open_question, pc.and_(plain, pc.invert(pc.match_substring(cells, "--"))))
    questions = cells.filter(open_question).dictionary_encode()
    answers = pa.array([_ask_library(text) for text in questions.dictionary.to_pylist()], pa.string())
    return pc.replace_with_mask(addresses, open_question, answers.take(questions.indices))


def _with_lower_domain(cells: Column) -> Column:
    """Put the domain of everyday addresses in lower case."""
    mixed = pc.fill_null(pc.match_substring_regex(cells, pattern="@.*[A-Z]"), False)
    if not pc.any(mixed).as_py():
        return cells
    parts = pc.split_pattern(cells.filter(mixed), "@", max_splits=1)
    address = pc.binary_join_element_wise(
        pc.list_element(parts, 0), pc.ascii_lower(pc.list_element(parts, 1)), "@"
    )
    return pc.replace_with_mask(cells, mixed, address)


@lru_cache(maxsize=1 << 16)
def _ask_library(text: str) -> str | None:
    """Return the address in normal form as email-validator sees it, None when it refuses it.

    A domain beyond ASCII gets the library's own form, which settles width, case and composition.
    """
    from email_validator import EmailNotValidError, validate_email

    try:
        address = validate_email(text, check_deliverability=False)
    except EmailNotValidError:
        return None
    local, _, domain = text.rpartition("@")
    return f"{local}@{domain.lower() if domain.isascii() else address.domain}"


EMAIL = ValueType(_normalise, {"bad_format": _is_address, "too_long": within_length}, pa.string(), as_text)
