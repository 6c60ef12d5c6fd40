"""Verifying a device's certificate as a server would, without a network."""

import ssl
import tempfile
from pathlib import Path
from typing import Any

from cryptography import x509


def signed_by(certificate: x509.Certificate, ca_pem: bytes) -> bool:
    """Whether the authority signed it, and it names the authority's key. Raises for a wrong signature or issuer."""
    ca = x509.load_pem_x509_certificate(ca_pem)
    certificate.verify_directly_issued_by(ca)
    authority_key = certificate.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
    return authority_key == ca.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest


def verify_strictly(ca_pem: bytes, certificate_pem: str, key_pem: str) -> Any:
    """The subject that a TLS server sees, which verifies as strictly as Python 3.13 does by default."""
    with tempfile.TemporaryDirectory() as folder:
        chain = Path(folder) / "client.pem"
        chain.write_text(certificate_pem + key_pem)
        client, server = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        for context in (client, server):
            context.load_cert_chain(chain)
            context.load_verify_locations(cadata=ca_pem.decode())
        client.check_hostname, client.verify_mode = False, ssl.CERT_NONE
        server.verify_mode = ssl.CERT_REQUIRED
        server.verify_flags |= ssl.VERIFY_X509_STRICT
        return _handshake(client, server)


def _handshake(client: ssl.SSLContext, server: ssl.SSLContext) -> Any:
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [client.wrap_bio(down, up), server.wrap_bio(up, down, server_side=True)]
    for _ in range(10):
        for end in ends:
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
    peer = ends[1].getpeercert()
    assert peer is not None
    return peer["subject"]
