"""Helpers for the operating system: processes, disk space, file permissions, temporary folders, untrusted text.

Every other package may import these modules; they know nothing about imports.
"""
