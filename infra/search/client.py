"""The connection to OpenSearch: plain to a local server, signed to Amazon OpenSearch Service."""

import ipaddress
from urllib.parse import urlsplit

import boto3
from opensearchpy import OpenSearch, Urllib3AWSV4SignerAuth

from infra.cloudformation import DeploymentError

TIMEOUT_S = 30


def connect(endpoint: str, session: boto3.Session | None = None) -> OpenSearch:
    """A client of that endpoint. Raises DeploymentError when it must sign and knows no credentials or region."""
    signer = None if is_local(endpoint) else _signer(session or boto3.Session())
    return OpenSearch([endpoint], http_auth=signer, timeout=TIMEOUT_S, max_retries=3, retry_on_timeout=True)


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
        raise DeploymentError("search: signing requests to Amazon OpenSearch Service needs AWS credentials and a region")
    return Urllib3AWSV4SignerAuth(credentials, session.region_name, "es")
