"""How the platform is, without a session and without secrets."""

import threading
from collections.abc import Mapping
from contextlib import closing

from tests.fakes.front_end import World


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


def test_a_component_that_hangs_does_not_hang_the_answer() -> None:
    go_on = threading.Event()

    def hangs() -> Mapping[str, float]:
        go_on.wait(60)
        return {}

    with closing(World()) as world:
        world.checks["search"] = hangs

        reply = world.browser().ask("GET", "/health")
        go_on.set()

    assert [it["status"] for it in reply.json["components"]] == ["ok", "down"]
