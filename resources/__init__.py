"""What an import runs on, as Dagster resources."""
