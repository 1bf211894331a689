"""Web addresses: http or https (the default), a host with a dot in it, and optionally a port and a path."""

from __future__ import annotations

import pyarrow.compute as pc

from client_import.field_types.characters import BLANKS
from client_import.field_types.shapes import shaped
from client_import.field_types.value_type import Column

_LABEL = r"[\p{L}0-9](?:[\p{L}\p{M}0-9_-]*[\p{L}\p{M}0-9])?"
_LAST_LABEL = r"\p{L}(?:[\p{L}\p{M}0-9-]*[\p{L}\p{M}0-9])"
_HOST = rf"(?:{_LABEL}\.)+{_LAST_LABEL}|[0-9]{{1,3}}(?:\.[0-9]{{1,3}}){{3}}"
_REST = rf"(?::[0-9]{{1,5}})?(?:[/?#][^{BLANKS}\p{{C}}]*)?"
ADDRESS = f"https?://(?:{_HOST}){_REST}"
"""The shape of a web address in normal form."""


def _with_scheme(cells: Column) -> Column:
    texts = cells
    for scheme, pattern in {"https://": "[Hh][Tt][Tt][Pp][Ss]://", "http://": "[Hh][Tt][Tt][Pp]://"}.items():
        texts = pc.replace_substring_regex(texts, pattern=rf"\A{pattern}", replacement=scheme)
    has_scheme = pc.or_(pc.starts_with(texts, "https://"), pc.starts_with(texts, "http://"))
    return pc.if_else(has_scheme, texts, pc.binary_join_element_wise("https://", texts, ""))


URL = shaped(ADDRESS, _with_scheme)
