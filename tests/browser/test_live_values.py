"""A running session's values: those that come late are shown too, and nothing is asked for that nobody looks at or that is known."""

import time
from collections import Counter

import pytest

from tests.browser import chromium
from tests.browser.clinic import Clinic, iso
from tests.browser.pages import Client

_DEVICE, _KNEE, _HIP = "north-tracker-1", "knee_flexion_left", "hip_flexion_left"
_SEEN = "Object.defineProperty(document, 'hidden', {configurable: true, get: () => arguments[0]});"
_SEEN += "document.dispatchEvent(new Event('visibilitychange'));"


@pytest.fixture
def started_ms(clinic: Clinic) -> int:
    """When the session `s-1` began, which has two minutes of values of two joints."""
    now = int(time.time() * 1000)
    clinic.add_session("s-1", member_id="member-ada", exercise="deep_squat", started_at=iso(now))
    for first_ms in (now, now + 120_000):
        clinic.add_values("s-1", _DEVICE, first_ms, {_KNEE: [10.0, 20.0], _HIP: [30.0, 40.0]})
    return now


@pytest.fixture
def page(signed_in: Client, clinic: Clinic, started_ms: int) -> Client:
    """The session's page, at rest."""
    signed_in.open("#/sessions/s-1")
    signed_in.wait_for("figure")
    signed_in.wait_for_text("#live", "Live")
    clinic.series_asked.clear()
    return signed_in


def _range(page: Client, metric: str) -> str:
    return page.find(f"tr[data-metric={metric}]").text


def _hears(page: Client, clinic: Clinic) -> None:
    """Wait until the page shows what the last event said."""
    page.until(lambda: page.find("#value-count").text == str(clinic.sessions["s-1"]["value_count"]))


@pytest.mark.parametrize("behind_ms", [5_000, 90_000], ids=["a little", "long"])
def test_values_behind_later_ones_are_shown_while_the_session_runs(page: Client, clinic: Clinic, started_ms: int, behind_ms: int) -> None:
    clinic.add_values("s-1", _DEVICE, started_ms + 120_000 - behind_ms, {_KNEE: [99.0]})
    page.until(lambda: "99.0°" in _range(page, _KNEE))
    assert page.find(".badge").text == "Running"
    assert page.latest(_KNEE) == "20.0°"
    assert ((_KNEE, iso(started_ms)) in clinic.series_asked) == (behind_ms == 90_000)


def test_values_from_before_the_first_are_shown(page: Client, clinic: Clinic, started_ms: int) -> None:
    clinic.add_values("s-1", _DEVICE, started_ms - 60_000, {_HIP: [-7.0]})
    page.until(lambda: "-7.0°" in _range(page, _HIP))


def test_values_that_came_in_order_are_not_asked_for_again(page: Client, clinic: Clinic, started_ms: int) -> None:
    clinic.add_values("s-1", _DEVICE, started_ms + 120_200, {_KNEE: [50.0], _HIP: [60.0]})
    page.until(lambda: (page.latest(_KNEE), page.latest(_HIP)) == ("50.0°", "60.0°"))
    clinic.add_values("s-1", _DEVICE, started_ms + 120_300, {_KNEE: [51.0], _HIP: [61.0]})
    page.until(lambda: (page.latest(_KNEE), page.latest(_HIP)) == ("51.0°", "61.0°"))
    assert min(since for _, since in clinic.series_asked) > iso(started_ms + 100_000)


def test_values_that_the_api_does_not_give_are_looked_for_once(page: Client, clinic: Clinic, started_ms: int) -> None:
    def from_the_start() -> int:
        return clinic.series_asked.count((_KNEE, iso(started_ms)))

    clinic.change_session("s-1", value_count=100)
    page.until(lambda: from_the_start() == 1)
    for value in (50.0, 51.0):  # as many rounds as it takes for a second search to begin
        clinic.series_asked.clear()
        clinic.add_values("s-1", _DEVICE, started_ms + int(120_000 + 10 * value), {_KNEE: [value]})
        page.until(lambda: any(since < iso(started_ms + 110_000) for _, since in clinic.series_asked))
        assert from_the_start() == 0


def test_after_its_end_a_session_is_asked_for_what_is_new_and_nothing_else(page: Client, clinic: Clinic, started_ms: int) -> None:
    clinic.change_session("s-1", ended_at=iso(started_ms + 121_000))
    page.until(lambda: {(_KNEE, iso(started_ms)), (_HIP, iso(started_ms))} <= set(clinic.series_asked))
    clinic.series_asked.clear()
    for place in range(40):  # browsers come back after 50 ms: rounds of a page that asks would have their turn
        clinic.change_session("s-1", exercise=f"lunge_{place}")
        page.wait_for_text("h1", f"Lunge {place}")
    assert clinic.series_asked == []
    clinic.add_values("s-1", _DEVICE, started_ms + 60_000, {_KNEE: [99.0]})
    page.until(lambda: "99.0°" in _range(page, _KNEE))


def test_a_page_that_nobody_sees_asks_for_nothing_and_then_for_all_at_once(page: Client, clinic: Clinic, started_ms: int) -> None:
    page.driver.execute_script(_SEEN, True)
    for place in range(3):
        clinic.add_values("s-1", _DEVICE, started_ms + 121_000 + 100 * place, {_KNEE: [50.0 + place], _HIP: [60.0 + place]})
        _hears(page, clinic)
    assert clinic.series_asked == []
    page.driver.execute_script(_SEEN, False)
    page.until(lambda: (page.latest(_KNEE), page.latest(_HIP)) == ("52.0°", "62.0°"))
    assert Counter(metric for metric, _ in clinic.series_asked) == {_KNEE: 1, _HIP: 1}


def test_charts_out_of_view_are_asked_for_less_often_and_are_not_forgotten(page: Client, clinic: Clinic, started_ms: int) -> None:
    chromium.resize(page.driver, (600, 560))  # one chart under the other
    page.driver.execute_script("document.querySelector('figure[data-joint=hip_flexion]').style.marginBottom = '100vh'")
    page.driver.execute_script("document.querySelector('figure[data-joint=knee_flexion]').scrollIntoView()")
    place = 0

    def asked_more_often() -> bool:
        nonlocal place
        place += 1
        clinic.add_values("s-1", _DEVICE, started_ms + 121_000 + 100 * place, {_KNEE: [50.0 + place], _HIP: [60.0 + place]})
        page.until(lambda: page.latest(_KNEE) == f"{50.0 + place}°")
        asked = Counter(metric for metric, _ in clinic.series_asked)
        return asked[_KNEE] > asked[_HIP] + 2

    page.until(asked_more_often)
    page.until(lambda: page.latest(_HIP) == f"{60.0 + place}°")
