"""What every `RevokedSessions` and `SignInAttempts` promises: the fakes, and MySQL on a real server."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from chalicelib.adapters.mysql import MySqlDatabase
from chalicelib.adapters.mysql_sessions_of_people import MySqlRevokedSessions, MySqlSignInAttempts
from chalicelib.security.ports import RevokedSessions, SignInAttempts
from tests.fakes.identity import FakeRevokedSessions, FakeSignInAttempts

KEY, OTHER = "a" * 64, "b" * 64


@pytest.fixture(params=["fake", "mysql"])
def revoked(request: pytest.FixtureRequest) -> RevokedSessions:
    if request.param == "fake":
        return FakeRevokedSessions()
    return MySqlRevokedSessions(request.getfixturevalue("database"))


@pytest.fixture(params=["fake", "mysql"])
def attempts(request: pytest.FixtureRequest) -> SignInAttempts:
    if request.param == "fake":
        return FakeSignInAttempts()
    return MySqlSignInAttempts(request.getfixturevalue("database"))


def test_an_ended_session_is_known_and_no_other(revoked: RevokedSessions) -> None:
    revoked.add("s-1", at_ms=10, until_ms=20)

    assert [revoked.holds(it) for it in ("s-1", "S-1", "s-2", "")] == [True, False, False, False]


def test_ending_again_never_shortens_the_end(revoked: RevokedSessions) -> None:
    revoked.add("s-1", at_ms=10, until_ms=100)
    revoked.add("s-1", at_ms=11, until_ms=50)
    revoked.add("s-2", at_ms=60, until_ms=100)

    assert revoked.holds("s-1")


def test_what_ran_out_may_go_and_nothing_else(revoked: RevokedSessions) -> None:
    revoked.add("s-1", at_ms=10, until_ms=20)
    revoked.add("s-2", at_ms=20, until_ms=40)
    assert revoked.holds("s-1")

    revoked.add("s-3", at_ms=21, until_ms=50)
    assert [revoked.holds(it) for it in ("s-1", "s-2", "s-3")] == [False, True, True]


def test_attempts_are_counted_by_key_since_an_instant(attempts: SignInAttempts) -> None:
    for at_ms in (10, 20, 20, 30):
        attempts.add([KEY], at_ms, 0)
    attempts.add([KEY, OTHER], 40, 0)

    assert attempts.counts([KEY, OTHER, "c" * 64], 20) == {KEY: 4, OTHER: 1, "c" * 64: 0}


def test_attempts_of_one_key_are_forgotten_alone(attempts: SignInAttempts) -> None:
    attempts.add([KEY, OTHER], 10, 0)

    attempts.forget(KEY)

    assert attempts.counts([KEY, OTHER], 0) == {KEY: 0, OTHER: 1}


def test_old_attempts_make_room(attempts: SignInAttempts) -> None:
    attempts.add([KEY], 10, 0)
    attempts.add([KEY], 20, 20)

    assert attempts.counts([KEY], 0) == {KEY: 1}


def test_a_connection_serves_many_threads(database: MySqlDatabase) -> None:
    attempts, revoked = MySqlSignInAttempts(database), MySqlRevokedSessions(database)
    with ThreadPoolExecutor(8) as executor:
        for number in range(80):
            executor.submit(attempts.add, [KEY], number, 0)

    assert attempts.counts([KEY], 0) == {KEY: 80}
    assert not revoked.holds("s-1")
