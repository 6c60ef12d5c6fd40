"""The certificate authority of this installation: it signs the certificates of devices, as Amazon's does on AWS."""

import hashlib
import threading
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

type DeviceKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey

AUTHORITY_DAYS = 3650
DEVICE_EXPIRY = datetime(2049, 12, 31, 23, 59, 59, tzinfo=UTC)
"""When the certificates that AWS IoT makes end."""
_ONE_AT_A_TIME = threading.Lock()
_SKEW = timedelta(minutes=5)
"""How far behind this one the clock of a device may be."""


class Authority:
    """A CA certificate and its key."""

    def __init__(self, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> None:
        self._certificate = certificate
        self._key = key

    def issue(self, subject: x509.Name, key: DeviceKey) -> x509.Certificate:
        """A device's certificate: no CA, for client authentication, with the extensions that strict verification asks for."""
        issuer_key = self._key.public_key()
        return (
            _unsigned(subject, self._certificate.subject, key)
            .not_valid_after(min(DEVICE_EXPIRY, self._certificate.not_valid_after_utc))
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_key_usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key), critical=False)
            .sign(self._key, hashes.SHA256())
        )


def authority(certificate_file: Path, key_file: Path) -> Authority:
    """The authority that the two PEM files hold, made when they are not there. The key file is its owner's alone."""
    with _ONE_AT_A_TIME:
        return _loaded(certificate_file, key_file)


@cache
def _loaded(certificate_file: Path, key_file: Path) -> Authority:
    if not (certificate_file.is_file() and key_file.is_file()):
        _create(certificate_file, key_file)
    key = serialization.load_pem_private_key(key_file.read_bytes(), None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{key_file} holds no elliptic curve key")
    return Authority(x509.load_pem_x509_certificate(certificate_file.read_bytes()), key)


def certificate_id(certificate: x509.Certificate) -> str:
    """AWS IoT's id of a certificate: the SHA-256 of its DER encoding, in hex."""
    return hashlib.sha256(certificate.public_bytes(serialization.Encoding.DER)).hexdigest()


def pem(certificate: x509.Certificate) -> str:
    """A certificate as text."""
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def _create(certificate_file: Path, key_file: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name(
        [x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Gonio"), x509.NameAttribute(NameOID.COMMON_NAME, "Gonio local authority")]
    )
    certificate = (
        _unsigned(name, name, key.public_key())
        .not_valid_after(datetime.now(UTC) + timedelta(days=AUTHORITY_DAYS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(signs_certificates=True), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    for path in (certificate_file, key_file):
        path.parent.mkdir(parents=True, exist_ok=True)
    key_file.touch(mode=0o600)
    key_file.chmod(0o600)
    key_file.write_bytes(private)
    certificate_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))


def _unsigned(subject: x509.Name, issuer: x509.Name, key: DeviceKey) -> x509.CertificateBuilder:
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key)
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(datetime.now(UTC) - _SKEW)
    return builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
