"""The web client on the whole stack: a device moves, and a moment later the therapist's chart does."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from selenium.common.exceptions import NoSuchElementException, StaleElementReferenceException
from selenium.webdriver import Chrome

from tests.browser import chromium
from tests.browser.pages import Client
from tests.e2e.local_stack import LocalStack, until
from tests.e2e.replaying import replay

NORTH = "therapist@clinic-north.example"


@pytest.fixture(scope="module")
def chrome(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    with chromium.headless(tmp_path_factory.mktemp("profile")) as driver:
        yield driver


@pytest.fixture
def therapist(running: LocalStack, chrome: Chrome) -> Client:
    known = running.content
    chromium.forget(chrome)
    page = Client(chrome, known["web_url"].rstrip("/"))
    page.open()
    page.sign_in(NORTH, next(user["password"] for user in known["users"] if user["email"] == NORTH))
    until(lambda: _settled(lambda: "north-tracker-1" in _rows(page)), 60, "the tenant's devices")
    return page


def _rows(page: Client) -> dict[str, str]:
    if not page.find_all("nav a"):
        return {}
    page.open("#/devices")
    return page.rows()


def test_a_devices_movement_is_on_the_chart_while_it_happens(running: LocalStack, therapist: Client, tmp_path: Path) -> None:
    performance = replay(running, tmp_path, ["north-tracker-1"], "--recording", "m07_s01_incorrect", speed=0.75)
    process = performance.begin()
    try:
        session = until(lambda: _running_session(running), 60, "the session to begin")
        therapist.open(f"#/sessions/{session}")
        until(lambda: therapist.find_all("figure[data-joint=shoulder_elevation]"), 60, "the chart")
        first = until(lambda: _settled(lambda: _value_count(therapist)), 60, "values to be counted")
        until(lambda: _settled(lambda: _value_count(therapist) > first + 100), 60, "the chart to grow")
        until(lambda: therapist.colours_drawn("shoulder_elevation") > 100, 60, "lines")
        assert process.poll() is None, "the session was over before the chart grew"
    finally:
        process.wait(240)
    wanted = [value[5] for value in performance.expected if value[2] == "shoulder_elevation_left"]
    last = f"{wanted[-1]:.1f}°"
    until(lambda: _settled(lambda: last in " ".join(therapist.read_out("shoulder_elevation"))), 60, "the last value to be shown")
    therapist.driver.save_screenshot(str(tmp_path / "session.png"))
    assert therapist.complaints() == []


def test_only_the_tenants_devices_are_listed(therapist: Client) -> None:
    names = until(lambda: _settled(lambda: _rows(therapist)), 60, "the list")
    assert {"north-tracker-1", "north-tracker-2", "north-tracker-3"} <= set(names)
    assert [name for name in names if name.startswith("south-")] == []


def _settled[T](look: Callable[[], T]) -> T | None:
    """What a look at the page finds; nothing while the page replaces what was looked at."""
    try:
        return look()
    except (NoSuchElementException, StaleElementReferenceException):
        return None


def _running_session(stack: LocalStack) -> str | None:
    rows = stack.query(
        "SELECT session_id FROM sessions WHERE session_id LIKE %s AND ended_at_ms IS NULL AND value_count > 0", "%m07_s01_incorrect%"
    )
    return str(rows[0][0]) if rows else None


def _value_count(page: Client) -> int:
    return int(re.sub(r"\D", "", page.find("#value-count").text) or 0)
