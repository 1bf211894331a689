"""Take a job back: plan it from its history, and apply that in one transaction (docs/rules.md, section 11)."""
