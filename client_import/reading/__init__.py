"""From the bytes of a file to batches of text cells (docs/rules.md, section 2).

``source`` keeps the bytes, ``detect`` finds the layout of a sample: its ``encoding``, its ``dialect`` and its
``header_row``. ``reader`` then reads all rows by that layout, in batches of bounded size; ``quote_repair`` sees to
records that Arrow could mistake, with the ``grammar`` of a delimited file.
"""
