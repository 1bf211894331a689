"""From staged rows to the table of clients (docs/rules.md, sections 5 and 6).

``match`` finds the client of each row and what becomes of it, ``explain_rows`` says why others are not applied, and ``plan``
counts; nothing is changed so far. ``apply`` then creates and updates the clients, with a line of the ``ledger``, in one
transaction on the ``database``.
"""
