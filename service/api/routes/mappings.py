"""The routes about saved mappings."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from client_import.mapping.saved import MappingNotFoundError, SavedMapping, code_of_name, make_mapping
from service.api.bodies import PlainRoute
from service.api.context import TheImports
from service.api.models import MappingContent, MappingRecord
from service.api.problems import ProblemError, answers
from service.imports import Imports

router = APIRouter(prefix="/csv-mappings", tags=["mappings"], route_class=PlainRoute)

MappingCode = Annotated[str, Path(description="the code of the mapping", examples=["limited-company-clients"])]


@router.get("", response_model=list[MappingRecord], responses=answers(503))
def list_mappings(imports: TheImports) -> list[SavedMapping]:
    """List the presets and the saved mappings."""
    return imports.store.mappings.all()


@router.post("", status_code=HTTPStatus.CREATED, response_model=MappingRecord, responses=answers(400, 409, 503))
def save_mapping(content: MappingContent, request: Request, imports: TheImports, response: Response) -> SavedMapping:
    """Save a new mapping. Without a code it gets one made from its name."""
    add = imports.store.mappings.add if content.code else imports.store.mappings.add_by_name
    saved = add(_mapping(content, content.code or code_of_name(content.name)))
    response.headers["Location"] = f"{request.scope.get('root_path', '')}{router.prefix}/{saved.code}"
    return saved


@router.get("/{code}", response_model=MappingRecord, responses=answers(404, 503))
def show_mapping(code: MappingCode, imports: TheImports) -> SavedMapping:
    """Show one mapping."""
    return _found(imports, code)


@router.put("/{code}", response_model=MappingRecord, responses=answers(400, 404, 409, 503))
def change_mapping(code: MappingCode, content: MappingContent, imports: TheImports) -> SavedMapping:
    """Replace the content of a saved mapping. Presets cannot be changed."""
    _found(imports, code)
    if content.code not in (None, code):
        raise ProblemError(HTTPStatus.BAD_REQUEST, f"The code of a mapping cannot be changed: it is {code}.")
    return imports.store.mappings.save(_mapping(content, code))


@router.delete("/{code}", status_code=HTTPStatus.NO_CONTENT, responses=answers(404, 409, 503))
def delete_mapping(code: MappingCode, imports: TheImports) -> None:
    """Delete a saved mapping. Presets cannot be deleted."""
    _found(imports, code)
    imports.store.mappings.delete(code)


def _found(imports: Imports, code: str) -> SavedMapping:
    try:
        return imports.store.mappings.get(code)
    except MappingNotFoundError as error:
        raise ProblemError(HTTPStatus.NOT_FOUND, str(error)) from None


def _mapping(content: MappingContent, code: str) -> SavedMapping:
    given = content.model_dump(by_alias=True, exclude={"code"})
    return make_mapping({**given, "code": code}, f"The mapping {code}")
