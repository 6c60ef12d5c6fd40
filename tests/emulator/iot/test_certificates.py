"""Device certificates: what they hold, who signed them, and what may become of them."""

import hashlib
import ssl
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from tests.emulator.cloudformation.local_process import LocalProcess
from tests.emulator.iot.policy_texts import document
from tests.emulator.iot.refusals import code, refusal
from tests.emulator.iot.signing import OtherAuthority, named, request_pem
from tests.emulator.iot.verification import signed_by, verify_strictly


@pytest.fixture
def ca(local_process: LocalProcess) -> bytes:
    """The installation's authority, which is made with the first certificate."""
    local_process.client("iot").create_keys_and_certificate()
    return (local_process.data_dir / "ca.pem").read_bytes()


def test_a_certificate_for_a_request_has_its_subject_and_key_and_verifies(iot: Any, name: str, ca: bytes) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    answer = iot.create_certificate_from_csr(certificateSigningRequest=request_pem(name, key), setAsActive=True)
    certificate = x509.load_pem_x509_certificate(answer["certificatePem"].encode())
    assert (certificate.subject, certificate.public_key()) == (named(name), key.public_key())
    usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.CLIENT_AUTH]
    assert not certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert signed_by(certificate, ca)


def test_python_accepts_the_certificate_with_strict_verification(iot: Any, ca: bytes) -> None:
    answer = iot.create_keys_and_certificate(setAsActive=True)
    subject = verify_strictly(ca, answer["certificatePem"], answer["keyPair"]["PrivateKey"])
    assert subject == ((("commonName", "AWS IoT Certificate"),),)


def test_the_id_is_the_sha256_of_the_der(iot: Any) -> None:
    answer = iot.create_keys_and_certificate(setAsActive=True)
    der = ssl.PEM_cert_to_DER_cert(answer["certificatePem"])
    assert answer["certificateId"] == hashlib.sha256(der).hexdigest()
    assert answer["certificateArn"] == f"arn:aws:iot:eu-west-1:000000000000:cert/{answer['certificateId']}"


def test_the_keys_made_are_the_certificates(iot: Any) -> None:
    answer = iot.create_keys_and_certificate()
    private = serialization.load_pem_private_key(answer["keyPair"]["PrivateKey"].encode(), None)
    certificate = x509.load_pem_x509_certificate(answer["certificatePem"].encode())
    assert isinstance(private, rsa.RSAPrivateKey)
    assert private.public_key() == certificate.public_key()
    assert serialization.load_pem_public_key(answer["keyPair"]["PublicKey"].encode()) == certificate.public_key()


def test_only_its_owner_reads_the_authoritys_key(local_process: LocalProcess, ca: bytes) -> None:
    key_file = local_process.data_dir / "ca.key"
    key = serialization.load_pem_private_key(key_file.read_bytes(), None)
    assert key_file.stat().st_mode & 0o777 == 0o600
    assert x509.load_pem_x509_certificate(ca).public_key() == key.public_key()


def test_a_certificate_is_described_with_its_state_and_validity(iot: Any) -> None:
    made = iot.create_keys_and_certificate(setAsActive=False)
    described = iot.describe_certificate(certificateId=made["certificateId"])["certificateDescription"]
    certificate = x509.load_pem_x509_certificate(made["certificatePem"].encode())
    assert (described["status"], described["certificatePem"]) == ("INACTIVE", made["certificatePem"])
    assert described["validity"] == {"notBefore": certificate.not_valid_before_utc, "notAfter": certificate.not_valid_after_utc}


def test_a_revoked_certificate_stays_revoked(iot: Any) -> None:
    identifier = iot.create_keys_and_certificate(setAsActive=True)["certificateId"]
    iot.update_certificate(certificateId=identifier, newStatus="INACTIVE")
    iot.update_certificate(certificateId=identifier, newStatus="ACTIVE")
    iot.update_certificate(certificateId=identifier, newStatus="REVOKED")
    iot.update_certificate(certificateId=identifier, newStatus="REVOKED")
    refused = refusal(iot.update_certificate, certificateId=identifier, newStatus="ACTIVE")
    assert refused == {"code": "CertificateStateException", "status": 406}
    assert iot.describe_certificate(certificateId=identifier)["certificateDescription"]["status"] == "REVOKED"


@pytest.mark.parametrize("status", ["PENDING_TRANSFER", "PENDING_ACTIVATION", "REGISTER_INACTIVE"])
def test_states_of_awss_own_cannot_be_set(iot: Any, status: str) -> None:
    identifier = iot.create_keys_and_certificate()["certificateId"]
    assert code(iot.update_certificate, certificateId=identifier, newStatus=status) == "InvalidRequestException"


