"""Verifying ID tokens: ours, untouched, in time, and nothing else."""

import base64
import json
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.errors import UnavailableError
from chalicelib.security.principal import Principal, Role
from chalicelib.security.signing_keys import CachedSigningKeys
from chalicelib.security.tokens import TokenVerifier
from tests.fakes.identity import CLIENT_ID, ISSUER, FakeSigningKeySource, claims, signed
from tests.fakes.ingest import FakeClock

NOW_S = 1_795_500_000
OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _verifier(source: FakeSigningKeySource | None = None, clock: FakeClock | None = None) -> TokenVerifier:
    clock = clock or FakeClock(NOW_S * 1000)
    return TokenVerifier(CachedSigningKeys(source or FakeSigningKeySource(), clock), clock, ISSUER, CLIENT_ID)


def test_a_token_of_ours_names_its_principal() -> None:
    principal = _verifier().verify(signed(claims(NOW_S)))

    assert principal == Principal(
        user_id="u-1",
        email="therapist@clinic-north.example",
        role=Role.THERAPIST,
        tenant_id="clinic-north",
        session_key="sign-in-1",
        expires_at_s=NOW_S + 900,
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://identity.example/other"},
        {"iss": None},
        {"aud": "other-client"},
        {"aud": None},
        {"token_use": "access"},
        {"token_use": None},
        {"origin_jti": None},
        {"origin_jti": "a b"},
        {"sub": None},
        {"sub": ""},
        {"exp": None},
        {"exp": NOW_S - 6},
        {"exp": str(NOW_S + 900)},
        {"exp": NOW_S + 0.5},
        {"iat": None},
        {"iat": NOW_S + 6},
        {"iat": "now"},
        {"email": None},
        {"cognito:groups": []},
        {"cognito:groups": ["therapist", "operator"]},
        {"cognito:groups": "therapist"},
        {"custom:tenant": None},
        {"custom:tenant": "a b"},
    ],
    ids=repr,
)
def test_a_claim_that_is_wrong_makes_a_token_worthless(changes: dict[str, Any]) -> None:
    assert _verifier().verify(signed(claims(NOW_S, **changes))) is None


@pytest.mark.parametrize("changes", [{"exp": NOW_S - 4}, {"iat": NOW_S + 4}], ids=repr)
def test_clocks_may_differ_by_a_little(changes: dict[str, Any]) -> None:
    assert _verifier().verify(signed(claims(NOW_S, **changes))) is not None


def test_a_token_that_ended_may_renew_or_end_its_session() -> None:
    token = signed(claims(NOW_S - 3600))

    assert _verifier().verify(token) is None
    assert _verifier().verify(token, may_have_ended=True) is not None
    assert _verifier().verify(signed(claims(NOW_S - 3600), key=OTHER_KEY), may_have_ended=True) is None


def test_an_operator_has_no_tenant() -> None:
    principal = _verifier().verify(signed(claims(NOW_S, **{"cognito:groups": ["operator", "staff"]})))

    assert principal is not None
    assert (principal.role, principal.tenant_id) == (Role.OPERATOR, None)


def test_a_signature_by_another_key_is_none() -> None:
    assert _verifier().verify(signed(claims(NOW_S), key=OTHER_KEY)) is None
    assert _verifier().verify(signed(claims(NOW_S), key=OTHER_KEY, key_id="k2")) is None


def test_no_algorithm_but_ours() -> None:
    source = FakeSigningKeySource()
    public = jwt.PyJWK(source.fetch()[0]).key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    unsigned = jwt.encode(claims(NOW_S), None, algorithm="none", headers={"kid": "k1"})  # type: ignore[arg-type]
    key = OTHER_KEY.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())

    assert _verifier().verify(unsigned) is None
    assert _verifier().verify(_hs256(claims(NOW_S), public)) is None
    assert _verifier().verify(jwt.encode(claims(NOW_S), key, algorithm="RS512", headers={"kid": "k1"})) is None


@pytest.mark.parametrize("headers", [{}, {"kid": 1}], ids=repr)
def test_a_token_must_name_its_key(headers: dict[str, Any]) -> None:
    signature = signed(claims(NOW_S)).rpartition(".")[2]
    content = f"{_part({'alg': 'RS256', **headers})}.{_part(claims(NOW_S))}.{signature}"

    assert _verifier().verify(content) is None


@given(st.text(max_size=60) | st.builds(lambda a, b, c: f"{a}.{b}.{c}", *[st.text("abcXYZ019-_=", max_size=20)] * 3))
def test_no_text_breaks_the_verifier(text: str) -> None:
    assert _verifier().verify(text) is None


@given(st.data())
def test_a_token_that_was_changed_anywhere_is_worthless(data: st.DataObject) -> None:
    token = signed(claims(NOW_S))
    head, payload, signature = token.split(".")
    content = json.loads(_decoded(payload))
    name = data.draw(st.sampled_from(sorted(content)))
    changed = {**content, name: data.draw(st.sampled_from(["x", ["operator"], 2**40]).filter(lambda it: it != content[name]))}

    assert _verifier().verify(f"{head}.{_part(changed)}.{signature}") is None


def test_a_token_that_fits_no_cookie_is_not_looked_at() -> None:
    source = FakeSigningKeySource()

    assert _verifier(source).verify(signed(claims(NOW_S, more="x" * 5000))) is None
    assert source.fetched == 0


def test_without_keys_nobody_knows() -> None:
    source = FakeSigningKeySource()
    source.error = UnavailableError("down")

    with pytest.raises(UnavailableError):
        _verifier(source).verify(signed(claims(NOW_S)))


def _hs256(content: dict[str, Any], secret: bytes) -> str:
    """Signed by HMAC with the public key as its secret; PyJWT itself refuses to make one."""
    signing_input = f"{_part({'alg': 'HS256', 'kid': 'k1'})}.{_part(content)}"
    signature = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256).sign(signing_input.encode(), secret)
    return f"{signing_input}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def _part(content: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
