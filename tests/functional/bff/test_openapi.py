"""The interface keeps its own description: checked by schemathesis, on the services themselves over fakes."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from openapi_spec_validator import validate
from schemathesis.specs.openapi.checks import positive_data_acceptance

from chalicelib.bff.resources import document
from chalicelib.devices.api import FleetApi
from chalicelib.devices.fleet import Fleet
from tests.fakes.front_end import ORIGIN, World
from tests.fakes.query_world import QueryWorld
from tests.fakes.wsgi import wsgi


@pytest.fixture(scope="module")
def described() -> Iterator[World]:
    """The front end with the services themselves, and something to find in them."""
    real = QueryWorld()
    fleet = FleetApi(Fleet(real.documents, real.series, real.clock), real.failures.append)
    real.has_device("x-1", "clinic-north")
    real.has_member("x-1", "clinic-north")
    real.has_session("x-1", "clinic-north", member_id="x-1", device_ids=["x-1"])
    with closing(World({"devices": fleet.handle, "query": real.api.handle})) as world:
        yield world


@pytest.fixture(scope="module")
def schema(described: World) -> Any:
    return schemathesis.openapi.from_wsgi("/openapi.json", wsgi(described.instance().gateway))


@pytest.mark.parametrize(("method", "path"), [(method, path) for path, methods in document()["paths"].items() for method in methods])
def test_the_interface_does_what_it_says(described: World, schema: Any, method: str, path: str) -> None:
    @given(schema[path][method].as_strategy())
    @settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    def holds(case: Any) -> None:
        described.attempts.attempts.clear()
        browser = described.browser()
        browser.sign_in()
        headers = {"origin": ORIGIN, "x-csrf-token": browser.csrf_token or ""}
        # No schema tells which cursor is ours, or that one time comes after another.
        case.call_and_validate(headers=headers, cookies=browser.cookies, excluded_checks=[positive_data_acceptance])

    holds()


def test_the_document_is_openapi() -> None:
    validate(document())

    assert document()["openapi"].startswith("3.1")


def test_each_event_has_its_type() -> None:
    events = document()["paths"]["/events"]["get"]["x-events"]

    assert set(events) == {"session.updated", "reading.rolled_up", "device.presence", "reset"}
    assert events["session.updated"] == {"$ref": "#/components/schemas/SessionObject"}
