"""A device's key pair and its certificate signing request, made where the device is provisioned: the private key never travels."""

from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass(frozen=True, slots=True)
class KeyAndRequest:
    """PEM texts; `repr` keeps the key to itself."""

    key_pem: bytes
    request_pem: str

    def __repr__(self) -> str:
        return "KeyAndRequest(key_pem=<secret>)"


def make_key(device_id: str) -> KeyAndRequest:
    """An EC P-256 key (IoT Core accepts P-256, P-384 and RSA from 2048 bits on) and a request that names the device."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, device_id)])
    request = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())
    key_pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return KeyAndRequest(key_pem, request.public_bytes(serialization.Encoding.PEM).decode())
