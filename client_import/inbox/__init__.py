"""The drop folder (docs/drop-folder.md).

``folder`` says what waits in it, ``ingest`` takes a file and imports it as a job, and ``put_away`` moves what is left
to ``done/`` or ``failed/``. ``local`` and ``remote`` are the two places where it can be.
"""
