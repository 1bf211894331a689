"""The HTTP API (docs/api.md): thin routes over :mod:`service.imports`."""
