"""The interface keeps its own description: checked by schemathesis, on the services themselves over fakes."""

from collections.abc import Iterator
from contextlib import closing
from http import HTTPStatus
from typing import Any

import pytest
import schemathesis
from hypothesis import given, settings
from hypothesis import strategies as st
from openapi_spec_validator import validate
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import positive_data_acceptance

from chalicelib.bff.resources import document
from tests.fakes.front_end import OPERATOR, ORIGIN, THERAPIST, World
from tests.fakes.platform import front_end_of
from tests.fakes.query_world import QueryWorld
from tests.fakes.wsgi import wsgi
from tests.messages import telemetry

OPERATIONS = [(method, path) for path, methods in document()["paths"].items() for method in methods]
KNOWN = "x-1"
"""The id of each object that there is."""
UNTOLD = {"cursor", "from", "to"}
"""Parameters of which no schema tells all: which cursor is ours, and that one time comes after another."""


@pytest.fixture(scope="module")
def described() -> Iterator[World]:
    """The front end with the services themselves, and something to find in them."""
    behind = QueryWorld()
    behind.has_device(KNOWN, "clinic-north")
    behind.has_member(KNOWN, "clinic-north")
    behind.has_session(KNOWN, "clinic-north", member_id=KNOWN, device_ids=[KNOWN])
    behind.has_telemetry(telemetry(session=KNOWN), tenant_id="clinic-north", device_id=KNOWN)
    with closing(front_end_of(behind)) as world:
        yield world


@pytest.fixture(scope="module")
def schema(described: World) -> Any:
    return schemathesis.openapi.from_wsgi("/openapi.json", wsgi(described.instance().gateway))


@pytest.mark.parametrize("email", [THERAPIST, OPERATOR, None], ids=["therapist", "operator", "nobody"])
@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_the_interface_does_what_it_says(described: World, schema: Any, method: str, path: str, email: str | None) -> None:
    @given(schema[path][method].as_strategy(), st.booleans())
    @settings(max_examples=25)
    def holds(case: Any, is_known: bool) -> None:
        described.attempts.attempts.clear()
        browser = described.browser()
        if email is not None:
            browser.sign_in(email)
        if is_known and case.meta.generation.mode.is_positive:
            case.path_parameters = dict.fromkeys(case.path_parameters, KNOWN)
        response = case.call(headers={"origin": ORIGIN, "x-csrf-token": browser.csrf_token or ""}, cookies=browser.cookies)
        case.validate_response(response, excluded_checks=list(_not_expected(case, response)))

    holds()


def _not_expected(case: Any, response: Any) -> Iterator[Any]:
    """The checks that do not hold: schemas do not tell all of a query, and what is described as not built is no fault."""
    if not UNTOLD.isdisjoint(case.query):
        yield positive_data_acceptance
    if response.status_code == HTTPStatus.NOT_IMPLEMENTED:
        yield not_a_server_error


def test_the_document_is_openapi() -> None:
    validate(document())

    assert document()["openapi"].startswith("3.1")


def test_each_event_has_its_type() -> None:
    events = document()["paths"]["/events"]["get"]["x-events"]

    assert set(events) == {"session.updated", "reading.rolled_up", "device.presence", "reset"}
    assert events["session.updated"] == {"$ref": "#/components/schemas/SessionObject"}
