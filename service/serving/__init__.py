"""``client-import serve``: its services, each in its own process, and the supervisor that starts and ends them."""
