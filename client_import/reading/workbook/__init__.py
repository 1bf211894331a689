"""Read a sheet of a workbook as the text that a person sees in its cells (docs/rules.md, section 12).

A workbook is read like a packed CSV file: :mod:`.sheet_text` writes the rows of one sheet as CSV while they are read,
and everything else reads that. ``office_open.py`` reads .xlsx and .xlsm, ``open_document.py`` .ods, and ``excel_97.py``
.xls; :mod:`.choose_sheet` finds the sheet. Nothing is held but a row, apart from .xls, which has 65,536 rows at most.
"""
