"""From columns to fields (docs/rules.md, section 3).

``profile`` says what is in each column, ``suggest`` which field it goes to, by header and content, and ``resolve``
which it does, after what the user said, a ``saved`` mapping, and the import that the rows come back from.
``file_spec`` is the result, with the layout of the file.
"""
