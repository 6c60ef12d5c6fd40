"""One session: its charts show the values that were measured, and grow while it runs."""

import threading
import time

import pytest
from selenium.webdriver.common.keys import Keys

from tests.browser.clinic import Clinic, iso
from tests.browser.pages import Client

_KNEES = {"knee_flexion_left": [10.0, 20.0, 30.5], "knee_flexion_right": [12.0, 22.0, 32.5]}


@pytest.fixture
def started_ms(clinic: Clinic) -> int:
    """When the session `s-1` of the first device began."""
    now = int(time.time() * 1000)
    clinic.add_session("s-1", member_id="member-ada", exercise="deep_squat", started_at=iso(now))
    return now


def _opened(client: Client) -> Client:
    client.open("#/sessions/s-1")
    client.wait_for_text("h1", "Deep squat")
    return client


def test_the_charts_show_the_values_that_were_measured(signed_in: Client, clinic: Clinic, started_ms: int) -> None:
    clinic.add_values("s-1", "north-tracker-1", started_ms, {**_KNEES, "shoulder_elevation_left": [90.0, 91.0, 92.0]})
    page = _opened(signed_in)
    page.wait_for("figure[data-joint=knee_flexion]")
    assert page.read_out("knee_flexion") == ["Left 30.5°", "Right 32.5°"]
    assert page.read_out("shoulder_elevation") == ["Left 92.0°"]
    assert page.text("tr[data-metric=knee_flexion_left]") == "Knee flexion left 10.0° 30.5° 20.5° 30.5°"
    page.until(lambda: page.colours_drawn("knee_flexion") > 100)


def test_more_values_than_an_answer_holds_are_all_shown(signed_in: Client, clinic: Clinic, started_ms: int) -> None:
    clinic.largest_answer = 3
    clinic.add_values("s-1", "north-tracker-1", started_ms, {"knee_flexion_left": [float(number) for number in range(10)]})
    page = _opened(signed_in)
    page.wait_for("figure")
    assert page.text("tr[data-metric=knee_flexion_left]") == "Knee flexion left 0.0° 9.0° 9.0° 9.0°"


def test_the_charts_grow_while_the_session_runs(signed_in: Client, clinic: Clinic, started_ms: int) -> None:
    clinic.add_values("s-1", "north-tracker-1", started_ms, _KNEES)
    page = _opened(signed_in)
    page.wait_for("figure")
    page.wait_for_text("#live", "Live")
    page.tab_to(".facts a")
    asked = len(clinic.requests)
    clinic.add_values("s-1", "north-tracker-1", started_ms + 300, {"knee_flexion_left": [40.0, 55.5], "knee_flexion_right": [41.0, 56.5]})
    page.until(lambda: page.read_out("knee_flexion") == ["Left 55.5°", "Right 56.5°"])
    page.until(lambda: page.text("#value-count") == "10")
    assert page.driver.switch_to.active_element.text == "member-ada"
    assert [path for _, path in clinic.requests[asked:] if path == "/devices/north-tracker-1"] == []


def test_what_events_say_while_the_session_loads_is_not_lost(signed_in: Client, clinic: Clinic, started_ms: int) -> None:
    clinic.add_values("s-1", "north-tracker-1", started_ms, _KNEES)
    signed_in.wait_for_text("#live", "Live")
    clinic.held["/sessions/s-1"] = threading.Event()
    signed_in.open("#/sessions/s-1")
    signed_in.until(lambda: ("GET", "/sessions/s-1") in clinic.requests)
    clinic.add_values("s-1", "north-tracker-1", started_ms + 300, {"knee_flexion_left": [44.0]})
    clinic.change_session("s-1", ended_at=iso(started_ms + 400))
    seen = len(clinic.events)
    signed_in.until(lambda: clinic.heard >= seen)
    clinic.held["/sessions/s-1"].set()
    signed_in.until(lambda: signed_in.latest("knee_flexion_left") == "44.0°")
    signed_in.wait_for_text(".badge", "Ended")


