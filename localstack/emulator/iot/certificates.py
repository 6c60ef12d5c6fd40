"""Device certificates: made here, from a signing request, or brought along; and their states.

A revoked certificate stays revoked (https://docs.aws.amazon.com/iot/latest/developerguide/revoke-ca-cert.html); an active or attached one
is not deleted.
"""

from collections.abc import Iterator

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from emulator.iot.authority import DeviceKey, authority, certificate_id, pem
from emulator.iot.errors import (
    AlreadyExistsError,
    CertificateStateError,
    CertificateValidationError,
    DeleteConflictError,
    InvalidRequestError,
    NotFoundError,
)
from emulator.iot.operation import Answer, Operation, Request, by_marker, moment, now
from emulator.iot.registry import Document, Session
from emulator.settings import settings

CERTIFICATE = "certificate"
CA_CERTIFICATE = "ca-certificate"
AWS_SUBJECT = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "AWS IoT Certificate")])
SMALLEST_RSA_KEY_BITS = 2048
_SETTABLE = {"ACTIVE", "INACTIVE", "REVOKED"}


def certificate(session: Session, identifier: str) -> Document:
    """A certificate's document, or NotFoundError."""
    document = session.find(CERTIFICATE, identifier)
    if document is None:
        raise NotFoundError(f"The certificate does not exist. Id: {identifier}")
    return document


