"""Make sure that every job ends, and ends as the ledger says (docs/rules.md, section 10).

``monitor`` keeps the heartbeat and progress of a running job, and passes on a request to cancel. ``recover`` ends the
job of a process that died; ``recoverer`` does that in the background for servers.
"""
