"""A database that refuses plain connections is replicated over encrypted ones, against an authority that is Amazon's."""

import pytest
from cryptography.x509 import BasicConstraints, NameOID, load_pem_x509_certificate

from infra.stage import read_stage
from infra.template import ROOT, load

DATABASE, REPLICATION = load("database"), load("replication")
MANAGED = [stage for path in (ROOT / "infra/stages").glob("*.json") if (stage := path.stem) != "local"]


def test_a_server_that_wants_encryption_gives_its_authority_to_the_replication() -> None:
    settings = DATABASE["Resources"]["Parameters"]["Properties"]["Parameters"]
    authority = DATABASE["Outputs"]["DatabaseAuthorityArn"]["Value"]["Ref"]
    assert settings["require_secure_transport"] == "ON"
    assert DATABASE["Resources"][authority]["Type"] == "AWS::DMS::Certificate"
    assert "DatabaseAuthorityArn" in REPLICATION["Parameters"]


def test_the_replication_encrypts_exactly_where_there_is_an_authority() -> None:
    source = REPLICATION["Resources"]["Source"]["Properties"]
    assert REPLICATION["Conditions"]["Encrypted"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": "DatabaseAuthorityArn"}, ""]}]}
    assert source["SslMode"] == {"Fn::If": ["Encrypted", "verify-ca", "none"]}
    assert source["CertificateArn"] == {"Fn::If": ["Encrypted", {"Ref": "DatabaseAuthorityArn"}, {"Ref": "AWS::NoValue"}]}


@pytest.mark.parametrize("stage", MANAGED)
def test_the_authority_is_the_one_of_the_stage_s_region_that_signs_the_servers(stage: str) -> None:
    region = read_stage(stage, {}).region
    certificate = load_pem_x509_certificate(DATABASE["Mappings"]["Authorities"][region]["Certificate"].encode())
    certificate.verify_directly_issued_by(certificate)
    assert certificate.extensions.get_extension_for_class(BasicConstraints).value.ca
    (name,) = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    assert name.value == f"Amazon RDS {region} Root CA RSA2048 G1"
    servers = [it["Properties"] for it in DATABASE["Resources"].values() if it["Type"] == "AWS::RDS::DBInstance"]
    assert {server["CACertificateIdentifier"] for server in servers} == {"rds-ca-rsa2048-g1"}
