"""The interface's own description, OpenAPI 3.1: made from the routes and their types, so that it cannot say anything else."""

import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import msgspec

from chalicelib.bff.http import JSON
from chalicelib.bff.messages import Error, Name
from chalicelib.bff.route import Route
from chalicelib.security.authorisation import PUBLIC
from chalicelib.security.cookies import SESSION

_TEMPLATE = "#/components/schemas/{name}"


def described(resources: Mapping[str, Sequence[Route]]) -> dict[str, Any]:
    """The document of some routes, by the tag that they get."""
    types = {it for routes in resources.values() for route in routes for it in _bodies(route)}
    ordered = sorted(types, key=str)
    schemas, components = msgspec.json.schema_components(ordered, ref_template=_TEMPLATE)
    schema_of = dict(zip(ordered, schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for tag, routes in resources.items():
        for route in routes:
            paths.setdefault(route.key.path, {})[route.key.method.lower()] = _operation(tag, route, schema_of)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Gonio", "version": "1", "description": "What the web client asks; one session by cookie."},
        "servers": [{"url": "/api"}],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"session": {"type": "apiKey", "in": "cookie", "name": SESSION}},
        },
    }


def _bodies(route: Route) -> set[Any]:
    return {it for it in (route.gives, route.takes, Error, *route.more.values(), *route.events.values()) if it is not None}


def _operation(tag: str, route: Route, schema_of: dict[Any, Any]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "tags": [tag],
        "operationId": route.handle.__name__,
        "summary": route.summary,
        "security": [] if route.key in PUBLIC else [{"session": []}],
        "parameters": [*_path_parameters(route), *_query_parameters(route), *_header_parameters(route)],
        "responses": _responses(route, schema_of),
    }
    if route.takes is not None:
        operation["requestBody"] = {"required": True, "content": {JSON: {"schema": schema_of[route.takes]}}}
    if route.events:
        operation["x-events"] = {name: schema_of[it] for name, it in route.events.items()}
    return operation


def _path_parameters(route: Route) -> list[dict[str, Any]]:
    schema = msgspec.json.schema(Name)
    return [{"name": name, "in": "path", "required": True, "schema": schema} for name in re.findall(r"{(\w+)}", route.key.path)]


def _query_parameters(route: Route) -> list[dict[str, Any]]:
    if route.query is None:
        return []
    (_,), components = msgspec.json.schema_components([route.query], ref_template=_TEMPLATE)
    described_query = components[route.query.__name__]
    required = set(described_query["required"])
    properties = described_query["properties"].items()
    return [{"name": name, "in": "query", "required": name in required, "schema": schema} for name, schema in properties]


def _header_parameters(route: Route) -> list[dict[str, Any]]:
    parameters = [{"name": name, "in": "header", "required": False, "schema": {"type": "string"}} for name in route.reads]
    if route.key.method != "GET" and route.key not in PUBLIC:
        parameters.append({"name": "X-CSRF-Token", "in": "header", "required": True, "schema": {"type": "string"}})
    return parameters


def _responses(route: Route, schema_of: dict[Any, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = {"description": HTTPStatus(route.status).phrase}
    if route.gives is not None:
        answer["content"] = {route.media_type: {"schema": schema_of[route.gives]}}
    refusals = sorted(_refusals(route).items())
    return {str(route.status): answer, **{str(status): _described_refusal(status, schema_of[gives]) for status, gives in refusals}}


def _described_refusal(status: int, schema: Any) -> dict[str, Any]:
    return {"description": HTTPStatus(status).phrase, "content": {JSON: {"schema": schema}}}


def _refusals(route: Route) -> dict[int, Any]:
    """The statuses that a route of this kind may give, with the types of their bodies."""
    statuses = {500, 503}
    if route.key not in PUBLIC:
        statuses |= {401, 403}
    if route.query is not None or route.takes is not None:
        statuses.add(400)
    if "{" in route.key.path:
        statuses.add(404)
    return {**dict.fromkeys(statuses, Error), **route.more}
