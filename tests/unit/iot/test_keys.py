"""Keys and certificate signing requests."""

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509.oid import NameOID

from iot.provisioning.keys import make_key


def test_the_request_names_the_device_and_is_signed_by_its_p256_key() -> None:
    made = make_key("knee-1")
    key = load_pem_private_key(made.key_pem, None)
    request = x509.load_pem_x509_csr(made.request_pem.encode())
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    assert isinstance(key.curve, ec.SECP256R1)
    assert request.is_signature_valid
    assert request.public_key() == key.public_key()
    assert [name.value for name in request.subject.get_attributes_for_oid(NameOID.COMMON_NAME)] == ["knee-1"]


def test_a_key_does_not_show_in_logs() -> None:
    made = make_key("knee-1")
    assert "PRIVATE" not in repr(made)