def create_keys_and_certificate(session: Session, request: Request) -> Answer:
    """A new RSA key pair and its certificate. The private key is in the answer and nowhere else."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=SMALLEST_RSA_KEY_BITS)
    answer = _issue(session, request, (AWS_SUBJECT, key.public_key()))
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption())
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return answer | {"keyPair": {"PublicKey": public.decode(), "PrivateKey": private.decode()}}


def create_from_csr(session: Session, request: Request) -> Answer:
    """A certificate for the subject and key of a signing request. The same request again makes another certificate."""
    try:
        csr = x509.load_pem_x509_csr(request["certificateSigningRequest"].encode())
        signed = csr.is_signature_valid
    except (ValueError, InvalidSignature) as error:
        raise InvalidRequestError(f"Certificate signing request is invalid: {error}") from error
    if not signed:
        raise InvalidRequestError("Certificate signing request is invalid: its signature is not its key's")
    return _issue(session, request, (csr.subject, _device_key(csr)))


def register_certificate(session: Session, request: Request) -> Answer:
    """Take in a certificate that a registered CA signed."""
    given = _loaded(request["certificatePem"])
    signer = _signer(session, given, request.get("caCertificatePem"))
    return _register(session, given, status=_first_status(request), ca=signer)


def register_without_ca(session: Session, request: Request) -> Answer:
    """Take in any certificate; who signed it does not matter."""
    return _register(session, _loaded(request["certificatePem"]), status=_first_status(request), ca=None, mode="SNI_ONLY")


def describe_certificate(session: Session, request: Request) -> Answer:
    """All about a certificate."""
    identifier = request["certificateId"]
    document = certificate(session, identifier)
    described = _item(session, identifier, document) | {
        "certificatePem": document["pem"],
        "ownedBy": session.account_id,
        "lastModifiedDate": moment(document["modified_at"]),
        "customerVersion": document["version"],
        "transferData": {},
        "generationId": document["id"],
        "validity": validity(document["pem"]),
    }
    return {"certificateDescription": described | ({"caCertificateId": document["ca"]} if document["ca"] else {})}


def update_certificate(session: Session, request: Request) -> Answer:
    """Activate, deactivate or, for ever, revoke."""
    identifier, status = request["certificateId"], request["newStatus"]
    document = certificate(session, identifier)
    if status not in _SETTABLE:
        raise InvalidRequestError(f"Certificate status {status} cannot be set by a request")
    if document["status"] == "REVOKED" != status:
        raise CertificateStateError(f"Certificate is revoked, its status cannot be changed. Id: {identifier}")
    changed = {"status": status, "modified_at": now(), "version": document["version"] + 1}
    session.put(CERTIFICATE, identifier, document | changed)
    return {}


def delete_certificate(session: Session, request: Request) -> Answer:
    """Forget a certificate that is not active and not attached; `forceDelete` detaches policies first."""
    identifier = request["certificateId"]
    arn = session.arn("cert", identifier)
    if certificate(session, identifier)["status"] == "ACTIVE":
        raise CertificateStateError(f"Certificate must be deactivated (not ACTIVE) before deletion. Id: {identifier}")
    if next(session.targets("thing", arn), None) is not None:
        raise DeleteConflictError(f"Things must be detached before deletion (arn: {arn})")
    policies = list(session.targets("policy", arn))
    if policies and not request.get("forceDelete"):
        raise DeleteConflictError(f"Certificate policies must be detached before deletion (arn: {arn})")
    for name in policies:
        session.unlink("policy", arn, name)
    session.remove(CERTIFICATE, identifier)
    return {}


def list_certificates(session: Session, request: Request) -> Answer:
    """Certificates by id."""
    return _listed(session, request, None)


def list_certificates_by_ca(session: Session, request: Request) -> Answer:
    """The certificates that a registered CA signed."""
    return _listed(session, request, request["caCertificateId"])


def validity(text: str) -> Answer:
    """From when to when a PEM certificate is valid."""
    loaded = x509.load_pem_x509_certificate(text.encode())
    return {"notBefore": loaded.not_valid_before_utc, "notAfter": loaded.not_valid_after_utc}


def _issue(session: Session, request: Request, bearer: tuple[x509.Name, DeviceKey]) -> Answer:
    signer = authority(settings().ca_certificate_file, settings().ca_key_file)
    issued = signer.issue(*bearer)
    answer = _register(session, issued, status="ACTIVE" if request.get("setAsActive") else "INACTIVE", ca=None)
    return answer | {"certificatePem": pem(issued)}


def _register(session: Session, given: x509.Certificate, *, status: str, ca: str | None, mode: str = "DEFAULT") -> Answer:
    identifier = certificate_id(given)
    arn = session.arn("cert", identifier)
    if session.find(CERTIFICATE, identifier) is not None:
        raise AlreadyExistsError("The certificate is already provisioned or registered", resourceId=identifier, resourceArn=arn)
    at = now()
    stored = {
        "pem": pem(given),
        "status": status,
        "created_at": at,
        "modified_at": at,
        "version": 1,
        "ca": ca,
        "id": identifier[:32],
        "mode": mode,
    }
    session.put(CERTIFICATE, identifier, stored)
    return {"certificateArn": arn, "certificateId": identifier}


def _device_key(csr: x509.CertificateSigningRequest) -> DeviceKey:
    key = csr.public_key()
    if isinstance(key, rsa.RSAPublicKey) and key.key_size >= SMALLEST_RSA_KEY_BITS:
        return key
    if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in {"secp256r1", "secp384r1", "secp521r1"}:
        return key
    raise InvalidRequestError(
        "Certificate signing request is invalid: the key is neither RSA of 2048 bits or more nor P-256, P-384 or P-521"
    )


def _loaded(text: str) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(text.encode())
    except ValueError as error:
        raise CertificateValidationError(f"The certificate could not be read: {error}") from error


def _first_status(request: Request) -> str:
    status = request.get("status") or ("ACTIVE" if request.get("setAsActive") else "INACTIVE")
    if status not in _SETTABLE:
        raise InvalidRequestError(f"Certificate status {status} cannot be set by a request")
    return str(status)


def _signer(session: Session, given: x509.Certificate, ca_pem: str | None) -> str:
    """The id of the registered, active CA that signed a certificate."""
    stated = certificate_id(_loaded(ca_pem)) if ca_pem else None
    for identifier, document in session.documents(CA_CERTIFICATE):
        if stated in {None, identifier} and document["status"] == "ACTIVE" and _signed_by(given, document["pem"]):
            return identifier
    raise CertificateValidationError("The certificate is not signed by an active registered CA certificate")


def _signed_by(given: x509.Certificate, ca_pem: str) -> bool:
    try:
        given.verify_directly_issued_by(x509.load_pem_x509_certificate(ca_pem.encode()))
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _listed(session: Session, request: Request, ca: str | None) -> Answer:
    def rows(after: str) -> Iterator[tuple[str, Answer]]:
        for identifier, document in session.documents(CERTIFICATE, after):
            if ca in {None, document["ca"]}:
                yield identifier, _item(session, identifier, document)

    return by_marker(request, "certificates", rows)


def _item(session: Session, identifier: str, document: Document) -> Answer:
    answer = {"certificateArn": session.arn("cert", identifier), "certificateId": identifier, "status": document["status"]}
    return answer | {"certificateMode": document.get("mode", "DEFAULT"), "creationDate": moment(document["created_at"])}


OPERATIONS: dict[str, Operation] = {
    "CreateKeysAndCertificate": create_keys_and_certificate,
    "CreateCertificateFromCsr": create_from_csr,
    "RegisterCertificate": register_certificate,
    "RegisterCertificateWithoutCA": register_without_ca,
    "DescribeCertificate": describe_certificate,
    "UpdateCertificate": update_certificate,
    "DeleteCertificate": delete_certificate,
    "ListCertificates": list_certificates,
    "ListCertificatesByCA": list_certificates_by_ca,
}
