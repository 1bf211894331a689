"""Email addresses: those that email-validator accepts without DNS, with the domain in lower case.

The library takes 20 to 80 microseconds for an address. Regular expressions accept or reject ordinary addresses exactly
as it would; only the other distinct values are passed to it.
"""

from __future__ import annotations

from functools import lru_cache, reduce

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from client_import.field_types.columns import byte_table, bytes_of, each_distinct, replace_from, rewrite
from client_import.field_types.shapes import matches, within_length
from client_import.field_types.spreadsheets import with_apostrophe
from client_import.field_types.value_type import Column, Flags, Rules, ValueType
from client_import.fields.catalogue import Field

RESERVED_DOMAINS = ("arpa", "invalid", "local", "localhost", "onion", "test")
"""Top-level domains that cannot receive mail (SPECIAL_USE_DOMAIN_NAMES of email-validator)."""

_ATOM = r"[a-zA-Z0-9_!#$%&'*+\-/=?^`{|}~À-ɏ]+"
_LOCAL = rf"{_ATOM}(?:\.{_ATOM})*"
_LABEL = "[a-zA-Z0-9]+(?:-[a-zA-Z0-9]+)*"
_LAST_LABEL = "(?:[a-zA-Z0-9]+-)*[a-zA-Z0-9]*[a-zA-Z]"
_DOMAIN = rf"(?:{_LABEL}\.)+{_LAST_LABEL}"
_EVERYDAY = f"{_LOCAL}@{_DOMAIN}"
_IN_NORMAL_FORM = f"{_LOCAL}@{_DOMAIN.replace('A-Z', '')}"
_EVERYDAY_LENGTH = 64
"""An address of at most this many bytes cannot exceed any length limit of the library."""

_NEVER_INSIDE = r'@\s\x00-\x1f\x7f"(),:;<>\[\]\\'
_CONCEIVABLE = rf"[^{_NEVER_INSIDE}]+@[^{_NEVER_INSIDE}]*[.。．｡][^{_NEVER_INSIDE}]*"

_ENDS_RESERVED = byte_table("".join(domain[-1] + domain[-1].upper() for domain in RESERVED_DOMAINS))
"""The last characters of reserved domains, as flags; few addresses end with one of them."""

_AROUND = r"\A(?:(?:[^<>@]*<)?(?i:mailto:)?([^<>@,;: ]+@[^<>@,;? ]+)>?[,; ]*)\z"
"""An address with what programs copy along: mailto:, a name with angle brackets, or a separator after it."""


def _normalise(cells: Column, field: Field, rules: Rules) -> Column:
    return rewrite(cells, pc.invert(_is_plain(cells)), _normalise_others)


def _normalise_others(cells: Column) -> Column:
    addresses = _read(cells)
    unread = pc.and_(cells.is_valid(), addresses.is_null())
    return pc.coalesce(replace_from(addresses, unread, cells, lambda rest: _read(_alone(rest))), cells)


def _alone(cells: Column) -> Column:
    return pc.replace_substring_regex(cells, pattern=_AROUND, replacement=r"\1")


def _is_address(values: Column, field: Field, rules: Rules) -> Flags:
    good = _is_plain(values)
    return replace_from(good, pc.invert(good), values, lambda rest: pc.fill_null(pc.equal(_read(rest), rest), False))


def _is_plain(cells: Column) -> Flags:
    """Return which cells are null or an ordinary address in normal form."""
    short = pc.less_equal(pc.binary_length(cells), _EVERYDAY_LENGTH)
    plain = pc.and_not(pc.and_(short, matches(cells, _IN_NORMAL_FORM)), _may_be_reserved(cells))
    return pc.or_(pc.fill_null(plain, False), cells.is_null())


def _may_be_reserved(cells: Column) -> Flags:
    """Return which cells end with the last character of a reserved domain."""
    ends, text = bytes_of(cells)
    padded = np.concatenate([text, np.zeros(1, np.uint8)])  # the last character of an empty first cell
    return pa.array(_ENDS_RESERVED[padded[ends[1:] - ends[0] - 1]])


def _read(cells: Column) -> Column:
    """Return the addresses in normal form, and null for other cells."""
    short = pc.fill_null(pc.less_equal(pc.binary_length(cells), _EVERYDAY_LENGTH), False)
    everyday = pc.and_(short, matches(cells, _EVERYDAY))
    accepted = pc.and_not(everyday, _is_reserved(cells))
    addresses = pc.if_else(accepted, _with_lower_domain(cells, accepted), pa.scalar(None, pa.string()))
    if pc.all(everyday).as_py():
        return addresses
    plain = pc.and_(short, pc.fill_null(pc.string_is_ascii(cells), False))
    recovered = pc.or_(everyday, pc.and_not(plain, pc.match_substring(cells, "--")))
    open_question = pc.and_not(matches(cells, _CONCEIVABLE), recovered)
    return replace_from(addresses, open_question, cells, lambda rest: each_distinct(rest, _ask_library))


def _is_reserved(cells: Column) -> Flags:
    lower = pc.ascii_lower(cells)
    return reduce(pc.or_, [pc.ends_with(lower, f".{domain}") for domain in RESERVED_DOMAINS])


def _with_lower_domain(cells: Column, everyday: Flags) -> Column:
    """Convert the domains of ``everyday`` addresses, which have a single @, to lower case."""
    with_capitals = pc.and_(everyday, pc.fill_null(pc.not_equal(cells, pc.ascii_lower(cells)), False))
    return rewrite(cells, with_capitals, _lower_behind_at)


def _lower_behind_at(addresses: Column) -> Column:
    """Convert what follows the @ to lower case; each address has exactly one."""
    ends, text = bytes_of(addresses)
    is_behind = np.zeros(len(text) + 1, np.int8)
    is_behind[np.flatnonzero(text == ord("@"))] = 1
    is_behind[ends[1:] - ends[0]] -= 1
    is_behind = np.cumsum(is_behind[:-1], dtype=np.int8)
    _, lower = bytes_of(pc.ascii_lower(addresses))
    mixed = np.where(is_behind.view(np.bool_), lower, text)
    return pa.Array.from_buffers(pa.string(), len(addresses), [None, pa.py_buffer(ends - ends[0]), pa.py_buffer(mixed)])


@lru_cache(maxsize=1 << 16)
def _ask_library(text: str) -> str | None:
    """Return the address as normalised by email-validator, or None if it rejects it.

    A domain beyond ASCII is taken over from the library, which normalises width, case and composition.
    """
    # Imported here, because it takes 30 ms and most imports do not need it.
    from email_validator import EmailNotValidError, validate_email

    try:
        address = validate_email(text, check_deliverability=False)
    except EmailNotValidError:
        return None
    local, _, domain = text.rpartition("@")
    return f"{local}@{domain.lower() if domain.isascii() else address.domain}"


EMAIL = ValueType(_normalise, {"bad_format": _is_address, "too_long": within_length}, exported=with_apostrophe)
