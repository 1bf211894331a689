"""How right and how fast readers of CSV are, ours among them, on the same files."""
