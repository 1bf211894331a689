"""Map the columns of a file to fields (docs/rules.md, section 3).

``profile`` samples the values of each column. ``suggest`` finds the field that each column probably belongs to, by its
header (``likeness``, ``other_meaning``, ``yes_no_columns``) and its values (``content``). ``resolve`` decides: the
mapping given by the user comes first, then the ``saved`` one, then the suggestions. ``file_spec`` keeps the result
together with the layout. ``meaning_notes`` warns about columns that may be misunderstood, and ``carried`` selects the
options that still apply when rejected rows are imported again.
"""
