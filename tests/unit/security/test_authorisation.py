"""Who may use which route."""

import pytest

from chalicelib.security.authorisation import PUBLIC, ROLES, Decision, RouteKey, decide
from chalicelib.security.principal import Principal, Role

THERAPIST = Principal("u-1", "t@example.org", Role.THERAPIST, "clinic-north", "s-1", 0)
OPERATOR = Principal("u-2", "o@example.org", Role.OPERATOR, None, "s-2", 0)
FOR_OPERATORS = {
    ("GET", "/session"),
    ("POST", "/session/refresh"),
    ("DELETE", "/session"),
    ("GET", "/devices"),
    ("GET", "/devices/{device_id}"),
    ("PUT", "/devices/{device_id}/settings"),
    ("GET", "/events"),
}


@pytest.mark.parametrize("route", sorted(PUBLIC))
def test_public_routes_are_for_everybody(route: RouteKey) -> None:
    assert {decide(it, route) for it in (None, THERAPIST, OPERATOR)} == {Decision.ALLOW}


@pytest.mark.parametrize("route", sorted(ROLES))
def test_all_others_need_a_session(route: RouteKey) -> None:
    assert decide(None, route) is Decision.UNAUTHENTICATED


@pytest.mark.parametrize("route", sorted(ROLES))
def test_operators_see_devices_and_nothing_clinical(route: RouteKey) -> None:
    expected = Decision.ALLOW if route in FOR_OPERATORS else Decision.FORBIDDEN

    assert decide(OPERATOR, route) is expected
    assert decide(THERAPIST, route) is Decision.ALLOW


@pytest.mark.parametrize("route", [RouteKey("GET", "/nothing"), RouteKey("DELETE", "/devices"), RouteKey("HEAD", "/devices")])
def test_what_the_table_does_not_name_is_refused(route: RouteKey) -> None:
    assert decide(THERAPIST, route) is Decision.FORBIDDEN
