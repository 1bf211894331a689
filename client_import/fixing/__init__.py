"""Fix the rejected rows of an ended job where they are, and make a file to be imported of them (docs/rules.md).

``rows_index`` finds the rows of a page in ``rejected.csv`` without reading the others, ``typed`` keeps what somebody
types, ``corrected`` puts it into the rows, ``verdict`` says what is wrong with them then, by the functions that read
and validate a file, and ``grid`` puts these together. ``first_rows`` has the first rejected rows of a dry run.
"""
