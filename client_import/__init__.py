"""The import of clients: from the bytes of a file to the changed table, and everything that is told of it.

It knows nothing of Dagster, HTTP or terminals. :mod:`client_import.pipeline` has the steps in their order; the packages
are in the order in which the data passes them: ``reading``, ``mapping``, ``validation``, ``merge``, ``reports``.
Beside them are ``jobs`` (the records of imports), ``recovery`` (what becomes of those that died) and ``inbox`` (the
drop folder).
"""
