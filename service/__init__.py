"""The interfaces of client-import: the command line, the HTTP API, the page, and the guarded Dagster UI."""
