"""What the clients are, and what the history says: the changes of a job, and of a client (docs/history.md)."""
