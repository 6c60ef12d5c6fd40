"""Why the TLS layer refuses a client, in its own words: the event loop closes the connection before the client could read them."""

import ssl
from pathlib import Path

import pytest

from emulator.iot_core import tls
from tests.emulator.iot_core.pki import Authority, Identity

ROUNDS = 4
"""A handshake is over after these many turns of both ends."""


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def server(tmp_path: Path, authority: Authority) -> ssl.SSLContext:
    """The gateway's context."""
    own = authority.server()
    return tls.server_context(own.certificate, own.key, authority.file)


def client(authority: Authority, identity: Identity | None, version: ssl.TLSVersion) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=authority.file)
    context.minimum_version = context.maximum_version = version
    context.check_hostname = False
    if identity:
        context.load_cert_chain(identity.certificate, identity.key)
    return context


def handshake(server: ssl.SSLContext, client: ssl.SSLContext, server_name: str | None = "localhost") -> str | None:
    """Why it fails at the server's end, or None."""
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = client.wrap_bio(down, up, server_hostname=server_name), server.wrap_bio(up, down, server_side=True)
    for _ in range(ROUNDS):
        for end in ends:
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
            except ssl.SSLError as error:
                return error.reason
    return None


def stranger(folder: Path, name: str) -> Identity:
    """Of an authority that is not the installation's, whatever it calls itself."""
    folder.mkdir()
    return Authority(folder, name).device("stranger")


VERSIONS = pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])


@VERSIONS
def test_a_certificate_of_the_authority_is_let_through(authority: Authority, server: ssl.SSLContext, version: ssl.TLSVersion) -> None:
    assert handshake(server, client(authority, authority.device("d"), version)) is None


@VERSIONS
@pytest.mark.parametrize("name", ["foreign", "ca"], ids=["of another name", "of the same name"])
def test_a_certificate_of_another_authority_fails_verification(
    tmp_path: Path, authority: Authority, server: ssl.SSLContext, version: ssl.TLSVersion, name: str
) -> None:
    assert handshake(server, client(authority, stranger(tmp_path / "other", name), version)) == "CERTIFICATE_VERIFY_FAILED"


@VERSIONS
def test_a_client_needs_a_certificate(authority: Authority, server: ssl.SSLContext, version: ssl.TLSVersion) -> None:
    assert handshake(server, client(authority, None, version)) == "PEER_DID_NOT_RETURN_A_CERTIFICATE"


@VERSIONS
def test_a_client_needs_to_name_the_server(authority: Authority, server: ssl.SSLContext, version: ssl.TLSVersion) -> None:
    assert handshake(server, client(authority, authority.device("d"), version), server_name=None) == "CALLBACK_FAILED"


def test_older_tls_than_1_2_is_not_spoken(server: ssl.SSLContext) -> None:
    assert server.minimum_version is ssl.TLSVersion.TLSv1_2
