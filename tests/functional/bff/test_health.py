"""How the platform is, without a session and without secrets."""

import threading
import time
from collections.abc import Mapping
from contextlib import closing

from tests.fakes.front_end import FakeLog, World


def test_all_is_well(world: World) -> None:
    world.checks["changes"] = lambda: {"open_shards": 3.0}

    reply = world.browser().ask("GET", "/health")

    assert (reply.status, reply.json) == (
        200,
        {
            "status": "ok",
            "components": [
                {"name": "database", "status": "ok", "figures": {}},
                {"name": "changes", "status": "ok", "figures": {"open_shards": 3.0}},
            ],
        },
    )


def test_a_component_that_fails_is_named_without_why(world: World) -> None:
    def broken() -> Mapping[str, float]:
        raise RuntimeError("password=s3cret")

    world.checks["search"] = broken

    reply = world.browser().ask("GET", "/health")

    assert (reply.status, reply.json["status"]) == (503, "degraded")
    assert reply.json["components"][1] == {"name": "search", "status": "down", "figures": {}}
    assert "s3cret" not in reply.text
    assert "A component is not well" in {message for _, message, _ in world.log.lines}


def test_components_are_asked_again_after_a_while_and_not_before(world: World) -> None:
    asked: list[int] = []
    world.checks["database"] = lambda: asked.append(1) or {}  # type: ignore[func-returns-value]
    browser = world.browser()

    for _ in range(3):
        browser.ask("GET", "/health")
    assert len(asked) == 1

    world.clock.time_ms += 5000
    browser.ask("GET", "/health")
    assert len(asked) == 2


class TellingLog(FakeLog):
    """Tells when it is warned."""

    def __init__(self) -> None:
        super().__init__()
        self.warned = threading.Event()

    def warning(self, message: object, /, *, extra: Mapping[str, object]) -> None:
        """See the port."""
        super().warning(message, extra=extra)
        self.warned.set()


def test_components_that_hang_have_one_deadline_together() -> None:
    """The second would be well in time if it had a deadline of its own that began when the first one's ended."""
    with closing(World()) as world:
        log = world.log = TellingLog()
        world.checks["search"] = world.checks["changes"] = lambda: {"waited": float(log.warned.wait(60))}

        reply = world.browser().ask("GET", "/health")

    assert [it["status"] for it in reply.json["components"]] == ["ok", "down", "down"]


def test_a_component_that_hangs_is_not_asked_again_until_it_answered() -> None:
    asked: list[int] = []
    go_on = threading.Event()

    def hangs() -> Mapping[str, float]:
        asked.append(1)
        go_on.wait(60)
        return {}

    with closing(World()) as world:
        world.checks["search"] = hangs
        browser = world.browser()
        statuses = []
        for _ in range(3):
            statuses.append(browser.ask("GET", "/health").json["components"][1]["status"])
            world.clock.time_ms += 5000
        assert (statuses, len(asked)) == (["down"] * 3, 1)

        go_on.set()
        deadline = time.monotonic() + 30
        while browser.ask("GET", "/health").status != 200:
            assert time.monotonic() < deadline
            world.clock.time_ms += 5000

    assert len(asked) == 2
