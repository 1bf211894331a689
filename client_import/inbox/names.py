"""Names in the drop folder: which files are imported, and how the files beside them are named."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import count

from client_import.errors import OptionsError

_PLAIN = (".csv", ".tsv", ".txt", ".tab")
_WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".ods")
SUFFIXES = (*_PLAIN, *(f"{suffix}.gz" for suffix in _PLAIN), *_WORKBOOKS)
"""The endings of importable names, in upper or lower case."""

_UNFINISHED = (".part", ".partial", ".tmp", ".temp", ".crdownload", ".download", ".filepart", ".swp", "~")

DEFAULT_OPTIONS = "options.json"
"""The name of the options file for the whole folder."""

_OWN_OPTIONS = ".options.json"

_REJECTED = ".not_imported"
_SHOWN_LETTERS = 100
_STEM_BYTES = 200
_LONGEST_BYTES = 240
"""A file name may have 255 bytes; this leaves room for a code, the ending, and the names of the files beside it."""


def why_ignored(name: str) -> str | None:
    """Return why a file called ``name`` is ignored, or None if it is imported."""
    folded = name.lower()
    if not _is_unicode(name):
        return "its name is not Unicode; rename it"
    if folded.startswith((".", "~")) or folded.endswith(_UNFINISHED):
        return "a hidden or temporary name; it is imported once it has its own name"
    if not folded.endswith(SUFFIXES):
        return f"its name ends in none of {', '.join(_PLAIN)} (or these with .gz), nor of {', '.join(_WORKBOOKS)}"
    return None


def is_bare(name: str) -> bool:
    """Whether ``name`` is a plain name within a folder, without a path."""
    return name not in ("", ".", "..") and not {"/", "\0"} & set(name)


def bare(name: str) -> str:
    """Return ``name``; raises OptionsError unless it :func:`is_bare`."""
    if not is_bare(name):
        shown = "".join(letter if letter.isprintable() else "?" for letter in name[:_SHOWN_LETTERS])
        raise OptionsError(
            f"{shown or 'An empty text'} is no name of a file in the drop folder. Give the name alone, no folder."
        )
    return name


def is_options(name: str) -> bool:
    """Whether ``name`` is that of an options file, for one file or for the folder."""
    return name.lower() == DEFAULT_OPTIONS or name.lower().endswith(_OWN_OPTIONS)


def stem_of(name: str) -> str:
    """Return ``name`` without its importable ending: ``a.b`` for ``a.b.csv`` and ``a.b.TXT.gz``."""
    suffix = max((suffix for suffix in SUFFIXES if name.lower().endswith(suffix)), key=len, default="")
    return name[: len(name) - len(suffix)]


def options_name(name: str) -> str:
    """Return the name of the options file of the file ``name``: ``clients.options.json`` for ``clients.csv``."""
    return stem_of(name) + _OWN_OPTIONS


def reason_name(name: str) -> str:
    """Return the name of the text file that says why ``name`` failed: ``clients.csv.txt`` for ``clients.csv``."""
    return name + ".txt"


def rejected_names(name: str, code: str, suffix: str) -> Iterator[str]:
    """Yield names for the rows not imported of ``name``, the best first; all but the first contain the job's ``code``.

    They end in ``suffix``. A file of corrected rows keeps its name, its ending aside.
    """
    stem = _cut(re.sub(r"(\.not_imported)+$", "", stem_of(name)) or "clients")
    yield stem + _REJECTED + suffix
    yield from _with_code(stem, code, _REJECTED + suffix)


def free_names(name: str, code: str) -> Iterator[str]:
    """Yield ``name``, and then similar names that contain the job's ``code``, in case it is taken."""
    stem = stem_of(name)
    yield name
    yield from _with_code(_cut(stem), code, name[len(stem) :])


def fits(name: str) -> bool:
    """Whether ``name`` is short enough for itself and for the names of the files beside it."""
    return len(name.encode()) <= _LONGEST_BYTES


def _with_code(stem: str, code: str, ending: str) -> Iterator[str]:
    yield f"{stem}.{code}{ending}"
    for number in count(2):
        yield f"{stem}.{code}-{number}{ending}"


def _cut(stem: str) -> str:
    return stem.encode()[:_STEM_BYTES].decode(errors="ignore")


def _is_unicode(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
