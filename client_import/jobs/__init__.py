"""The records of imports: ``record`` is what everybody sees of one, ``store`` keeps them in an SQLite file."""
