"""Sessions that end before their tokens."""

import pytest

from chalicelib.domain.errors import UnavailableError
from chalicelib.security.principal import Principal, Role
from chalicelib.security.revocation import MAX_REMEMBERED, TRUSTED_FOR_MS, SessionCheck
from tests.fakes.identity import FakeRevokedSessions
from tests.fakes.ingest import FakeClock


def _principal(session_key: str = "s-1") -> Principal:
    return Principal("u-1", "t@example.org", Role.THERAPIST, "clinic-north", session_key, 0)


class World:
    """Two instances, what they share, and their clock."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.revoked = FakeRevokedSessions()
        self.here, self.there = (SessionCheck(self.revoked, self.clock) for _ in range(2))


@pytest.fixture
def world() -> World:
    return World()


def test_a_session_is_asked_for_once_in_a_while(world: World) -> None:
    for _ in range(3):
        assert world.here.is_live(_principal())
    assert world.revoked.asked == 1

    world.clock.time_ms += TRUSTED_FOR_MS
    assert world.here.is_live(_principal())
    assert world.revoked.asked == 2


def test_an_ended_session_ends_here_at_once_and_everywhere_within_five_seconds(world: World) -> None:
    assert world.here.is_live(_principal())
    assert world.there.is_live(_principal())

    world.here.end(_principal())

    assert not world.here.is_live(_principal())
    world.clock.time_ms += 5000
    assert not world.there.is_live(_principal())
    assert world.there.is_live(_principal("s-2"))


def test_an_ended_session_stays_ended(world: World) -> None:
    world.here.end(_principal())

    world.clock.time_ms += 30 * 24 * 3600 * 1000
    world.here.end(_principal("s-2"))

    assert not world.here.is_live(_principal())


def test_a_clock_that_is_set_back_trusts_nobody_longer(world: World) -> None:
    world.here.is_live(_principal())
    world.there.end(_principal())
    world.clock.time_ms -= 3600 * 1000

    assert not world.here.is_live(_principal())


def test_without_an_answer_there_is_no_entry(world: World) -> None:
    world.revoked.error = UnavailableError("down")

    with pytest.raises(UnavailableError):
        world.here.is_live(_principal())
    with pytest.raises(UnavailableError):
        world.here.end(_principal())


def test_only_so_many_sessions_are_remembered(world: World) -> None:
    for number in range(MAX_REMEMBERED + 1):
        world.here.is_live(_principal(f"s-{number}"))
    asked = world.revoked.asked

    world.here.is_live(_principal(f"s-{MAX_REMEMBERED}"))
    world.here.is_live(_principal("s-0"))

    assert world.revoked.asked == asked + 1
