"""The page as such: by keyboard, light and dark, on a tablet, for those who see little, and whatever text comes."""

import re
import time

import pytest
from selenium.webdriver.common.keys import Keys

from tests.browser import chromium
from tests.browser.clinic import PASSWORD, THERAPIST, Clinic, iso
from tests.browser.pages import Client

_ADDRESSES = ("#/devices", "#/devices/north-tracker-1", "#/sessions", "#/sessions/s-1", "#/members")
_AA_TEXT, _AA_SHAPES = 4.5, 3.0
_TEXT = [
    ("--ink", "--page"),
    ("--ink", "--surface"),
    ("--ink", "--sunken"),
    ("--ink", "--bad-soft"),
    ("--ink-soft", "--page"),
    ("--ink-soft", "--surface"),
    ("--ink-soft", "--sunken"),
    ("--accent", "--page"),
    ("--accent", "--surface"),
    ("--accent", "--sunken"),
    ("--on-accent", "--accent"),
    ("--on-accent", "--accent-strong"),
    ("--good", "--surface"),
    ("--good", "--good-soft"),
    ("--warn", "--surface"),
    ("--warn", "--warn-soft"),
    ("--bad", "--surface"),
]
_SHAPES = [("--edge", "--surface"), ("--focus", "--page"), ("--focus", "--surface")]
_SHAPES += [(f"--joint-{joint}-{side}", "--surface") for joint in (1, 2, 3, 4) for side in ("left", "right")]


@pytest.fixture
def filled(clinic: Clinic) -> Clinic:
    """A clinic with something on each page."""
    now = int(time.time() * 1000)
    clinic.set_presence("north-tracker-1", online=True, battery=12)
    clinic.add_session("s-1", member_id="member-ada", exercise="standing_shoulder_abduction", started_at=iso(now))
    clinic.add_values("s-1", "north-tracker-1", now, {"knee_flexion_left": [1.0, 50.0, 3.0], "knee_flexion_right": [2.0, 60.0, 4.0]})
    return clinic


@pytest.fixture
def full(filled: Clinic, signed_in: Client) -> Client:
    """Its page, opened once everything was there: no event moves it."""
    assert filled.sessions
    return signed_in


def test_everything_is_reached_without_a_mouse(client: Client, clinic: Clinic) -> None:
    now = int(time.time() * 1000)
    clinic.add_session("s-1", member_id="member-ada", exercise="deep_squat", started_at=iso(now))
    clinic.add_values("s-1", "north-tracker-1", now, {"knee_flexion_left": [10.0, 20.0]})
    client.wait_for("input[name=email]")
    client.press(THERAPIST.email, Keys.TAB, PASSWORD, Keys.ENTER)
    client.row("north-tracker-1")
    client.tab_to('nav a[href="#/sessions"]').send_keys(Keys.ENTER)
    client.row("Deep squat")
    client.tab_to("tbody a").send_keys(Keys.ENTER)
    client.wait_for("figure[data-joint=knee_flexion]")
    client.tab_to("input[name=window]").send_keys(Keys.ARROW_RIGHT)
    client.tab_to(".legend-entry").send_keys(Keys.SPACE)
    client.tab_to(".plot").send_keys(Keys.HOME)
    client.until(lambda: client.read_out("knee_flexion") == ["Left 10.0°"])
    client.find("#sign-out").send_keys(Keys.ENTER)
    client.wait_for("input[name=password]")


def test_the_skip_link_leads_past_the_navigation(full: Client) -> None:
    full.row("north-tracker-1")
    full.driver.execute_script("document.activeElement.blur()")
    full.tab_to(".skip-link", most=20).send_keys(Keys.ENTER)
    assert full.driver.switch_to.active_element.get_attribute("id") == "content"
    full.row("north-tracker-1")


def test_a_step_to_another_page_takes_keyboard_and_title_along(full: Client) -> None:
    full.go_to("Members")
    full.row("member-ada")
    assert full.driver.title == "Members · Gonio"
    assert full.driver.switch_to.active_element.get_attribute("id") == "content"
    assert full.find("nav a[aria-current=page]").text == "Members"


