"""The HTTP API (docs/api.md): thin calls over :mod:`service.imports`."""
