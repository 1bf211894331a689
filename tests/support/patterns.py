"""Every regular expression of the program that Python's ``re`` runs, and long texts that slow ones do not survive.

Patterns of Arrow, DuckDB and pydantic are not here: their engines (RE2, and that of Rust) are linear, whatever the
pattern. Found are the compiled patterns that any module, class, container or object of a module holds, those that a
:class:`client_import.reading.grammar.Grammar` makes, and those written where they are used.
"""

from __future__ import annotations

import ast
import importlib
import itertools
import pkgutil
import re
import time
from collections import deque
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from client_import.reading.grammar import Dialect, Grammar

ROOT = Path(__file__).parents[2]
PACKAGES = ("client_import", "resources", "assets", "pipelines", "service")

OF_EXTRAS = ("adbc_driver_manager", "adbc_driver_postgresql", "dagster_postgres", "psycopg", "psycopg2", "pyspark")
"""What is installed with an extra alone."""

METHODS = ("match", "fullmatch", "search", "findall", "finditer", "sub", "subn", "split")
MADE_AT_RUN_TIME = {
    "client_import/reading/grammar.py": "Grammar",
    "client_import/reading/dialect.py": "_quotes_a_cell",
    "client_import/field_types/telephone.py": "_can_be_of_uk",
}
"""Where patterns are put together of what a file or a user has; the first are collected here, the second are tested as
what they are. The third are those of phonenumbers, and meet ten digits."""

MOST_SECONDS = 0.08
"""Of processor time, for 20,000 characters: linear patterns take a small part of it, quadratic ones far more."""

SIZES = (25, 250, 2_500)
LARGEST = 20_000
"""The size of what may be quadratic by the time it takes at the last of those sizes; all other patterns are not."""

_STANDS_FOR = {"d": "1", "D": "x", "w": "a1", "W": ".", "s": " \n", "S": "x", "b": "a"}


class Use(NamedTuple):
    """A pattern, where it was found, and the method that the program calls of it."""

    where: str
    pattern: re.Pattern[Any]
    method: str


def modules() -> Iterator[ModuleType]:
    """Every module of the program, but for those that need an extra which is not installed."""
    for package in PACKAGES:
        top = importlib.import_module(package)
        yield top
        for found in pkgutil.walk_packages(top.__path__, f"{package}."):
            if not found.name.endswith("__main__"):
                module = _module(found.name)
                if module is not None:
                    yield module


