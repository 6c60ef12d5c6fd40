"""Keys, requests and authorities of devices, for tests."""

from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def named(common_name: str) -> x509.Name:
    """A subject."""
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def request_pem(common_name: str, key: ec.EllipticCurvePrivateKey) -> str:
    """A signing request."""
    request = x509.CertificateSigningRequestBuilder().subject_name(named(common_name)).sign(key, hashes.SHA256())
    return request.public_bytes(serialization.Encoding.PEM).decode()


class OtherAuthority:
    """An authority of somebody else's."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = named("another authority")
        self.pem = self._signed(self._name, self._key.public_key(), ca=True)

    def sign(self, common_name: str) -> str:
        """A certificate with a key of its own, as PEM."""
        return self._signed(named(common_name), ec.generate_private_key(ec.SECP256R1()).public_key(), ca=False)

    def _signed(self, subject: x509.Name, key: ec.EllipticCurvePublicKey, *, ca: bool) -> str:
        now = datetime.now(UTC)
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(self._name).public_key(key)
        builder = builder.serial_number(x509.random_serial_number()).not_valid_before(now).not_valid_after(now + timedelta(days=1))
        builder = builder.add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        return builder.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()
