"""A session whose ID token has ended goes on by its refresh token: renewed once, and nobody notices."""

import threading

import pytest

from tests.browser.clinic import Clinic
from tests.browser.pages import Client

_REFRESH = ("POST", "/session/refresh")


@pytest.fixture
def awake(signed_in: Client) -> Client:
    """A page that shows the devices and hears events; its console may tell of refused requests."""
    signed_in.allowed += ("status of 401",)
    signed_in.row("north-tracker-1")
    signed_in.wait_for_text("#live", "Live")
    return signed_in


def _hears_events(client: Client, clinic: Clinic) -> None:
    clinic.set_presence("north-tracker-1", online=True)
    client.until(lambda: "Online" in client.row("north-tracker-1"))


def test_a_page_that_slept_over_the_end_goes_on(awake: Client, clinic: Clinic) -> None:
    clinic.let_tokens_end()
    _hears_events(awake, clinic)
    assert clinic.asked(*_REFRESH) == 1
    assert awake.find_all(".notice") == []


def test_a_page_that_is_loaded_after_the_end_is_signed_in(awake: Client, clinic: Clinic) -> None:
    awake.driver.get("about:blank")
    clinic.let_tokens_end()
    awake.open()
    awake.wait_for_rows("north-tracker-1", "north-tracker-2")
    assert clinic.asked(*_REFRESH) == 1


def test_many_requests_and_tabs_at_once_renew_once(awake: Client, clinic: Clinic) -> None:
    first = awake.driver.current_window_handle
    awake.driver.switch_to.new_window("tab")
    awake.open()
    awake.row("north-tracker-1")
    awake.wait_for_text("#live", "Live")
    clinic.add_session("s-1", exercise="deep_squat", member_id="member-ada")
    clinic.held[_REFRESH[1]] = threading.Event()
    clinic.requests.clear()
    clinic.let_tokens_end()
    awake.go_to("Sessions")
    awake.until(
        lambda: all(clinic.asked("GET", path) for path in ("/sessions", "/members", "/devices")) and clinic.asked("GET", "/events") >= 2
    )
    clinic.held[_REFRESH[1]].set()
    awake.row("Deep squat")
    awake.choose("member_id", "member-ada")
    awake.choose("device_id", "north-tracker-1")
    awake.driver.switch_to.window(first)
    _hears_events(awake, clinic)
    assert clinic.asked(*_REFRESH) == 1


def test_a_refresh_that_is_refused_ends_the_session_with_a_word_why(awake: Client, clinic: Clinic) -> None:
    clinic.refuses_refresh = True
    clinic.let_tokens_end()
    awake.wait_for_text(".notice", "Your session has ended")
    clinic.requests.clear()
    awake.driver.refresh()
    awake.wait_for_text(".notice", "Your session has ended")
    assert clinic.asked(*_REFRESH) == 1


def test_an_api_that_cannot_renew_now_ends_no_session(awake: Client, clinic: Clinic) -> None:
    clinic.failing["/session/refresh"] = 503
    clinic.let_tokens_end()
    awake.go_to("Members")
    awake.wait_for_text("[role=alert]", "The members could not be loaded")
    del clinic.failing["/session/refresh"]
    awake.find("[role=alert] button").click()
    awake.wait_for_rows("member-ada", "member-ben")


def test_what_is_refused_even_after_renewal_is_asked_twice_and_no_more(awake: Client, clinic: Clinic) -> None:
    clinic.failing["/members"] = 401
    awake.go_to("Members")
    awake.wait_for_text(".notice", "Your session has ended")
    assert clinic.asked("GET", "/members") == 2


def test_a_browser_whose_clock_is_wrong_renews_nothing_before_its_time(awake: Client, clinic: Clinic) -> None:
    ahead = "const now = Date.now; Date.now = () => now() + 7_200_000;"
    awake.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": ahead})
    awake.driver.refresh()
    awake.row("north-tracker-1")
    assert clinic.asked(*_REFRESH) == 0