def test_a_session_without_values_waits_for_the_first_ones(signed_in: Client, clinic: Clinic, started_ms: int) -> None:
    page = _opened(signed_in)
    page.wait_for_text(".state", "Waiting for the first values")
    page.wait_for_text("#live", "Live")
    clinic.add_values("s-1", "north-tracker-1", started_ms, _KNEES)
    page.wait_for("figure[data-joint=knee_flexion]")
    page.until(lambda: page.latest("knee_flexion_right") == "32.5°")


def test_values_that_came_late_are_there_when_the_session_has_ended(signed_in: Client, clinic: Clinic, started_ms: int) -> None:
    clinic.add_values("s-1", "north-tracker-1", started_ms + 1000, {"knee_flexion_left": [50.0, 51.0]})
    page = _opened(signed_in)
    page.wait_for("figure")
    page.wait_for_text("#live", "Live")
    late = {"at": iso(started_ms + 1050), "value": 99.0}
    clinic.points["north-tracker-1", "knee_flexion_left"].insert(1, late)
    clinic.change_session("s-1", ended_at=iso(started_ms + 2000))
    page.until(lambda: "99.0°" in page.text("tr[data-metric=knee_flexion_left]"))
    page.wait_for_text(".badge", "Ended")


def test_arrow_keys_move_the_crosshair_over_all_charts_and_its_values_are_said(signed_in: Client, clinic: Clinic, started_ms: int) -> None:
    clinic.add_values("s-1", "north-tracker-1", started_ms, {**_KNEES, "hip_flexion_left": [1.0, 2.0, 3.0]})
    page = _opened(signed_in)
    page.tab_to("figure[data-joint=knee_flexion] .plot")
    page.press(Keys.HOME)
    page.until(lambda: page.read_out("knee_flexion") == ["Left 10.0°", "Right 12.0°"])
    page.press(Keys.ARROW_RIGHT)
    page.until(lambda: page.read_out("knee_flexion") == ["Left 20.0°", "Right 22.0°"])
    assert page.read_out("hip_flexion") == ["Left 2.0°"]
    assert [small.text for small in page.find_all(".at")] == ["at 0:00", "at 0:00"]
    assert page.find("#announcements").get_property("textContent") == "0:00: Left 20.0°, Right 22.0°"


def test_the_legend_hides_and_shows_a_side(signed_in: Client, clinic: Clinic, started_ms: int) -> None:
    clinic.add_values("s-1", "north-tracker-1", started_ms, _KNEES)
    page = _opened(signed_in)
    page.until(lambda: page.fits("knee_flexion"))
    page.until(lambda: page.colours_drawn("knee_flexion") > 100)
    before = page.colours_drawn("knee_flexion")
    right = page.find_all("figure[data-joint=knee_flexion] .legend-entry")[1]
    right.click()
    assert right.get_attribute("aria-pressed") == "false"
    page.until(lambda: page.colours_drawn("knee_flexion") < before * 0.8)
    right.click()
    page.until(lambda: page.colours_drawn("knee_flexion") == before)


def test_two_devices_of_one_session_are_told_apart(signed_in: Client, clinic: Clinic, started_ms: int) -> None:
    clinic.add_values("s-1", "north-tracker-1", started_ms, {"knee_flexion_left": [10.0]})
    clinic.add_values("s-1", "north-tracker-2", started_ms, {"knee_flexion_left": [70.0]})
    page = _opened(signed_in)
    page.wait_for("figure")
    assert sorted(row for row in page.rows()) == ["Knee flexion left (north-tracker-1)", "Knee flexion left (north-tracker-2)"]
    assert len(page.read_out("knee_flexion")) == 2


def test_another_clinics_session_does_not_exist(signed_in: Client) -> None:
    signed_in.allowed += ("/api/sessions/s-of-others",)
    signed_in.open("#/sessions/s-of-others")
    signed_in.wait_for_text("[role=alert]", "belongs to another clinic")


def test_a_device_shows_the_last_value_of_each_metric(signed_in: Client, clinic: Clinic, started_ms: int) -> None:
    clinic.add_values("s-1", "north-tracker-1", started_ms, _KNEES)
    signed_in.follow("north-tracker-1")
    signed_in.wait_for_text("h1", "north-tracker-1")
    assert "30.5°" in signed_in.row("Knee flexion left")
    signed_in.follow("Sessions of this device")
    signed_in.row("Deep squat")
