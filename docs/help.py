"""Pages of docs/ as HTML, which the web page serves as its help: headings can be linked, and tables scroll."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

HELP = ("preparing-your-file.md", "reasons.md")
"""The pages that are served; they link each other, and nothing else."""


class _Renderer(RendererHTML):
    """Renders headings with an id, links to pages as they are served, and tables in a frame that scrolls by itself."""

    def __init__(self, parser: Any = None) -> None:
        super().__init__(parser)
        self._heading, self._tables = "", 0

    def heading_open(self, tokens: Sequence[Token], at: int, options: OptionsDict, env: EnvType) -> str:
        self._heading = tokens[at + 1].content.replace("`", "")
        tokens[at].attrSet("id", anchor_of(self._heading))
        return self.renderToken(tokens, at, options, env)

    def link_open(self, tokens: Sequence[Token], at: int, options: OptionsDict, env: EnvType) -> str:
        tokens[at].attrSet("href", re.sub(r"\.md(?=#|$)", "", str(tokens[at].attrGet("href"))))
        return self.renderToken(tokens, at, options, env)

    def table_open(self, tokens: Sequence[Token], at: int, options: OptionsDict, env: EnvType) -> str:
        self._tables += 1
        label = escape(f"{self._heading}, table {self._tables}")
        return f'<div class="scroll" role="region" aria-label="{label}" tabindex="0">\n<table>\n'

    def table_close(self, _tokens: Sequence[Token], _at: int, _options: OptionsDict, _env: EnvType) -> str:
        return "</table>\n</div>\n"

    def th_open(self, tokens: Sequence[Token], at: int, options: OptionsDict, env: EnvType) -> str:
        tokens[at].attrSet("scope", "col")
        return self.renderToken(tokens, at, options, env)


def as_html(text: str) -> str:
    """Return a page in Markdown as the HTML of an article; each heading has the id that it has on GitHub.

    Links to other pages lead to the addresses beside this one's: ``reasons.md#footer`` to ``reasons#footer``.
    """
    markdown = MarkdownIt("commonmark", {"html": False}, renderer_cls=_Renderer).enable("table")
    return str(markdown.render(text))


def anchor_of(heading: str) -> str:
    """Return the id of a heading, as GitHub makes it."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")
