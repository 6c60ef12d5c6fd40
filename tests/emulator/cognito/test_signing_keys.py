"""The keys that sign: one an installation, changed in time, and published for as long as verifiers need them."""

from pathlib import Path

import pytest
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from emulator.cognito.signing_keys import SigningKeys
from tests.emulator.cognito.people import Clock


@pytest.fixture
def keys(tmp_path: Path, clock: Clock) -> SigningKeys:
    return SigningKeys(tmp_path / "cognito.key", clock)


def _kids(keys: SigningKeys) -> list[str | None]:
    return [key.kid for key in keys.published().keys]


def _signed(keys: SigningKeys) -> str:
    key = keys.current()
    return jwt.encode({"alg": "RS256", "kid": key.kid}, {"sub": "anna"}, key)


def test_the_key_is_a_2048_bit_one_named_by_its_thumbprint(keys: SigningKeys) -> None:
    key = keys.current()
    assert key.kid == key.thumbprint()
    assert key.raw_value.key_size == 2048


def test_only_its_owner_reads_the_file(keys: SigningKeys, tmp_path: Path) -> None:
    keys.current()
    assert (tmp_path / "cognito.key").stat().st_mode & 0o777 == 0o600


def test_a_restart_finds_the_same_key(keys: SigningKeys, tmp_path: Path, clock: Clock) -> None:
    token = _signed(keys)
    again = SigningKeys(tmp_path / "cognito.key", clock)
    assert jwt.decode(token, again.published(), algorithms=["RS256"]).claims == {"sub": "anna"}
    assert again.current().kid == keys.current().kid


def test_nothing_published_can_sign(keys: SigningKeys) -> None:
    assert all(set(key) == {"kty", "n", "e", "kid", "alg", "use"} for key in keys.published().as_dict(private=False)["keys"])
    assert not any(key.is_private for key in keys.published().keys)


def test_an_old_key_signs_no_more_and_is_published_for_another_day(keys: SigningKeys, tmp_path: Path, clock: Clock) -> None:
    old_token, old_kid = _signed(keys), keys.current().kid
    clock.turn(days=90)
    new_kid = keys.current().kid

    assert new_kid != old_kid
    assert _kids(keys) == [new_kid, old_kid]
    assert jwt.decode(old_token, keys.published(), algorithms=["RS256"]).claims == {"sub": "anna"}
    assert '"d"' in (tmp_path / "cognito.key").read_text()
    assert (tmp_path / "cognito.key").read_text().count('"d"') == 1

    clock.turn(days=1)
    assert _kids(keys) == [new_kid]
    with pytest.raises((JoseError, ValueError)):
        jwt.decode(old_token, KeySet(keys.published().keys), algorithms=["RS256"])
