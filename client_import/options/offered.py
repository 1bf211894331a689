"""How an option is offered to users, wherever an import can be started."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from enum import Enum, auto


class Concern(Enum):
    """What an option is about, and so whether it holds again for rows that come back (docs/rules.md, section 8)."""

    LAYOUT = auto()
    """How the text of the file becomes rows; detected where nothing is said."""

    MAPPING = auto()
    """Where the columns go, and how clients are found. It holds again."""

    ROWS = auto()
    """What is made of each row. It holds again, and is named."""

    WHOLE = auto()
    """What stops the import as a whole. It would stop the few rows that were corrected."""


class Section(Enum):
    """Where the page offers an option; under "more" it is folded away."""

    FILE = auto()
    MORE_FILE = auto()
    COLUMNS = auto()
    IMPORT = auto()
    MORE_IMPORT = auto()


@dataclass(frozen=True, slots=True)
class Offered:
    """What is declared of an option beside its name, type, default and help.

    The API, its forms and the options files of the drop folder use its name in camelCase, the Launchpad and Python its
    name. What each of the doors shows besides is here:

    - ``flag`` is the word for it on the command line, ``--header/--no-header`` where it is yes or no. ``value`` stands
      for its value in the help there; where it is empty, the choices do.
    - ``label`` is what the page calls it, and ``words`` are the values offered there, each in words. Without them it
      offers all members of its list, or takes a text.
    - ``takes_words`` is an option whose members have other words for them, as in the cells of a file.
    - ``unset`` is what holds where nothing is chosen, in words.
    - ``again`` is what is said of it when it holds again, with {} for its value.
    """

    concern: Concern
    section: Section
    flag: str
    label: str
    _: KW_ONLY
    value: str = ""
    words: Mapping[str | bool, str] = field(default_factory=dict)
    takes_words: bool = False
    unset: str = ""
    again: str = ""
