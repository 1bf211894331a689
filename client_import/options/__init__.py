"""The options of an import: one type for the command line, the API, the page, the drop folder and the Launchpad.

``import_options`` declares each option once, and every door offers what is declared there: its name, type, default
and help, and how it is shown (``offered``); ``declared`` is where the doors read it. ``choices`` has the lists that can
be chosen from, ``texts`` what texts may look like, and ``columns`` which column goes where.
"""

from client_import.options.choices import (
    BlankCells,
    ClientType,
    Duplicates,
    Escape,
    LineEnding,
    MatchField,
    Mode,
    choose,
    choose_type,
    chosen,
)
from client_import.options.columns import ColumnMapping, ColumnMappings
from client_import.options.declared import OFFERED, is_list, members_of
from client_import.options.import_options import (
    MAPPINGS,
    NO_OPTIONS,
    ImportOptions,
)
from client_import.options.offered import Concern, Offered, Section
from client_import.options.texts import NO_QUOTE

__all__ = [
    "MAPPINGS",
    "NO_OPTIONS",
    "NO_QUOTE",
    "OFFERED",
    "BlankCells",
    "ClientType",
    "ColumnMapping",
    "ColumnMappings",
    "Concern",
    "Duplicates",
    "Escape",
    "ImportOptions",
    "LineEnding",
    "MatchField",
    "Mode",
    "Offered",
    "Section",
    "choose",
    "choose_type",
    "chosen",
    "is_list",
    "members_of",
]
