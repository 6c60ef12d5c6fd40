"""What a replay must bring, and what the demo says when it does not."""

from pathlib import Path
from typing import Any

import pytest

from launcher.demo import require_all
from launcher.errors import LauncherError
from launcher.measuring.arrival import Arrival, sent_by
from launcher.measuring.live import Liveness

LOG = Path("var/log/localstack.log")
LIVE = Liveness(1, 50.0, (1,), (1,), (1,))


def message(name: str, fault: str = "", handed_at: int | None = 1000) -> dict[str, Any]:
    return {"device": "d-1", "id": name, "fault": fault, "handed_at": handed_at}


SENT = sent_by([message("m-1", handed_at=1200), message("m-1", "duplicate"), message("m-2", "late"), message("x-1", "malformed:nan")])


def test_each_good_message_must_be_stored_and_each_malformed_one_set_aside() -> None:
    assert SENT.good == {("d-1", "m-1"), ("d-1", "m-2")}
    assert SENT.malformed == {("d-1", "x-1")}
    assert (SENT.begun_ms, SENT.devices) == (1000, ["d-1"])


def test_when_everything_arrived_there_is_nothing_to_say() -> None:
    found = Arrival(SENT, stored_messages=2, set_aside=1, values=480, missing_values=0, wrong_values=0)
    assert found.shortfalls == []
    require_all(found, LIVE, LOG)


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (Arrival(SENT, 1, 1, 480, 0, 0), "1 of 2 messages are not stored"),
        (Arrival(SENT, 2, 0, 480, 0, 0), "1 of 1 malformed messages were not set aside"),
        (Arrival(SENT, 2, 1, 480, 30, 0), "30 of 480 values are missing"),
        (Arrival(SENT, 2, 1, 480, 0, 4), "4 values differ"),
    ],
)
def test_whatever_is_short_fails_the_demo_in_one_sentence(found: Arrival, said: str) -> None:
    with pytest.raises(LauncherError, match=rf"^demo: {said}[^,]*; look at {LOG}$"):
        require_all(found, LIVE, LOG)


def test_a_load_that_was_not_seen_whole_fails_the_demo() -> None:
    found = Arrival(SENT, 2, 1, 480, 0, 0)
    with pytest.raises(LauncherError, match="not every message of the load"):
        require_all(found, Liveness(2, 50.0, (1, 1), (1, 1), (1,)), LOG)
