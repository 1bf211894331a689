"""The OpenAPI document: FastAPI's, with keys, problem documents and examples added."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from service.api.keys import HEADER
from service.api.problems import Problem, answers

_NEEDS_NO_KEY = {"/healthz"}

_JOB = {
    "code": "k3v9q2m7xt",
    "status": "Completed",
    "fileName": "clients.csv",
    "totalItems": 1000,
    "processedItems": 1000,
    "createdCount": 921,
    "updatedCount": 0,
    "skippedCount": 6,
    "errorCount": 73,
    "startedDate": "2026-11-25T09:30:01.120Z",
    "completedDate": "2026-11-25T09:30:02.015Z",
    "createdDate": "2026-11-25T09:29:40.771Z",
    "notImportedDownloadUrl": "http://127.0.0.1:8000/clients/import/csv/k3v9q2m7xt/not-imported.csv?signature=Imsz...",
    "failureReason": None,
    "outcome": "WithErrors",
    "notes": ["Columns that are not imported: Shoe Size."],
}
_OPTIONS = {
    "columnMappings": [
        {"csvHeader": "Client Ref", "targetField": "Code"},
        {"csvHeader": "Client Name", "targetField": "Name"},
        {"csvHeader": "Entity Type", "targetField": "Type"},
    ],
    "valueMappings": [{"targetField": "Type", "from": "Widow", "to": "Individual"}],
    "matchField": "Code",
    "importMode": "CreateAndUpdate",
    "maxErrors": "5%",
}
_EXAMPLES = {"JobRecord": _JOB, "ImportOptions": _OPTIONS}


def openapi_document(app: FastAPI) -> dict[str, Any]:
    """Return the document; FastAPI's validation errors (422) are replaced by problem documents (400)."""
    if app.openapi_schema is None:
        document = FastAPI.openapi(app)
        components = document["components"]
        schemas = components["schemas"]
        for name in ("HTTPValidationError", "ValidationError"):
            schemas.pop(name, None)
        problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas.update(problem.pop("$defs"), Problem=problem)
        for name, example in _EXAMPLES.items():
            schemas[name]["examples"] = [example]
        components["securitySchemes"] = {"key": {"type": "apiKey", "in": "header", "name": HEADER}}
        for path, operations in document["paths"].items():
            for operation in operations.values():
                operation["responses"].pop("422", None)
                if "requestBody" in operation:
                    operation["responses"].update({str(status): answer for status, answer in answers(413).items()})
                if path not in _NEEDS_NO_KEY:
                    operation["security"] = [{}, {"key": []}]
                    operation["responses"].update({str(status): answer for status, answer in answers(401).items()})
        app.openapi_schema = document
    return app.openapi_schema
