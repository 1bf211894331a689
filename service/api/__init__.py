"""The HTTP API (interfaces.md): thin calls over :mod:`service.imports`."""
