"""Write an empty workbook with a column for every field, and lists to choose from for fields that have one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import BinaryIO

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from client_import.field_types.mapped_words import choices
from client_import.fields.catalogue import BY_NAME
from client_import.options import ColumnMapping
from client_import.reports.export import every_field

_LAST_ROW = 1_048_575
_WIDTH = 18
_LISTS = "Lists"


def write_template_workbook(columns: Sequence[ColumnMapping] | None, file: BinaryIO) -> None:
    """Write a sheet with the headers of ``columns``, or of every field with None, to ``file`` as .xlsx.

    All cells are text, so that leading zeros stay. The members of lists are on a hidden sheet. A word that is not in a
    list can be typed as well, after a warning, because the import knows other words for many members.
    """
    with xlsxwriter.Workbook(file, {"in_memory": True}) as workbook:
        clients, lists = workbook.add_worksheet("Clients"), workbook.add_worksheet(_LISTS)
        text, bold = workbook.add_format({"num_format": "@"}), workbook.add_format({"num_format": "@", "bold": True})
        clients.freeze_panes(1, 0)
        for place, column in enumerate(columns or every_field()):
            clients.set_column(place, place, _WIDTH, text)
            clients.write_string(0, place, column.csv_header, bold)
            members = choices(BY_NAME[column.target_field])
            if members:
                lists.write_column(0, place, members)
                letters = xl_col_to_name(place, col_abs=True)
                source = f"={_LISTS}!{letters}$1:{letters}${len(members)}"
                clients.data_validation(
                    1, place, _LAST_ROW, place, {"validate": "list", "source": source, "error_type": "warning"}
                )
        lists.hide()
