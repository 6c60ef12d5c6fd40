"""The front end's settings."""

import pytest

from chalicelib.config import BffSettings, read
from chalicelib.domain.errors import ConfigurationError

COMPLETE = {
    "GONIO_STAGE": "local",
    "GONIO_DATABASE_SECRET_ID": "gonio-local-database",
    "GONIO_CSRF_SECRET_ID": "gonio-local-csrf",
    "GONIO_USER_POOL_CLIENT_ID": "client",
    "GONIO_USER_POOL_ISSUER": "http://127.0.0.1:4566/eu-west-1_pool",
    "GONIO_WEB_ORIGIN": "https://localhost:8443",
    "GONIO_SEARCH_ENDPOINT": "http://127.0.0.1:9200",
    "GONIO_CHANGES_STREAM": "gonio-local-changes",
}


def test_what_is_optional_has_a_default() -> None:
    settings = read(BffSettings, COMPLETE)

    assert (settings.transport, settings.query_function, settings.forwarded_hops) == ("lambda", "", 0)


@pytest.mark.parametrize("name", COMPLETE)
def test_what_is_missing_is_named(name: str) -> None:
    with pytest.raises(ConfigurationError, match=f"^{name} is not set: "):
        read(BffSettings, {**COMPLETE, name: ""})


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("GONIO_USER_POOL_ISSUER", "http://127.0.0.1:4566"),
        ("GONIO_WEB_ORIGIN", "https://localhost:8443/"),
        ("GONIO_WEB_ORIGIN", "localhost:8443"),
        ("GONIO_SERVICE_TRANSPORT", "pigeon"),
        ("GONIO_FORWARDED_HOPS", "-1"),
        ("GONIO_FORWARDED_HOPS", "10"),
    ],
)
def test_what_is_bad_is_one_sentence(name: str, text: str) -> None:
    with pytest.raises(ConfigurationError, match=rf"^{name} is '{text}', but must be .*\.$"):
        read(BffSettings, {**COMPLETE, name: text})
