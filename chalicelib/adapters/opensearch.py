"""The connection to OpenSearch: plain to a local server, signed (Signature Version 4) to Amazon OpenSearch Service.

Importing the client takes a moment, so `bootstrap` imports this module only in the functions that search or project.
"""

import ipaddress
from urllib.parse import urlsplit

import boto3
from opensearchpy import OpenSearch, Urllib3AWSV4SignerAuth

from chalicelib.domain.errors import ConfigurationError

ANSWER_TIMEOUT_S = 10
CONNECTIONS = 4
"""Kept open in the pool; a function serves one event at a time."""


def connect(endpoint: str, *, timeout_s: float = ANSWER_TIMEOUT_S, session: boto3.Session | None = None) -> OpenSearch:
    """A client of that endpoint, which repeats nothing by itself: its callers know what may be repeated.

    Raises `ConfigurationError` when requests must be signed and there are no credentials or region.
    """
    signer = None if is_local(endpoint) else _signer(session or boto3.Session())
    return OpenSearch([endpoint], http_auth=signer, timeout=timeout_s, max_retries=0, pool_maxsize=CONNECTIONS)


def is_local(endpoint: str) -> bool:
    """Whether it is this machine, or speaks no TLS: nobody checks signatures there."""
    url = urlsplit(endpoint)
    return url.scheme != "https" or url.hostname == "localhost" or _is_loopback(url.hostname or "")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _signer(session: boto3.Session) -> Urllib3AWSV4SignerAuth:
    credentials = session.get_credentials()
    if credentials is None or session.region_name is None:
        raise ConfigurationError("Requests to Amazon OpenSearch Service are signed, which needs AWS credentials and a region")
    return Urllib3AWSV4SignerAuth(credentials, session.region_name, "es")
