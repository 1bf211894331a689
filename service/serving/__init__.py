"""What `client-import serve` runs: parts, each a process of its own, and who starts, restarts and ends them."""
