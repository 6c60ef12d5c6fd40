"""Chalice's local gateway as a WSGI application, for tools that speak WSGI."""

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from chalice.local import LocalGatewayException

BASE = "/api"
"""What the front door takes away before a request comes here."""


def wsgi(gateway: Any) -> Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]:
    """The application."""

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ.get("REQUEST_URI") or environ["PATH_INFO"]
        path, _, query = path.removeprefix(BASE).partition("?")
        query = environ.get("QUERY_STRING") or query
        headers = {name[5:].replace("_", "-").lower(): value for name, value in environ.items() if name.startswith("HTTP_")}
        headers |= {"content-type": environ["CONTENT_TYPE"]} if environ.get("CONTENT_TYPE") else {}
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)) or None
        try:
            answer = gateway.handle_request(
                method=environ["REQUEST_METHOD"], path=f"{path}?{query}" if query else path, headers=headers, body=body
            )
        except LocalGatewayException as error:
            answer = {"statusCode": error.CODE, "headers": error.headers, "multiValueHeaders": {}, "body": (error.body or b"").decode()}
        lines = [(name, str(value)) for name, value in answer["headers"].items()]
        lines += [(name, value) for name, values in answer["multiValueHeaders"].items() for value in values]
        start_response(f"{answer['statusCode']} {HTTPStatus(answer['statusCode']).phrase}", lines)
        return [(answer["body"] or "").encode()]

    return application
