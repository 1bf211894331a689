"""The drop folder (docs/drop-folder.md).

``folder`` lists the files that wait in it, ``ingest`` claims a file and makes it a job, and ``put_away`` moves the
files of an ended job to ``done/`` or ``failed/``. ``local`` and ``remote`` are the two backends.
"""
