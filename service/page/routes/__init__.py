"""The addresses of the page, by the step they belong to."""
