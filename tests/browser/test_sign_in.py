"""Signing in and out: what somebody sees, and what no script may see."""

from tests.browser.clinic import OPERATOR, PASSWORD, THERAPIST, Clinic
from tests.browser.pages import Client


def test_a_therapist_signs_in_and_sees_the_clinics_devices(client: Client) -> None:
    client.sign_in(THERAPIST.email, PASSWORD)
    client.wait_for_rows("north-tracker-1", "north-tracker-2")
    assert client.find("#who").text == THERAPIST.email


def test_a_wrong_password_is_told_and_can_be_corrected(client: Client) -> None:
    client.sign_in(THERAPIST.email, "wrong")
    client.wait_for_text(".problem", "not right")
    client.sign_in(THERAPIST.email, PASSWORD)
    client.wait_for_rows("north-tracker-1", "north-tracker-2")


def test_after_too_many_attempts_it_says_how_long_to_wait(client: Client, clinic: Clinic) -> None:
    clinic.refuse_sign_in_for_s = 45
    client.sign_in(THERAPIST.email, PASSWORD)
    client.wait_for_text(".problem", "Wait 45 seconds")


def test_when_the_api_is_down_the_start_says_so_and_can_be_tried_again(client: Client, clinic: Clinic) -> None:
    clinic.failing["/session"] = 503
    client.open()
    client.driver.refresh()
    client.wait_for_text("[role=alert]", "Gonio could not be opened")
    del clinic.failing["/session"]
    client.find("[role=alert] button").click()
    client.wait_for("input[name=password]")


def test_the_session_outlives_a_reload_and_no_script_can_read_it(signed_in: Client) -> None:
    signed_in.driver.refresh()
    signed_in.wait_for_rows("north-tracker-1", "north-tracker-2")
    kept = [(cookie["name"], cookie["httpOnly"], cookie["secure"], cookie["sameSite"]) for cookie in signed_in.driver.get_cookies()]
    assert sorted(kept) == [("__Host-gonio", True, True, "Strict"), ("__Host-gonio-refresh", True, True, "Strict")]
    assert signed_in.driver.execute_script("return document.cookie + JSON.stringify({...localStorage, ...sessionStorage})") == "{}"


def test_signing_out_clears_the_page_the_cookie_and_the_way_back(signed_in: Client, clinic: Clinic) -> None:
    signed_in.go_to("Members")
    signed_in.row("member-ada")
    signed_in.sign_out()
    assert len(clinic.sign_ins) == 0
    assert signed_in.driver.get_cookies() == []
    signed_in.driver.back()
    signed_in.wait_for("input[name=password]")
    assert "member-ada" not in signed_in.driver.page_source


def test_signing_out_in_one_tab_signs_out_the_other(signed_in: Client) -> None:
    first = signed_in.driver.current_window_handle
    signed_in.driver.switch_to.new_window("tab")
    signed_in.open()
    signed_in.row("north-tracker-1")
    signed_in.sign_out()
    signed_in.driver.switch_to.window(first)
    signed_in.wait_for("input[name=password]")
    assert signed_in.rows() == {}


def test_a_session_that_was_ended_elsewhere_leads_to_the_sign_in_with_a_word_why(signed_in: Client, clinic: Clinic) -> None:
    signed_in.row("north-tracker-1")
    clinic.end_sessions()
    signed_in.wait_for_text(".notice", "Your session has ended")


def test_a_session_is_refreshed_before_its_end(client: Client, clinic: Clinic) -> None:
    clinic.lives_for_s = 4
    client.sign_in(THERAPIST.email, PASSWORD)
    client.until(lambda: ("POST", "/session/refresh") in clinic.requests)
    client.wait_for_rows("north-tracker-1", "north-tracker-2")


def test_an_operator_sees_devices_and_nothing_of_what_members_do(client: Client, clinic: Clinic) -> None:
    client.sign_in(OPERATOR.email, PASSWORD)
    assert "clinic-north" in client.row("north-tracker-1")
    assert [link.text for link in client.find_all("nav a")] == ["Devices"]
    client.open("#/sessions")
    client.row("north-tracker-1")
    assert not any("/sessions" in path or "/members" in path for _, path in clinic.requests)
