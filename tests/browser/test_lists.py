"""Devices, sessions and members: lists that are filtered, move, and say what to do when they are empty or fail."""

import re
import threading
import time

from tests.browser.clinic import Clinic, iso
from tests.browser.pages import Client

_NOW_MS = int(time.time() * 1000)


def _three_sessions(clinic: Clinic) -> None:
    for place, (member, device, exercise) in enumerate(
        [
            ("member-ada", "north-tracker-1", "deep_squat"),
            ("member-ada", "north-tracker-1", "side_lunge"),
            ("member-ben", "north-tracker-2", "deep_squat"),
        ]
    ):
        started, ended = iso(_NOW_MS - 3_600_000 * (place + 1)), iso(_NOW_MS - 3_600_000 * (place + 1) + 65_000)
        more = {"member_id": member, "device_ids": [device], "exercise": exercise, "started_at": started, "ended_at": ended}
        clinic.add_session(f"s-{place}", **more)


def test_devices_show_presence_since_when_battery_and_last_contact(signed_in: Client, clinic: Clinic) -> None:
    clinic.set_presence("north-tracker-1", online=True, battery=82)
    clinic.set_presence("north-tracker-2", online=False, battery=9)
    signed_in.driver.refresh()
    online, offline = signed_in.row("north-tracker-1"), signed_in.row("north-tracker-2")
    assert all(text in online for text in ("member-ada", "Online", "since", "82 %"))
    assert re.search("just now|seconds ago", online)
    assert all(text in offline for text in ("member-ben", "Offline", "9 % · low"))


def test_a_device_that_comes_and_goes_is_seen_without_a_reload(signed_in: Client, clinic: Clinic) -> None:
    assert "Not seen yet" in signed_in.row("north-tracker-1")
    signed_in.wait_for_text("#live", "Live")
    clinic.set_presence("north-tracker-1", online=True, battery=50)
    signed_in.until(lambda: "Online" in signed_in.row("north-tracker-1"))
    clinic.set_presence("north-tracker-1", online=False, battery=50)
    signed_in.until(lambda: "Offline" in signed_in.row("north-tracker-1"))


def test_what_events_say_while_a_list_loads_is_not_lost(signed_in: Client, clinic: Clinic) -> None:
    signed_in.wait_for_text("#live", "Live")
    signed_in.go_to("Members")
    clinic.held["/devices"] = threading.Event()
    clinic.requests.clear()
    signed_in.go_to("Devices")
    signed_in.until(lambda: ("GET", "/devices") in clinic.requests)
    clinic.set_presence("north-tracker-1", online=True, battery=50)
    signed_in.until(lambda: clinic.heard >= len(clinic.events))
    clinic.held["/devices"].set()
    signed_in.until(lambda: "Online" in signed_in.row("north-tracker-1"))


def test_devices_are_found_by_presence_and_by_text(signed_in: Client, clinic: Clinic) -> None:
    clinic.set_presence("north-tracker-2", online=True)
    signed_in.wait_for_rows("north-tracker-1", "north-tracker-2")
    signed_in.choose("online", "Online")
    signed_in.wait_for_rows("north-tracker-2")
    signed_in.choose("online", "All")
    signed_in.search("ada")
    signed_in.wait_for_rows("north-tracker-1")
    signed_in.search("-nobody")
    signed_in.wait_for_text(".state", "No device matches")


def test_a_long_list_is_loaded_page_by_page(signed_in: Client, clinic: Clinic) -> None:
    for number in range(60):
        clinic.add_device(f"tracker-{number:02}")
    signed_in.driver.refresh()
    signed_in.until(lambda: len(signed_in.rows()) == 50)
    signed_in.find(".more button").click()
    signed_in.until(lambda: len(signed_in.rows()) == 62)
    assert signed_in.find_all(".more button") == []


def test_a_list_that_cannot_be_loaded_says_why_and_can_be_tried_again(signed_in: Client, clinic: Clinic) -> None:
    signed_in.allowed += ("/api/members",)
    clinic.failing["/members"] = 503
    signed_in.go_to("Members")
    signed_in.wait_for_text("[role=alert]", "The members could not be loaded")
    assert "stub-correlation-1" in signed_in.find("[role=alert]").text
    del clinic.failing["/members"]
    signed_in.find("[role=alert] button").click()
    signed_in.wait_for_rows("member-ada", "member-ben")


def test_sessions_are_filtered_by_member_device_exercise_and_text(signed_in: Client, clinic: Clinic) -> None:
    _three_sessions(clinic)
    signed_in.go_to("Sessions")
    signed_in.until(lambda: len(signed_in.find_all("tbody tr")) == 3)
    signed_in.choose("member_id", "member-ada")
    signed_in.wait_for_rows("Deep squat", "Side lunge")
    signed_in.choose("exercise", "Side lunge")
    assert "1:05" in signed_in.wait_for_rows("Side lunge")["Side lunge"]
    signed_in.choose("device_id", "north-tracker-2")
    signed_in.wait_for_text(".state", "No session matches")
    signed_in.follow("Show all sessions")
    signed_in.until(lambda: len(signed_in.find_all("tbody tr")) == 3)
    signed_in.search("lunge")
    signed_in.wait_for_rows("Side lunge")


def test_sessions_are_in_the_order_of_their_ids_and_nothing_says_that_it_is_time(signed_in: Client, clinic: Clinic) -> None:
    _three_sessions(clinic)
    signed_in.go_to("Sessions")
    signed_in.until(lambda: len(signed_in.find_all("tbody tr")) == 3)
    assert [row.get_attribute("data-key") for row in signed_in.find_all("tbody tr")] == ["s-2", "s-1", "s-0"]
    assert signed_in.find("caption").get_property("textContent") == "Sessions"


def test_filters_are_in_the_address_so_that_a_reload_keeps_them(signed_in: Client, clinic: Clinic) -> None:
    _three_sessions(clinic)
    signed_in.go_to("Members")
    signed_in.follow("member-ben")
    signed_in.wait_for_rows("Deep squat")
    signed_in.driver.refresh()
    signed_in.wait_for_rows("Deep squat")
    assert signed_in.find("select[name=member_id]").get_property("value") == "member-ben"


def test_a_session_that_begins_appears_by_itself_and_its_end_is_seen(signed_in: Client, clinic: Clinic) -> None:
    signed_in.go_to("Sessions")
    signed_in.wait_for_text(".state", "No sessions yet")
    signed_in.wait_for_text("#live", "Live")
    clinic.add_session("s-new", member_id="member-ada", exercise="deep_squat", started_at=iso(int(time.time() * 1000)))
    clinic.add_values("s-new", "north-tracker-1", int(time.time() * 1000), {"knee_flexion_left": [1.0, 2.0]})
    signed_in.until(lambda: "Running" in signed_in.row("Deep squat"))
    clinic.change_session("s-new", ended_at=iso(int(time.time() * 1000)))
    signed_in.until(lambda: "Ended" in signed_in.row("Deep squat"))


def test_what_was_missed_while_events_were_refused_is_loaded_afterwards(signed_in: Client, clinic: Clinic) -> None:
    signed_in.row("north-tracker-1")
    signed_in.wait_for_text("#live", "Live")
    clinic.failing["/events"] = 503
    signed_in.wait_for_text("#live", "Reconnecting")
    clinic.set_presence("north-tracker-1", online=True)
    clinic.events.clear()
    del clinic.failing["/events"]
    signed_in.until(lambda: "Online" in signed_in.row("north-tracker-1"))
    signed_in.wait_for_text("#live", "Live")
