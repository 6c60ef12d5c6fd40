"""axe-core's rules (WCAG 2.2 A and AA, best practice) on every page, light and dark."""

import time
from typing import Any

import pytest

from tests.browser import chromium
from tests.browser.clinic import Clinic, iso
from tests.browser.pages import Client

_axe: Any = pytest.importorskip("axe_selenium_python", reason="the development lock does not hold axe-selenium-python yet")
_RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


def _violations(client: Client) -> list[tuple[str, list[str]]]:
    axe = _axe.Axe(client.driver)
    axe.inject()
    found = axe.run(options=_RULES)["violations"]
    return [(violation["id"], [node["html"] for node in violation["nodes"]]) for violation in found]


@pytest.fixture
def filled(clinic: Clinic) -> Clinic:
    """Something on each page."""
    now = int(time.time() * 1000)
    clinic.set_presence("north-tracker-1", online=True, battery=12)
    clinic.add_session("s-1", member_id="member-ada", exercise="deep_squat", started_at=iso(now))
    clinic.add_values("s-1", "north-tracker-1", now, {"knee_flexion_left": [1.0, 50.0, 3.0], "knee_flexion_right": [2.0, 60.0, 4.0]})
    return clinic


@pytest.fixture
def full(filled: Clinic, signed_in: Client) -> Client:
    """Its page, opened once everything was there: no event moves it."""
    assert filled.sessions
    return signed_in


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("address", ["#/devices", "#/devices/north-tracker-1", "#/sessions", "#/sessions/s-1", "#/members"])
def test_no_rule_is_broken(full: Client, address: str, scheme: str) -> None:
    chromium.prefer(full.driver, color_scheme=scheme)
    full.open(address)
    full.wait_for("tbody tr")
    full.wait_for_text("#live", "Live")
    assert _violations(full) == []


def test_no_rule_is_broken_where_nothing_is_found(signed_in: Client) -> None:
    signed_in.allowed += ("/api/sessions/none",)
    signed_in.open("#/sessions/none")
    signed_in.wait_for("[role=alert]")
    assert _violations(signed_in) == []


def test_no_rule_is_broken_where_nobody_is_signed_in(client: Client) -> None:
    client.sign_in("nobody@clinic.example", "wrong")
    client.wait_for_text(".problem", "not right")
    assert _violations(client) == []
