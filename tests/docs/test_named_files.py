"""Every file that the project names is there: in docs, docstrings and comments, and what links of its pages lead to."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from functools import cache
from pathlib import PurePosixPath

import pytest

from tests.support.project_files import ROOT, files, texts

EXAMPLES = {
    # what users have
    "clients.csv",
    "clients.txt",
    "your-file.csv",
    "to.csv",
    "FILE.csv",
    "a.b.csv",
    "export.csv",
    "changes.csv",
    # what an import writes into the home folder or the drop folder
    "not_imported.csv",
    "not-imported.csv",
    "rejected.csv",
    "clients.not_imported.csv",
    "clients.csv.txt",
    "dagster/dagster.yaml",
    # what the benchmark imports
    "existing.csv",
    # a module that only looks like a file
    "pyarrow.csv",
}
"""Files that are not of the project; those without a folder may be said to be in any."""

PAGES_FROM = {"docs/templates": "docs", "benchmarks": "docs"}
"""Where the pages that are made of templates stand, and so where their links lead from."""

_ENDINGS = "md|py|csv|yaml|yml|toml|sql|html|css|js|txt|lock"
_NAMED = re.compile(rf"(?<![\w./*{{}}<>$\\-])(?:[\w.-]+/)*[\w-][\w.-]*\.(?:{_ENDINGS})(?![\w/*{{(-]|\.\w)")
_ADDRESS = re.compile(r"\w+://\S+")
_LINK = re.compile(r"\]\(([^)\s]+)\)")


@cache
def known() -> frozenset[str]:
    """The files by their paths, and by each end of these: `fields/fields.csv` and `fields.csv`, too."""
    parts = (PurePosixPath(name).parts for name in files())
    return frozenset("/".join(path[start:]) for path in parts for start in range(len(path)))


def prose(code: str) -> str:
    """The comments, docstrings and other strings that stand alone of Python ``code``."""
    comments = [
        token.string for token in tokenize.generate_tokens(io.StringIO(code).readline) if token.type == tokenize.COMMENT
    ]
    strings = [
        node.value.value
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    ]
    return "\n".join([*comments, *strings])


def not_there(name: str, text: str) -> list[str]:
    """The files that ``text``, that of the file ``name``, names and the project does not have.

    Of Python that is what its prose names, and the documents that any string of the program does.
    """
    named = _named(prose(text)) if name.endswith(".py") else _named(text)
    if name.endswith(".py") and not name.startswith("tests/"):
        named += [found for found in _named(text) if found.endswith(".md") and found not in named]
    return [each for each in named if each not in known() and not {each, each.rpartition("/")[2]} & EXAMPLES]


def _named(text: str) -> list[str]:
    return [re.sub(r"^([.]{1,2}/)+", "", found) for found in _NAMED.findall(_ADDRESS.sub("", text))]


def test_every_named_file_is_there() -> None:
    missing = [f"{name}: {each}" for name, text in texts() for each in not_there(name, text)]
    advice = "Name files that are in the project, or add what is only an example to EXAMPLES."
    assert not missing, "\n".join([advice, *missing])


@pytest.mark.parametrize(
    "text",
    [
        "(semantics.md, section 5)",
        "see `docs/semantics.md`.",
        "reading/no_such_module.py has it",
        "[rules](../no/such/page.md)",
        "one line of columns.csv",
        "deploy/other.yaml",
    ],
)
def test_name_of_no_file_is_found(text: str) -> None:
    assert len(not_there("README.md", text)) == 1
    assert len(not_there("client_import/errors.py", f'x = 1  # {text}\n"""{text}"""\n')) == 2


def test_document_of_a_message_is_found() -> None:
    message = 'raise ValueError("See docs/semantics.md, and clients-of-mine.csv.")'
    assert not_there("client_import/errors.py", message) == ["docs/semantics.md"]
    assert not_there("tests/test_docs.py", message) == []


@pytest.mark.parametrize(
    "text",
    [
        "docs/rules.md, section 5",
        "fields.csv, fields/fields.csv and client_import/fields/fields.csv",
        "done/clients.csv.",
        "https://example.com/page.md",
        "test_*.py, {name}.md and *.csv",
        "[deploy](../deploy/README.md)",
    ],
)
def test_other_names_are_let_pass(text: str) -> None:
    assert not_there("README.md", text) == []


def test_every_link_leads_somewhere() -> None:
    lost = []
    for name, text in texts():
        if name.endswith(".md"):
            folder = str(PurePosixPath(name).parent)
            folder = PAGES_FROM.get(folder, folder)
            targets = (target.partition("#")[0] for target in _LINK.findall(text) if not _ADDRESS.match(target))
            lost += [f"{name}: {target}" for target in targets if target and not (ROOT / folder / target).exists()]
    assert lost == []
