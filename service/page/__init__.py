"""The web page: server-rendered HTML over :mod:`service.imports`, which the JSON API uses too."""