def test_a_row_that_changes_keeps_the_keyboard_where_it_was(full: Client, clinic: Clinic) -> None:
    full.row("north-tracker-1")
    full.wait_for_text("#live", "Live")
    full.tab_to("tbody a")
    clinic.set_presence("north-tracker-1", online=False, battery=11)
    full.until(lambda: "11 %" in full.row("north-tracker-1"))
    assert full.driver.switch_to.active_element.text == "north-tracker-1"


def test_every_focus_is_to_be_seen(full: Client) -> None:
    full.row("north-tracker-1")
    full.tab_to("tbody a")
    outline = full.driver.switch_to.active_element.value_of_css_property("outline-width")
    assert int(re.sub(r"\D", "", outline)) >= 2


def test_dark_follows_the_system_and_the_choice_is_kept(full: Client) -> None:
    chromium.prefer(full.driver, color_scheme="light")
    light = full.find("body").value_of_css_property("color")
    chromium.prefer(full.driver, color_scheme="dark")
    full.until(lambda: full.find("body").value_of_css_property("color") != light)
    full.until(lambda: full.find("#theme").get_attribute("aria-pressed") == "true")
    full.find("#theme").click()
    full.driver.refresh()
    full.row("north-tracker-1")
    assert full.find("body").value_of_css_property("color") == light
    assert full.find("#theme").get_attribute("aria-pressed") == "false"


@pytest.mark.parametrize("size", [chromium.PORTRAIT, chromium.LANDSCAPE], ids=["portrait", "landscape"])
def test_no_page_is_wider_than_a_tablet(full: Client, size: tuple[int, int]) -> None:
    chromium.resize(full.driver, size)
    for address in _ADDRESSES:
        full.open(address)
        full.wait_for("tbody tr")
        assert (address, full.overflow()) == (address, 0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_have_the_contrast_of_wcag_aa(client: Client, scheme: str) -> None:
    chromium.prefer(client.driver, color_scheme=scheme)
    pairs = [(pair, _AA_TEXT) for pair in _TEXT] + [(pair, _AA_SHAPES) for pair in _SHAPES]
    low = [(pair, round(ratio, 2)) for pair, least in pairs if (ratio := _contrast(client, *pair)) < least]
    assert low == []


def test_nothing_moves_for_those_who_asked_for_that(client: Client) -> None:
    script = """
        const spinner = document.createElement("span");
        spinner.className = "spinner";
        document.body.append(spinner);
        return getComputedStyle(spinner).animationName;"""
    assert client.driver.execute_script(script) == "turn"
    chromium.prefer(client.driver, reduced_motion="reduce")
    assert client.driver.execute_script(script) == "none"


def test_landmarks_and_labels_are_there(full: Client) -> None:
    full.row("north-tracker-1")
    assert [len(full.find_all(landmark)) for landmark in ("header", "nav[aria-label]", "main", "h1", "[role=search]")] == [1] * 5
    for address in _ADDRESSES:
        full.open(address)
        full.wait_for("tbody tr")
        unnamed = [one.get_attribute("outerHTML") for one in full.find_all("a, button, input, select, .plot") if not one.accessible_name]
        assert unnamed == []


def test_text_that_looks_like_markup_stays_text(signed_in: Client, clinic: Clinic) -> None:
    hostile = '<img src=x onerror="document.title=1">'
    clinic.add_session("s-1", member_id=hostile, exercise=hostile, device_ids=[], started_at=iso(int(time.time() * 1000)))
    signed_in.go_to("Sessions")
    assert hostile in signed_in.row(hostile)
    assert signed_in.find_all("main img") == []


def test_the_policy_lets_no_markup_and_no_inline_script_through(signed_in: Client) -> None:
    signed_in.allowed += ("Content Security Policy", "TrustedHTML", "TrustedScript")
    script = "try { document.querySelector('main').innerHTML = '<b>x</b>'; return 'taken' } catch (error) { return error.name }"
    assert signed_in.driver.execute_script(script) == "TypeError"


def _contrast(client: Client, *tokens: str) -> float:
    """The contrast ratio of two of the design's tokens, as WCAG 2 defines it."""
    script = "const [tokens, done] = arguments; import('/app/theme.js').then(({ colour }) => done(tokens.map(colour)));"
    colours = client.driver.execute_async_script(script, list(tokens))
    brighter, darker = sorted((_luminance(colour) for colour in colours), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    red, green, blue = (channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4 for channel in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