def test_a_certificate_in_use_is_not_deleted(iot: Any, name: str) -> None:
    made = iot.create_keys_and_certificate(setAsActive=True)
    identifier, arn = made["certificateId"], made["certificateArn"]
    iot.create_thing(thingName=name)
    iot.attach_thing_principal(thingName=name, principal=arn)
    assert code(iot.delete_certificate, certificateId=identifier) == "CertificateStateException"
    iot.update_certificate(certificateId=identifier, newStatus="INACTIVE")
    assert code(iot.delete_certificate, certificateId=identifier) == "DeleteConflictException"
    iot.detach_thing_principal(thingName=name, principal=arn)
    iot.delete_certificate(certificateId=identifier)
    assert code(iot.describe_certificate, certificateId=identifier) == "ResourceNotFoundException"


def test_forced_deletion_takes_the_policies_off(iot: Any, name: str) -> None:
    made = iot.create_keys_and_certificate(setAsActive=False)
    iot.create_policy(policyName=name, policyDocument=document("c"))
    iot.attach_policy(policyName=name, target=made["certificateArn"])
    assert code(iot.delete_certificate, certificateId=made["certificateId"]) == "DeleteConflictException"
    iot.delete_certificate(certificateId=made["certificateId"], forceDelete=True)
    assert iot.list_targets_for_policy(policyName=name)["targets"] == []


@pytest.mark.parametrize("text", ["nonsense", "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n"])
def test_what_is_no_signing_request_is_refused(iot: Any, text: str) -> None:
    assert code(iot.create_certificate_from_csr, certificateSigningRequest=text) == "InvalidRequestException"


def test_a_certificate_of_anyone_is_registered_once(iot: Any, name: str) -> None:
    pem = OtherAuthority().sign(name)
    registered = iot.register_certificate_without_ca(certificatePem=pem, status="ACTIVE")
    assert registered["certificateId"] == hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest()
    described = iot.describe_certificate(certificateId=registered["certificateId"])["certificateDescription"]
    assert (described["status"], described["certificateMode"]) == ("ACTIVE", "SNI_ONLY")
    assert code(iot.register_certificate_without_ca, certificatePem=pem) == "ResourceAlreadyExistsException"
    assert code(iot.register_certificate_without_ca, certificatePem="no certificate") == "CertificateValidationException"


def test_a_registered_authority_vouches_for_its_certificates(iot: Any, name: str) -> None:
    authority = OtherAuthority()
    pem = authority.sign(name)
    assert code(iot.register_certificate, certificatePem=pem) == "CertificateValidationException"
    wrong = authority.sign("not the code")
    refused = code(iot.register_ca_certificate, caCertificate=authority.pem, verificationCertificate=wrong)
    assert refused == "RegistrationCodeValidationException"
    verification = authority.sign(iot.get_registration_code()["registrationCode"])
    ca = iot.register_ca_certificate(caCertificate=authority.pem, verificationCertificate=verification, setAsActive=True)
    registered = iot.register_certificate(certificatePem=pem, caCertificatePem=authority.pem, status="ACTIVE")
    by_ca = iot.list_certificates_by_ca(caCertificateId=ca["certificateId"])["certificates"]
    assert [item["certificateId"] for item in by_ca] == [registered["certificateId"]]
    described = iot.describe_certificate(certificateId=registered["certificateId"])["certificateDescription"]
    assert described["caCertificateId"] == ca["certificateId"]


def test_an_authority_is_listed_deactivated_and_deleted(iot: Any) -> None:
    authority = OtherAuthority()
    made = iot.register_ca_certificate(caCertificate=authority.pem, certificateMode="SNI_ONLY", setAsActive=True)
    identifier = made["certificateId"]
    assert identifier in {item["certificateId"] for item in iot.list_ca_certificates()["certificates"]}
    assert code(iot.delete_ca_certificate, certificateId=identifier) == "CertificateStateException"
    iot.update_ca_certificate(certificateId=identifier, newStatus="INACTIVE")
    assert iot.describe_ca_certificate(certificateId=identifier)["certificateDescription"]["status"] == "INACTIVE"
    iot.delete_ca_certificate(certificateId=identifier)
    assert code(iot.describe_ca_certificate, certificateId=identifier) == "ResourceNotFoundException"


def test_a_leaf_is_no_authority(iot: Any, name: str) -> None:
    leaf = OtherAuthority().sign(name)
    assert code(iot.register_ca_certificate, caCertificate=leaf, certificateMode="SNI_ONLY") == "CertificateValidationException"


def test_certificates_are_listed_in_pages(iot: Any) -> None:
    made = {iot.create_keys_and_certificate()["certificateId"] for _ in range(3)}
    pages = iot.get_paginator("list_certificates").paginate(pageSize=2)
    listed = [item["certificateId"] for page in pages for item in page["certificates"]]
    assert made <= set(listed)
    assert len(listed) == len(set(listed))
