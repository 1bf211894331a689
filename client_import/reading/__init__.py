"""Read a source file into batches of text cells (docs/rules.md, section 2).

``source`` stores the bytes. ``detect`` finds the layout from a sample: first the ``encoding``, then the ``dialect``,
then the ``header_row``. ``reader`` reads all rows with that layout, in batches of bounded size: ``encoding`` converts
the bytes to UTF-8, ``unwrap`` removes quotes around whole lines, ``record_blocks`` tells well-formed records from
others, ``quote_repair`` repairs those that Arrow would cut wrongly, and Arrow cuts the rest. ``repeated_header``,
``other_table`` and ``footers`` find the rows that are no clients. ``cut`` cuts a huge file into the parts that several
processes can read (``part``).
"""
