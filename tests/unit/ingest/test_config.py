"""The functions' settings."""

import pytest

from chalicelib.config import IngestSettings, RegistrySettings, read
from chalicelib.domain.errors import ConfigurationError

COMPLETE = {
    "GONIO_STAGE": "local",
    "GONIO_DATABASE_SECRET_ID": "gonio-local-database",
    "GONIO_DEAD_LETTER_QUEUE_URL": "http://127.0.0.1:4566/000000000000/dead-letters",
    "GONIO_QUARANTINE_BUCKET": "quarantine",
}


def test_what_is_optional_has_a_default() -> None:
    assert read(IngestSettings, COMPLETE).slice_size == 200
    assert read(IngestSettings, {**COMPLETE, "GONIO_INGEST_SLICE_SIZE": "7"}).slice_size == 7


def test_the_registry_needs_no_queue() -> None:
    assert read(RegistrySettings, {name: COMPLETE[name] for name in ("GONIO_STAGE", "GONIO_DATABASE_SECRET_ID")}).stage == "local"


@pytest.mark.parametrize("name", COMPLETE)
def test_what_is_missing_is_named(name: str) -> None:
    with pytest.raises(ConfigurationError, match=f"^{name} is not set: "):
        read(IngestSettings, {**COMPLETE, name: ""})


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("GONIO_STAGE", "Local stage"),
        ("GONIO_DEAD_LETTER_QUEUE_URL", "dead-letters"),
        ("GONIO_INGEST_SLICE_SIZE", "0"),
        ("GONIO_INGEST_SLICE_SIZE", "many"),
        ("GONIO_INGEST_SLICE_SIZE", "10001"),
    ],
)
def test_what_is_bad_is_one_sentence(name: str, text: str) -> None:
    with pytest.raises(ConfigurationError, match=rf"^{name} is '{text}', but must be .*\.$"):
        read(IngestSettings, {**COMPLETE, name: text})
