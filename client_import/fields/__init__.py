"""The catalogue of client fields.

``catalogue`` reads the fields from ``fields.csv``, one per line. ``headers`` finds the field that a header names, with
the synonyms in ``header_synonyms.csv``.
"""
