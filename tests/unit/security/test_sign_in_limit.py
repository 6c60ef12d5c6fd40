"""The rate limit of sign-in."""

import pytest

from chalicelib.security.sign_in_limit import MAX_BY_ACCOUNT, MAX_BY_ADDRESS, MAX_BY_PAIR, WINDOW_MS, SignInLimit
from tests.fakes.identity import FakeSignInAttempts
from tests.fakes.ingest import FakeClock


class World:
    """A limit on fakes."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.attempts = FakeSignInAttempts()
        self.limit = SignInLimit(self.attempts, self.clock)

    def admitted(self, count: int, email: str = "a@example.org", address: str = "192.0.2.1") -> int:
        """How many of some attempts go on."""
        return sum(self.limit.admits(email, address) for _ in range(count))


@pytest.fixture
def world() -> World:
    return World()


def test_an_account_has_some_attempts_in_a_window_from_one_address(world: World) -> None:
    assert world.admitted(MAX_BY_PAIR + 20) == MAX_BY_PAIR


@pytest.mark.parametrize("addresses", [1, 9])
def test_nobody_elsewhere_keeps_an_accounts_owner_out(world: World, addresses: int) -> None:
    for number in range(addresses):
        world.admitted(3 * MAX_BY_ACCOUNT, address=f"198.51.100.{number}")

    assert world.admitted(1) == 1


def test_an_account_has_more_attempts_in_a_window_from_everywhere_together(world: World) -> None:
    admitted = sum(world.admitted(MAX_BY_PAIR, address=f"198.51.100.{number}") for number in range(20))

    assert admitted == MAX_BY_ACCOUNT
    assert world.admitted(1) == 0


def test_an_address_has_some_attempts_in_a_window_for_whomever(world: World) -> None:
    admitted = sum(world.admitted(1, email=f"{number}@example.org") for number in range(MAX_BY_ADDRESS + 20))

    assert admitted == MAX_BY_ADDRESS


def test_the_window_slides(world: World) -> None:
    world.admitted(MAX_BY_PAIR)
    world.clock.time_ms += WINDOW_MS

    assert world.admitted(1) == 0
    world.clock.time_ms += WINDOW_MS + 1
    assert world.admitted(1) == 1


def test_who_keeps_guessing_stays_out(world: World) -> None:
    world.admitted(MAX_BY_PAIR)
    for _ in range(4 * MAX_BY_PAIR):
        world.clock.time_ms += WINDOW_MS // (2 * MAX_BY_PAIR)
        assert world.admitted(1) == 0


def test_the_way_an_account_is_written_does_not_matter(world: World) -> None:
    assert world.admitted(6, "a@example.org") + world.admitted(6, " A@Example.ORG ") == MAX_BY_PAIR


def test_success_forgets_the_owners_attempts_there_and_no_others(world: World) -> None:
    for address in ("192.0.2.1", "192.0.2.2"):
        world.admitted(MAX_BY_PAIR, address=address)
    world.limit.succeeded(" A@example.org", "192.0.2.1")

    assert world.admitted(1, address="192.0.2.1") == 1
    assert world.admitted(1, address="192.0.2.2") == 0


def test_no_name_and_no_address_is_stored(world: World) -> None:
    world.admitted(1)

    assert all(len(key) == 64 and "@" not in key and "." not in key for key, _ in world.attempts.attempts)
