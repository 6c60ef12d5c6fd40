"""The TLS side of the device gateway: mutual authentication, SNI, ALPN."""

import hashlib
import ssl
from pathlib import Path

ALPN = ("x-amzn-mqtt-ca", "mqtt")
"""`x-amzn-mqtt-ca` is what device SDKs send on port 443 (developer guide, "Protocols, port mappings, and authentication")."""


def server_context(certificate: Path, key: Path, ca_file: Path) -> ssl.SSLContext:
    """A context that asks for a client certificate which `ca_file` vouches for, TLS 1.2 or 1.3, and a server name (SNI)."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate, key)
    context.load_verify_locations(ca_file)
    context.verify_mode = ssl.CERT_REQUIRED
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.set_alpn_protocols(list(ALPN))
    context.sni_callback = _require_server_name
    return context


def certificate_id(der: bytes) -> str:
    """IoT Core's id of a certificate: SHA-256 of its DER, in hexadecimal."""
    return hashlib.sha256(der).hexdigest()


def _require_server_name(_connection: ssl.SSLObject | ssl.SSLSocket, name: str | None, _context: ssl.SSLContext) -> int | None:
    """A client that names no server is refused (developer guide, "Transport security")."""
    return None if name else ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
