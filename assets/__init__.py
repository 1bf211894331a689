"""The lineage of an import: one thin Dagster asset for each thing it produces."""
