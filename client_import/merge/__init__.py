"""From staged rows to the table of clients (docs/rules.md, sections 5 and 6).

``match`` finds the client of each row and decides the row's result, ``explain_rows`` writes why rows are not applied,
and ``plan`` counts; up to here nothing is changed. ``apply`` then creates and updates the clients and writes the job
to the ledger, in one transaction (:mod:`client_import.clients`). ``needs`` says what of the clients all this reads.
"""
