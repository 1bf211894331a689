"""What sees to it that every job ends, and ends as what the ledger says (docs/rules.md, section 10).

``monitor`` watches a running job: its sign of life, its progress, a cancel. ``recover`` ends the job of a process that
died; ``recoverer`` does that for servers, which cannot wait.
"""
