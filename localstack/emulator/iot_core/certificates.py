"""A device's certificate as policies see it."""

from collections.abc import Iterable, Mapping

from cryptography import x509
from cryptography.x509.oid import ExtensionOID, NameOID

from emulator.iot_core.policy import Certificate
from emulator.iot_core.tls import certificate_id

_FIELDS = {
    NameOID.COUNTRY_NAME: "Country",
    NameOID.ORGANIZATION_NAME: "Organization",
    NameOID.ORGANIZATIONAL_UNIT_NAME: "OrganizationalUnit",
    NameOID.DN_QUALIFIER: "DistinguishedNameQualifier",
    NameOID.STATE_OR_PROVINCE_NAME: "State",
    NameOID.COMMON_NAME: "CommonName",
    NameOID.SERIAL_NUMBER: "SerialNumber",
    NameOID.TITLE: "Title",
    NameOID.SURNAME: "Surname",
    NameOID.GIVEN_NAME: "GivenName",
    NameOID.INITIALS: "Initials",
    NameOID.PSEUDONYM: "Pseudonym",
    NameOID.GENERATION_QUALIFIER: "GenerationQualifier",
}
"""Names of a distinguished name's fields (developer guide, "X.509 certificate policy variables")."""

_ALTERNATIVES: Mapping[str, type[x509.RFC822Name | x509.DNSName | x509.UniformResourceIdentifier]] = {
    "RFC822Name": x509.RFC822Name,
    "DNSName": x509.DNSName,
    "UniformResourceIdentifier": x509.UniformResourceIdentifier,
}


def read_certificate(der: bytes) -> Certificate:
    """The certificate's id and fields. Raises `ValueError` when the bytes are no certificate."""
    certificate = x509.load_der_x509_certificate(der)
    return Certificate(
        certificate_id(der),
        _name(certificate.subject),
        _name(certificate.issuer),
        _alternative_names(certificate),
        str(certificate.serial_number),
    )


def _name(name: x509.Name) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for attribute in name:
        field = _FIELDS.get(attribute.oid)
        if field and isinstance(attribute.value, str):
            found[field] = (*found.get(field, ()), attribute.value)
    return found


def _alternative_names(certificate: x509.Certificate) -> dict[str, tuple[str, ...]]:
    try:
        names = certificate.extensions.get_extension_for_oid(ExtensionOID.SUBJECT_ALTERNATIVE_NAME).value
    except x509.ExtensionNotFound:
        return {}
    if not isinstance(names, x509.SubjectAlternativeName):
        return {}
    return {field: values for field, kind in _ALTERNATIVES.items() if (values := _values(names.get_values_for_type(kind)))}


def _values(values: Iterable[object]) -> tuple[str, ...]:
    return tuple(str(value) for value in values)
