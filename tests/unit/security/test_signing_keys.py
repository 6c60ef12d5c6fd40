"""The cache of the identity provider's public keys."""

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from chalicelib.domain.errors import UnavailableError
from chalicelib.security.signing_keys import ASKED_AT_MOST_EVERY_MS, STALE_AFTER_MS, CachedSigningKeys
from tests.fakes.identity import FakeSigningKeySource
from tests.fakes.ingest import FakeClock


class World:
    """A cache, its source and its clock."""

    def __init__(self) -> None:
        self.clock = FakeClock(0)
        self.source = FakeSigningKeySource()
        self.keys = CachedSigningKeys(self.source, self.clock)


@pytest.fixture
def world() -> World:
    return World()


def test_keys_are_fetched_once(world: World) -> None:
    assert world.keys.find("k1") is not None
    assert world.keys.find("k1") is not None
    assert world.source.fetched == 1


def test_unknown_keys_ask_again_only_now_and_then(world: World) -> None:
    world.keys.find("k1")
    for _ in range(10):
        assert world.keys.find("made-up") is None
    assert world.source.fetched == 1

    world.clock.time_ms += ASKED_AT_MOST_EVERY_MS
    assert world.keys.find("made-up") is None
    assert world.source.fetched == 2


def test_a_new_key_is_found_after_a_rotation(world: World) -> None:
    world.keys.find("k1")
    world.source.keys["k2"] = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    world.clock.time_ms += ASKED_AT_MOST_EVERY_MS

    assert world.keys.find("k2") is not None


def test_a_withdrawn_key_is_honoured_for_hours_not_for_good(world: World) -> None:
    world.keys.find("k1")
    world.source.keys.clear()

    world.clock.time_ms += STALE_AFTER_MS - 1
    assert world.keys.find("k1") is not None
    world.clock.time_ms += 1
    assert world.keys.find("k1") is None


@pytest.mark.parametrize("age_ms", [ASKED_AT_MOST_EVERY_MS, STALE_AFTER_MS, 10 * STALE_AFTER_MS])
def test_an_outage_of_the_provider_leaves_what_is_known(world: World, age_ms: int) -> None:
    world.keys.find("k1")
    world.source.error = UnavailableError("down")
    world.clock.time_ms += age_ms

    assert world.keys.find("k1") is not None
    assert world.keys.find("k2") is None


def test_a_provider_that_is_down_is_asked_only_now_and_then(world: World) -> None:
    world.keys.find("k1")
    world.source.error = UnavailableError("down")
    world.clock.time_ms += STALE_AFTER_MS
    for key_id in ("k1", "made-up", "k1", "made-up-2"):
        world.keys.find(key_id)
    assert world.source.fetched == 2

    world.clock.time_ms += ASKED_AT_MOST_EVERY_MS
    world.source.error = None
    world.source.keys["k2"] = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    assert world.keys.find("k2") is not None
    assert world.source.fetched == 3


def test_without_any_keys_nobody_is_told_to_be_a_stranger(world: World) -> None:
    world.source.error = UnavailableError("down")
    for _ in range(3):
        with pytest.raises(UnavailableError):
            world.keys.find("k1")
    assert world.source.fetched == 1

    world.source.error = None
    world.clock.time_ms += ASKED_AT_MOST_EVERY_MS
    assert world.keys.find("k1") is not None
