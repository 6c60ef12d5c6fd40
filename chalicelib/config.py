"""The functions' settings, read once from the environment. The only module that reads it.

Each field carries its variable, its unit and a sentence of help; the reference page is made from them.
"""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from typing import Any

from chalicelib.domain.errors import ConfigurationError


def _setting(variable: str, help_text: str, *, read: Callable[[str], Any] = str, unit: str = "", default: Any = None) -> Any:
    metadata = {"variable": variable, "help": help_text, "read": read, "unit": unit, "default": default}
    return field(metadata=metadata)


def _stage(text: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,19}", text):
        raise ValueError("must be a lower-case word of at most 20 characters")
    return text


def _slice_size(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text) <= 10_000:
        raise ValueError("must be a whole number between 1 and 10000")
    return int(text)


def _url(text: str) -> str:
    if not re.match(r"https?://[^\s/]+/\S+", text):
        raise ValueError("must be an http or https URL with a path")
    return text


def _endpoint(text: str) -> str:
    if not re.fullmatch(r"https?://[^\s/]+/?", text):
        raise ValueError("must be an http or https URL without a path")
    return text


def _origin(text: str) -> str:
    if not re.fullmatch(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?", text):
        raise ValueError("must be scheme, host and port, as in https://localhost:8443")
    return text


def _transport(text: str) -> str:
    if text not in {"lambda", "http", "in_process"}:
        raise ValueError("must be lambda, http or in_process")
    return text


def _hops(text: str) -> int:
    if not re.fullmatch(r"[0-9]", text):
        raise ValueError("must be a whole number between 0 and 9")
    return int(text)


@dataclass(frozen=True, slots=True)
class RegistrySettings:
    """What the function `devices` needs to know."""

    stage: str = _setting("GONIO_STAGE", "Stage that the function belongs to, for example `local`.", read=_stage)
    database_secret_id: str = _setting("GONIO_DATABASE_SECRET_ID", "Name or ARN of the secret with the database's credentials.")


@dataclass(frozen=True, slots=True)
class IngestSettings:
    """What the function `ingest` needs to know."""

    stage: str = _setting("GONIO_STAGE", "Stage that the function belongs to, for example `local`.", read=_stage)
    database_secret_id: str = _setting("GONIO_DATABASE_SECRET_ID", "Name or ARN of the secret with the database's credentials.")
    dead_letter_queue_url: str = _setting("GONIO_DEAD_LETTER_QUEUE_URL", "SQS queue that hears of poison records.", read=_url)
    quarantine_bucket: str = _setting("GONIO_QUARANTINE_BUCKET", "S3 bucket that keeps poison records whole.")
    slice_size: int = _setting(
        "GONIO_INGEST_SLICE_SIZE",
        "How many records of a batch share one transaction.",
        read=_slice_size,
        unit="records",
        default="200",
    )


@dataclass(frozen=True, slots=True)
class ProjectSettings:
    """What the function `project` needs to know."""

    stage: str = _setting("GONIO_STAGE", "Stage that the function belongs to, for example `local`.", read=_stage)
    search_endpoint: str = _setting("GONIO_SEARCH_ENDPOINT", "URL of OpenSearch; requests to one on AWS are signed.", read=_endpoint)
    dead_letter_queue_url: str = _setting("GONIO_DEAD_LETTER_QUEUE_URL", "SQS queue that hears of poison records.", read=_url)
    quarantine_bucket: str = _setting("GONIO_QUARANTINE_BUCKET", "S3 bucket that keeps poison records whole.")


@dataclass(frozen=True, slots=True)
class BffSettings:
    """What the back end for the front end needs to know."""

    stage: str = _setting("GONIO_STAGE", "Stage that the function belongs to, for example `local`.", read=_stage)
    database_secret_id: str = _setting("GONIO_DATABASE_SECRET_ID", "Name or ARN of the secret with the database's credentials.")
    csrf_secret_id: str = _setting("GONIO_CSRF_SECRET_ID", "Name or ARN of the secret with the key of CSRF tokens.")
    client_id: str = _setting("GONIO_USER_POOL_CLIENT_ID", "App client of the user pool that people sign in to.")
    issuer: str = _setting("GONIO_USER_POOL_ISSUER", "Issuer of the user pool's tokens, as they name it.", read=_url)
    web_origin: str = _setting("GONIO_WEB_ORIGIN", "Origin of the web client, as browsers write it.", read=_origin)
    search_endpoint: str = _setting("GONIO_SEARCH_ENDPOINT", "URL of OpenSearch; requests to one on AWS are signed.", read=_endpoint)
    changes_stream: str = _setting("GONIO_CHANGES_STREAM", "Name of the stream of the database's changes.")
    transport: str = _setting(
        "GONIO_SERVICE_TRANSPORT", "How services are reached: `lambda`, `http` or `in_process`.", read=_transport, default="lambda"
    )
    query_function: str = _setting("GONIO_QUERY_FUNCTION", "Function `query`, or its URL where services speak HTTP.", default="")
    devices_function: str = _setting("GONIO_DEVICES_FUNCTION", "Function `devices`, or its URL where services speak HTTP.", default="")
    forwarded_hops: int = _setting(
        "GONIO_FORWARDED_HOPS",
        "How many proxies of ours in front of API Gateway add to X-Forwarded-For.",
        read=_hops,
        unit="proxies",
        default="0",
    )


@dataclass(frozen=True, slots=True)
class QuerySettings:
    """What `query`, and `devices` for its reading routes, need to know."""

    stage: str = _setting("GONIO_STAGE", "Stage that the function belongs to, for example `local`.", read=_stage)
    database_secret_id: str = _setting("GONIO_DATABASE_SECRET_ID", "Name or ARN of the secret with the database's credentials.")
    search_endpoint: str = _setting("GONIO_SEARCH_ENDPOINT", "URL of OpenSearch; requests to one on AWS are signed.", read=_endpoint)
    reader_secret_id: str = _setting(
        "GONIO_READER_SECRET_ID", "Secret of the account that only reads, for `devices`; empty: the same account.", default=""
    )


def read[T: (BffSettings, IngestSettings, ProjectSettings, QuerySettings, RegistrySettings)](
    settings: type[T], environ: Mapping[str, str]
) -> T:
    """Settings from variables. Raises `ConfigurationError` with one sentence about the first that is missing or bad."""
    return settings(**{it.name: _value(it.metadata, environ) for it in fields(settings)})


@cache
def ingest_settings() -> IngestSettings:
    """This process's settings of `ingest`."""
    return read(IngestSettings, os.environ)


@cache
def project_settings() -> ProjectSettings:
    """This process's settings of `project`."""
    return read(ProjectSettings, os.environ)


@cache
def bff_settings() -> BffSettings:
    """This process's settings of the back end for the front end."""
    return read(BffSettings, os.environ)


@cache
def query_settings() -> QuerySettings:
    """This process's settings of `query`."""
    return read(QuerySettings, os.environ)


@cache
def registry_settings() -> RegistrySettings:
    """This process's settings of `devices`."""
    return read(RegistrySettings, os.environ)


def _value(metadata: Mapping[str, Any], environ: Mapping[str, str]) -> Any:
    text = environ.get(metadata["variable"]) or metadata["default"]
    if text is None:
        raise ConfigurationError(f"{metadata['variable']} is not set: {metadata['help']}")
    try:
        return metadata["read"](text)
    except ValueError as error:
        raise ConfigurationError(f"{metadata['variable']} is {text!r}, but {error}.") from error
