"""The catalogue of client fields: a line of ``fields.csv`` for each, and what headers call it in
``header_synonyms.csv``.
"""
