"""The demo on the tests' instance: a therapist sees sessions grow meanwhile, and it ends with what arrived."""

import re
from collections import defaultdict

import pytest

from tests.e2e.browsing import Browser, browser
from tests.e2e.launching import launching
from tests.e2e.local_stack import LocalStack, until

NORTH = "therapist@clinic-north.example"


@pytest.mark.timeout(900)
def test_a_therapist_sees_sessions_grow_and_the_demo_ends_with_what_arrived(running: LocalStack) -> None:
    known = running.content
    with browser(running) as therapist:
        assert therapist.sign_in(NORTH).status_code == 200
        with launching("launcher", "demo", "--var", str(running.file.parent)) as demo:
            counts: dict[str, set[int]] = defaultdict(set)
            until(lambda: _has_grown(therapist, counts) or demo.poll() is not None, 240, "a session to grow")
            assert demo.poll() is None, demo.communicate()
            printed, complaints = demo.communicate(timeout=240)
    assert demo.returncode == 0, printed + complaints
    _assert_all_arrived(printed)
    assert f"sign in at {known['web_url']} as {NORTH}" in printed
    assert running.query("SELECT DISTINCT tenant_id FROM sessions WHERE session_id LIKE 'f-%%'") == [("load-test",)]


def _has_grown(therapist: Browser, counts: dict[str, set[int]]) -> bool:
    """Whether a session was seen with several counts of values. A service that is too busy to answer is asked again, as the page does."""
    answer = therapist.get("/sessions?limit=20")
    for session in answer.json()["items"] if answer.ok else []:
        counts[session["session_id"]].add(session["value_count"])
    return any(len(seen) >= 3 for seen in counts.values())


def _assert_all_arrived(printed: str) -> None:
    sent = re.search(r"^  published    (\d+) messages of 5 devices, (\d+) of them duplicates$", printed, re.MULTILINE)
    assert sent, printed
    messages, duplicates = (int(number) for number in sent.groups())
    assert f"\n  acknowledged {messages} (" in printed
    assert f"\n  stored       {messages - duplicates - 45} messages, " in printed
    assert "\n  poison       45 set aside of 45 sent malformed on purpose\n" in printed
    assert re.search(r"^  delay        .*: median \d+ ms, p95 \d+ ms, p99 \d+ ms$", printed, re.MULTILINE)
    assert "NOT SEEN" not in printed
    for name in ("stored", "searchable", "live event", "web client", "sign in", "API"):
        assert f"\n  {name} " in printed
