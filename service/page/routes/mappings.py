"""The saved mappings: a list, and each one with what it says; those of users can be renamed and deleted."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from client_import.errors import OptionsError
from client_import.mapping.saved import make_mapping
from service.api.context import TheImports
from service.imports import Imports
from service.page.answers import go_to, html
from service.page.sign_in import SIGNED_IN

router = APIRouter(prefix="/mappings", include_in_schema=False, dependencies=[SIGNED_IN])

_NO_NAME = "Give the mapping a name."


@router.get("")
def list_mappings(request: Request, imports: TheImports) -> Response:
    """Show the saved mappings, and the presets."""
    mappings = sorted(imports.store.mappings.all(), key=lambda each: (each.is_preset, each.name.casefold()))
    return html(request, "mappings.html", {"mappings": mappings})


@router.get("/{code}")
def show(code: str, request: Request, imports: TheImports) -> Response:
    """Show what a mapping says, with the forms that rename and delete it unless it is a preset."""
    return _shown(request, imports, code, None)


@router.post("/{code}/rename")
def rename(code: str, request: Request, imports: TheImports, name: Annotated[str, Form()] = "") -> Response:
    """Give a mapping another name; its code stays. Raises ReadOnlyMappingError for a preset."""
    mapping = imports.store.mappings.get(code)
    name = re.sub(r"\s+", " ", name).strip()
    try:
        renamed = make_mapping({**mapping.model_dump(), "name": name}, "The mapping")
    except OptionsError as error:
        return _shown(request, imports, code, str(error) if name else _NO_NAME)
    imports.store.mappings.save(renamed)
    return go_to(request, f"/mappings/{code}")


@router.post("/{code}/delete")
def delete(code: str, request: Request, imports: TheImports) -> Response:
    """Delete a mapping, and go to the list. Raises ReadOnlyMappingError for a preset."""
    imports.store.mappings.delete(code)
    return go_to(request, "/mappings")


def _shown(request: Request, imports: Imports, code: str, problem: str | None) -> Response:
    mapping = imports.store.mappings.get(code)
    status = 400 if problem else 200
    return html(request, "mapping.html", {"mapping": mapping, "problem": problem}, status)