def _module(name: str) -> ModuleType | None:
    """The module, or None where it needs an extra that is not installed."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] in OF_EXTRAS:
            return None
        raise


@cache
def sources() -> dict[str, ast.Module]:
    """The syntax of every file of the program, by its path."""
    files = [file for package in PACKAGES for file in sorted((ROOT / package).rglob("*.py"))]
    return {str(file.relative_to(ROOT)): ast.parse(file.read_text("utf-8")) for file in files}


def uses() -> list[Use]:
    """Every use of every pattern, each once, in the same order in every process."""
    found = {
        (name, pattern): where for module in modules() for where, name, pattern in _held(module, module.__name__, set())
    }
    for grammar in grammars():
        found |= {
            (name, value): f"{grammar.dialect}.{name}"
            for name, value in {**vars(grammar), "_well_formed_records": grammar.well_formed_records(1_000)}.items()
            if isinstance(value, re.Pattern)
        }
    called = _methods_called()
    named = [
        Use(where, pattern, method)
        for (name, pattern), where in found.items()
        for method in sorted(called.get(name, ("match", "fullmatch", "search")))
    ]
    return sorted([*named, *_written_in_place()], key=lambda use: (use.where, use.method, str(use.pattern.pattern)))


def grammars() -> list[Grammar]:
    """The grammar of dialects with each part that makes its patterns other ones."""
    parts = [(",", '"'), ("\t", "'"), (" ", '"'), ("|", "")]
    return [Grammar(Dialect(*part, escape, end)) for part in parts for escape in ("", "\\") for end in ("", "CRLF")]


def _held(value: Any, where: str, seen: set[int], name: str = "") -> Iterator[tuple[str, str, re.Pattern[Any]]]:
    """The patterns that ``value`` holds: where each was found, and the name it is called by."""
    if isinstance(value, re.Pattern):
        yield where, name, value
    elif id(value) not in seen and not isinstance(value, (str, bytes)):
        seen.add(id(value))
        for part_name, part in _parts(value, is_first=len(seen) == 1):
            yield from _held(part, f"{where}.{part_name}" if part_name else where, seen, part_name or name)


def _parts(value: Any, *, is_first: bool) -> list[tuple[str, Any]]:
    """What is in a container, a module, a class of the program or an object of one, with the names it has there."""
    defined_in = value.__module__ if isinstance(value, type) else type(value).__module__
    if isinstance(value, dict):
        return [("", part) for part in [*value, *value.values()]]
    if isinstance(value, (list, tuple, set, frozenset)) and not str(defined_in).startswith("dagster"):
        return [("", part) for part in value]
    if (isinstance(value, ModuleType) and is_first) or str(defined_in).partition(".")[0] in PACKAGES:
        return [*getattr(value, "__dict__", {}).items()]
    return []


def _methods_called() -> dict[str, set[str]]:
    """Which methods are named of what is called ``X`` anywhere in the program, by ``X``."""
    called: dict[str, set[str]] = {}
    for tree in sources().values():
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr in METHODS:
                owner = node.value
                name = getattr(owner, "id", getattr(owner, "attr", ""))
                called.setdefault(name, set()).add(node.attr)
    return called


def _calls_of_re() -> Iterator[tuple[str, ast.Call, str]]:
    """The file, the call and the method of each call of a function of ``re`` with a pattern."""
    for path, tree in sources().items():
        for node in ast.walk(tree):
            function = node.func if isinstance(node, ast.Call) else None
            if (
                isinstance(node, ast.Call)
                and isinstance(function, ast.Attribute)
                and isinstance(function.value, ast.Name)
                and function.value.id == "re"
                and function.attr not in ("escape", "purge")
            ):
                yield path, node, function.attr


def _written_in_place() -> Iterator[Use]:
    """The patterns that are handed to ``re`` as they are used; what is compiled into a name is found there."""
    for path, call, method in _calls_of_re():
        if path not in MADE_AT_RUN_TIME and method != "compile" and isinstance(call.args[0], (ast.Constant, ast.Name)):
            value = _value(path, call.args[0])
            if value is not None:
                yield Use(f"{path}:{call.lineno}", re.compile(value), method)


def _value(path: str, written: ast.Constant | ast.Name) -> Any:
    """The literal, or what the name stands for in the module; None where that cannot be imported."""
    if isinstance(written, ast.Constant):
        return written.value
    module = _module(path.removesuffix(".py").replace("/", "."))
    return None if module is None else getattr(module, written.id)


def not_collected() -> list[str]:
    """Where a pattern is made that :func:`uses` does not find."""
    return [
        f"{path}:{call.lineno}"
        for path, call, method in _calls_of_re()
        if path not in MADE_AT_RUN_TIME
        and not (method == "compile" and call in _module_level_calls(path))
        and not (method != "compile" and isinstance(call.args[0], (ast.Constant, ast.Name)))
    ]


def _module_level_calls(path: str) -> set[ast.AST]:
    return {
        node
        for statement in sources()[path].body
        if not isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef))
        for node in ast.walk(statement)
    }


def letters(pattern: re.Pattern[Any]) -> list[str]:
    """A character for each part of the pattern: those written in it, and one or two for each class."""
    source = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")
    found = dict.fromkeys("xa1 .\n")
    for escaped, plain in re.findall(r"\\(.)|([^\\])", source, re.DOTALL):
        found |= dict.fromkeys(_STANDS_FOR.get(escaped, escaped or plain))
    return [letter for letter in found if letter == "\n" or not letter.isalpha() or letter in "xa"][:24]


class Run(NamedTuple):
    """A text that repeats ``unit``, with ends that make a pattern fail late."""

    before: str
    unit: str
    after: str

    def text(self, pattern: re.Pattern[Any], size: int) -> Any:
        """The text of about so many characters, of the kind that the pattern is for."""
        text = f"{self.before}{self.unit * (size // len(self.unit))}{self.after}"
        return text if isinstance(pattern.pattern, str) else text.encode("latin-1", "replace")


def hostile_runs(pattern: re.Pattern[Any]) -> list[Run]:
    """Runs of what is in the pattern, and of two and of three of it in turn."""
    known = letters(pattern)
    units = [
        *known,
        *map("".join, itertools.permutations(known, 2)),
        *(f"{a}{b}{c}" for a, b in itertools.pairwise(known) for c in known),
    ]
    ends = [("", ""), ("", "\0"), ("a", "\0"), (known[-1], "x@")]
    return [Run(before, unit, after) for unit in dict.fromkeys(units) for before, after in ends]


def too_slow(use: Use) -> str | None:
    """What the use of the pattern takes too long for, or None when it is linear in every text tried."""
    runs = hostile_runs(use.pattern)
    for size in SIZES:
        for run in runs:
            text = run.text(use.pattern, size)
            seconds = _seconds(use, text)
            if size == SIZES[-1] and seconds * (LARGEST / size) ** 2 > MOST_SECONDS:
                text = run.text(use.pattern, LARGEST)
                seconds = _seconds(use, text)
            if seconds > MOST_SECONDS:
                seconds = min(_seconds(use, text), _seconds(use, text))  # the machine may have been busy
            if seconds > MOST_SECONDS:
                return f"{use.where}: {use.method} takes {seconds:.2f} s for {len(text):,} characters {text[:12]!r}..."
    return None


def _seconds(use: Use, text: Any) -> float:
    method = getattr(use.pattern, use.method)
    start = time.thread_time()
    if use.method in ("sub", "subn"):
        method("" if isinstance(text, str) else b"", text)
    elif use.method == "finditer":
        deque(method(text), maxlen=0)  # a list of so many matches has Python look for garbage among all objects
    else:
        method(text)
    return time.thread_time() - start
