"""The clients and the ledger of the imports that changed them, wherever they are kept.

``store`` says what every store does, and opens the one of the settings: ``duckdb_file`` is a DuckDB file. DuckDB plans
and applies every import, on the tables of the file itself or on a copy of the clients that the rows can meet
(``needs``). ``tables`` creates and checks the tables; ``ledger`` ends jobs that died around their commit.
"""
