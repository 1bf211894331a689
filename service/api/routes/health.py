"""Routes for monitoring: health and metrics."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from service.api.access import OPEN
from service.api.health_check import OK
from service.api.metrics import CONTENT_TYPE
from service.api.models import Health
from service.api.problems import answers

router = APIRouter(tags=["health"])


@router.get(
    "/healthz",
    dependencies=[OPEN],
    response_model=Health,
    responses={503: {"model": Health, "description": "Not able to work"}},
)
def health(request: Request) -> JSONResponse:
    """Check that the server is alive, its databases can be used, and the disk has room for imports. Needs no key."""
    parts = request.app.state.health_check.parts()
    is_well = all(part == OK for part in parts.values())
    status = HTTPStatus.OK if is_well else HTTPStatus.SERVICE_UNAVAILABLE
    return JSONResponse({"status": OK if is_well else "unable", **parts}, status)


@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}, **answers(503)})
def metrics(request: Request) -> Response:
    """Return the metrics for Prometheus."""
    return Response(request.app.state.metrics.text(), media_type=CONTENT_TYPE)
