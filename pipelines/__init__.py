"""What starts an import."""
