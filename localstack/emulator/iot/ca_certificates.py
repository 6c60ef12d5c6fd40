"""CA certificates that a customer registers, to bring along certificates that they signed."""

import secrets
from collections.abc import Iterator

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.x509.oid import NameOID

from emulator.iot.authority import certificate_id, pem
from emulator.iot.certificates import CA_CERTIFICATE, validity
from emulator.iot.errors import (
    AlreadyExistsError,
    CertificateStateError,
    CertificateValidationError,
    InvalidRequestError,
    NotFoundError,
    RegistrationCodeValidationError,
)
from emulator.iot.operation import Answer, Operation, Request, by_marker, moment, now
from emulator.iot.registry import Document, Session

_CODE = "registration-code"


def get_registration_code(session: Session, _request: Request) -> Answer:
    """The code that a verification certificate must carry; the same for the account and region, until it is deleted."""
    stored = session.find(_CODE, _CODE)
    if stored is None:
        stored = {"code": secrets.token_hex(32)}
        session.put(_CODE, _CODE, stored)
    return {"registrationCode": stored["code"]}


def delete_registration_code(session: Session, _request: Request) -> Answer:
    """Make the code invalid; the next question makes another one."""
    session.remove(_CODE, _CODE)
    return {}


def register_ca(session: Session, request: Request) -> Answer:
    """Take in a CA certificate whose owner has shown (unless in SNI_ONLY mode) that they hold its key."""
    given = _ca_certificate(request["caCertificate"])
    mode = request.get("certificateMode", "DEFAULT")
    if mode == "DEFAULT":
        _verify_possession(session, given, request.get("verificationCertificate"))
    identifier = certificate_id(given)
    arn = session.arn("cacert", identifier)
    if session.find(CA_CERTIFICATE, identifier) is not None:
        raise AlreadyExistsError("The CA certificate is already registered", resourceId=identifier, resourceArn=arn)
    at = now()
    document = {"pem": pem(given), "mode": mode, "created_at": at, "modified_at": at, "version": 1}
    document |= {
        "status": "ACTIVE" if request.get("setAsActive") else "INACTIVE",
        "auto_registration": "ENABLE" if request.get("allowAutoRegistration") else "DISABLE",
        "registration": request.get("registrationConfig", {}),
    }
    session.put(CA_CERTIFICATE, identifier, document)
    return {"certificateArn": arn, "certificateId": identifier}


def describe_ca(session: Session, request: Request) -> Answer:
    """All about a CA certificate."""
    identifier = request["certificateId"]
    document = _registered(session, identifier)
    described = _item(session, identifier, document) | {
        "certificatePem": document["pem"],
        "ownedBy": session.account_id,
        "autoRegistrationStatus": document["auto_registration"],
        "lastModifiedDate": moment(document["modified_at"]),
        "customerVersion": document["version"],
        "generationId": identifier[:32],
        "validity": validity(document["pem"]),
        "certificateMode": document["mode"],
    }
    return {"certificateDescription": described, "registrationConfig": document["registration"]}


def update_ca(session: Session, request: Request) -> Answer:
    """Change status and registration of what it signed."""
    identifier = request["certificateId"]
    document = _registered(session, identifier)
    changed = {
        "status": request.get("newStatus", document["status"]),
        "auto_registration": request.get("newAutoRegistrationStatus", document["auto_registration"]),
        "registration": {} if request.get("removeAutoRegistration") else request.get("registrationConfig", document["registration"]),
        "modified_at": now(),
        "version": document["version"] + 1,
    }
    session.put(CA_CERTIFICATE, identifier, document | changed)
    return {}


def delete_ca(session: Session, request: Request) -> Answer:
    """Forget a CA certificate that is not active."""
    identifier = request["certificateId"]
    if _registered(session, identifier)["status"] == "ACTIVE":
        raise CertificateStateError(f"CA certificate must be deactivated (not ACTIVE) before deletion. Id: {identifier}")
    session.remove(CA_CERTIFICATE, identifier)
    return {}


def list_cas(session: Session, request: Request) -> Answer:
    """CA certificates by id."""

    def rows(after: str) -> Iterator[tuple[str, Answer]]:
        return ((identifier, _item(session, identifier, document)) for identifier, document in session.documents(CA_CERTIFICATE, after))

    return by_marker(request, "certificates", rows)


def _ca_certificate(text: str) -> x509.Certificate:
    try:
        given = x509.load_pem_x509_certificate(text.encode())
        constraints = given.extensions.get_extension_for_class(x509.BasicConstraints).value
    except (ValueError, x509.ExtensionNotFound) as error:
        raise CertificateValidationError(f"The CA certificate is not valid: {error}") from error
    if not constraints.ca:
        raise CertificateValidationError("The CA certificate is not a CA's: its basic constraints say so")
    return given


def _verify_possession(session: Session, ca: x509.Certificate, verification_pem: str | None) -> None:
    if verification_pem is None:
        raise InvalidRequestError("A verification certificate is required in DEFAULT mode")
    try:
        verification = x509.load_pem_x509_certificate(verification_pem.encode())
        verification.verify_directly_issued_by(ca)
    except (ValueError, TypeError, InvalidSignature) as error:
        raise CertificateValidationError(f"The verification certificate is not signed by the CA certificate: {error}") from error
    names = [name.value for name in verification.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    if get_registration_code(session, {})["registrationCode"] not in names:
        raise RegistrationCodeValidationError("The verification certificate's common name is not the registration code")


def _registered(session: Session, identifier: str) -> Document:
    document = session.find(CA_CERTIFICATE, identifier)
    if document is None:
        raise NotFoundError(f"The CA certificate does not exist. Id: {identifier}")
    return document


def _item(session: Session, identifier: str, document: Document) -> Answer:
    answer = {"certificateArn": session.arn("cacert", identifier), "certificateId": identifier}
    return answer | {"status": document["status"], "creationDate": moment(document["created_at"])}


OPERATIONS: dict[str, Operation] = {
    "GetRegistrationCode": get_registration_code,
    "DeleteRegistrationCode": delete_registration_code,
    "RegisterCACertificate": register_ca,
    "DescribeCACertificate": describe_ca,
    "UpdateCACertificate": update_ca,
    "DeleteCACertificate": delete_ca,
    "ListCACertificates": list_cas,
}
