"""The clients in a PostgreSQL database: gathered into DuckDB for an import, and sent back in one transaction.

``store`` opens the table, one writer at a time; ``session`` gathers, sends and commits over a ``link``. ``sieve`` finds
the clients that rows can meet, ``tables`` creates and checks the tables, ``activity`` tells who has them, and
``messages`` puts errors into sentences.
"""
