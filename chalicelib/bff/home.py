"""The first page's content, from two services at once. What does not answer in time is named, and the rest is shown."""

from typing import Any

from chalicelib.bff.asking import identity, shown
from chalicelib.bff.dependencies import Bff
from chalicelib.bff.http import Answer
from chalicelib.bff.messages import Home
from chalicelib.bff.route import Call, Route
from chalicelib.domain.errors import UnavailableError
from chalicelib.domain.service_calls import ServiceRequest
from chalicelib.query.recent import Recent
from chalicelib.security.authorisation import RouteKey
from chalicelib.service.objects import DeviceObject
from chalicelib.service.responses import Page

DEADLINE_S = 3.0
"""Long enough for a function that starts cold, short enough to wait for."""
PARTS: dict[str, tuple[str, str, Any]] = {
    "recent": ("query", "/home/recent", Recent),
    "devices": ("devices", "/devices", Page[DeviceObject]),
}
"""By part: the service, its path, and what it gives."""


def home(bff: Bff, call: Call) -> Answer:
    """All parts, asked at once; 200 with what arrived."""
    headers = identity(call.request, call.principal)
    waiting = {
        part: bff.services.begin(service, ServiceRequest("GET", path, {}, headers), DEADLINE_S)
        for part, (service, path, _) in PARTS.items()
    }
    arrived: dict[str, Any] = {}
    for part, wait in waiting.items():
        try:
            answer = shown(wait(), PARTS[part][2], call.request.correlation_id)
        except UnavailableError as error:
            about = {"part": part, "reason": str(error), "correlation_id": call.request.correlation_id}
            bff.log.warning("A part of the first page is missing", extra=about)
        else:
            arrived |= {part: answer.body} if answer.status == 200 else {}
    return Answer(200, Home(arrived.get("recent"), arrived.get("devices"), [part for part in PARTS if part not in arrived]))


ROUTES = (Route(RouteKey("GET", "/home"), "What the first page shows", home, gives=Home),)
