"""Chalice's entry point: the front end's routes and the module-level Lambda functions.

Wiring only; `chalicelib.bootstrap` builds what they call.
"""

from typing import Any

from chalice import Chalice

from chalicelib import bootstrap
from chalicelib.bff import blueprints

app = Chalice(app_name="gonio")
blueprints.register(app, bootstrap.bff)


@app.lambda_function(name="ingest")  # type: ignore[untyped-decorator]  # Chalice has no types
def ingest(event: dict[str, Any], context: object) -> Any:  # noqa: ARG001 - Lambda passes it
    """Telemetry and events from the stream to the database; answers with a partial batch response."""
    return bootstrap.handle_ingest(event)


@app.lambda_function(name="devices")  # type: ignore[untyped-decorator]  # Chalice has no types
def devices(event: dict[str, Any], context: object) -> Any:  # noqa: ARG001 - Lambda passes it
    """The registry of devices, REST-shaped: method, path, query, headers, body to status, headers, body."""
    return bootstrap.handle_devices(event)


@app.lambda_function(name="project")  # type: ignore[untyped-decorator]  # Chalice has no types
def project(event: dict[str, Any], context: object) -> Any:  # noqa: ARG001 - Lambda passes it
    """Database changes from the stream into the read model; answers with a partial batch response."""
    return bootstrap.handle_project(event)


@app.lambda_function(name="query")  # type: ignore[untyped-decorator]  # Chalice has no types
def query(event: dict[str, Any], context: object) -> Any:  # noqa: ARG001 - Lambda passes it
    """The read side, REST-shaped: sessions, members, series, search."""
    return bootstrap.handle_query(event)
