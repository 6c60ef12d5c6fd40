"""Each function has the database account that it needs, and nothing of the deployment runs with another's."""

import json
import re
from typing import Any

import pytest

from infra.accounts import ROLES
from infra.package import functions_template
from infra.template import Template, load

NEEDED = {
    "Ingest": ("IngestRole", {"Functions"}),
    "Devices": ("DevicesRole", {"Functions", "Reader"}),
    "Query": ("QueryRole", {"Reader"}),
    "APIHandler": ("BffRole", {"FrontEnd"}),
    "Project": ("ProjectRole", set[str]()),
}
"""By function: its role in IAM, and its roles in the database."""
TEMPLATES = ("database", "database_external")


@pytest.fixture(scope="module")
def functions() -> Template:
    return functions_template(None, "artifacts")


def _named(part: Any) -> set[str]:
    """The database's roles whose secrets a part of a template names."""
    return set(re.findall(r"(\w+)SecretArn", json.dumps(part))) - {"Csrf"}


@pytest.mark.parametrize("function", NEEDED)
def test_a_function_is_told_the_secrets_that_it_needs_and_may_read_no_others(function: str, functions: Template) -> None:
    role, needed = NEEDED[function]
    assert _named(functions["Resources"][function]["Properties"]["Environment"]) == needed
    assert _named(functions["Resources"][role]) == needed


def test_every_function_is_considered(functions: Template) -> None:
    assert {name for name, r in functions["Resources"].items() if r["Type"] == "AWS::Serverless::Function"} == NEEDED.keys()


def test_change_data_capture_reads_its_own_secret() -> None:
    assert _named(load("replication")["Resources"]) == {"Replication"}


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("role", ROLES)
def test_every_role_has_an_account_with_a_password_of_its_own(role: str, template: str) -> None:
    made = load(template)
    secret = made["Resources"][f"{role}Secret"]["Properties"]["GenerateSecretString"]
    told = json.loads(re.sub(r"\$\{.*?\}", "1", secret["SecretStringTemplate"]["Fn::Sub"]))
    assert told.keys() == {"host", "port", "username", "dbname"}
    assert told["username"].replace("_", "") == f"gonio{role.lower()}"
    assert (secret["GenerateStringKey"], secret["PasswordLength"]) == ("password", 40)
    assert made["Outputs"][f"{role}SecretArn"]["Value"] == {"Ref": f"{role}Secret"}


def test_the_reader_s_account_is_at_the_cluster_s_readers_and_the_others_at_its_writer() -> None:
    resources = load("database")["Resources"]
    endpoints = {role: json.dumps(resources[f"{role}Secret"]).count("Cluster.ReadEndpoint.Address") for role in ROLES}
    assert endpoints == {role: int(role == "Reader") for role in ROLES}


def test_the_master_user_is_the_owner_s_alone() -> None:
    cluster = load("database")["Resources"]["Cluster"]["Properties"]
    assert all("${OwnerSecret}" in cluster[name]["Fn::Sub"] for name in ("MasterUsername", "MasterUserPassword"))
