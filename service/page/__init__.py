"""The web page: server-rendered HTML over :mod:`service.imports`, the same calls that the JSON API makes."""
