"""The identity template on LocalStack: what it makes, what signs in there, and what outlives a kill."""

import json
import os
import subprocess
import sys
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError

from infra.template import load
from tests.emulator.cloudformation.local_process import LocalProcess
from tests.emulator.cloudformation.stacks import Stacks
from tests.emulator.cognito.people import EMAIL, PASSWORD, until, verified


def _deploy(process: LocalProcess, name: str = "gonio-local-identity", stage: str = "local") -> dict[str, str]:
    template = load("identity")
    sections = {
        "Parameters": template["Parameters"] | {"Stage": {"Type": "String", "Default": stage}},
        "Conditions": template["Conditions"],
    }
    outputs = {key: output["Value"] for key, output in template["Outputs"].items()}
    client = process.client("cloudformation")
    outcome = Stacks(client).deploy(name, template["Resources"], outputs=outputs, **sections)
    assert outcome.status == "CREATE_COMPLETE", outcome
    # LocalStack sets the status a moment before the outputs.
    return until(
        lambda: {one["OutputKey"]: one["OutputValue"] for one in client.describe_stacks(StackName=name)["Stacks"][0].get("Outputs", [])}
    )


@pytest.fixture(scope="module")
def identity(local_process: LocalProcess) -> dict[str, str]:
    """The outputs of the template, deployed."""
    return _deploy(local_process)


def _add_user(cognito: Any, pool_id: str, email: str = EMAIL) -> None:
    attributes = [{"Name": "custom:tenant", "Value": "north"}, {"Name": "email_verified", "Value": "true"}]
    cognito.admin_create_user(UserPoolId=pool_id, Username=email, UserAttributes=attributes, MessageAction="SUPPRESS")
    cognito.admin_set_user_password(UserPoolId=pool_id, Username=email, Password=PASSWORD, Permanent=True)
    cognito.admin_add_user_to_group(UserPoolId=pool_id, Username=email, GroupName="therapist")


def _sign_in(cognito: Any, client_id: str) -> dict[str, Any]:
    given = {"USERNAME": EMAIL, "PASSWORD": PASSWORD}
    answer = cognito.initiate_auth(ClientId=client_id, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=given)
    return dict(answer["AuthenticationResult"])


def _fetched(url: str) -> dict[str, Any]:
    status, body = _asked(url)
    assert status == 200, body
    return body


def _asked(url: str) -> tuple[int, dict[str, Any]]:
    address = urlsplit(url)
    connection = HTTPConnection(address.netloc, timeout=10)
    try:
        connection.request("GET", address.path)
        answer = connection.getresponse()
        return answer.status, dict(json.load(answer))
    finally:
        connection.close()


def test_a_therapist_of_the_deployed_pool_signs_in_with_tokens_that_the_published_keys_prove(
    local_process: LocalProcess, identity: dict[str, str]
) -> None:
    outputs = identity
    cognito = local_process.client("cognito-idp")
    _add_user(cognito, outputs["UserPoolId"])

    tokens = _sign_in(cognito, outputs["UserPoolClientId"])

    issuer = outputs["UserPoolIssuer"]
    claims = verified(tokens["IdToken"], _fetched(_fetched(f"{issuer}/.well-known/openid-configuration")["jwks_uri"]))
    assert claims["iss"] == issuer
    assert claims["aud"] == outputs["UserPoolClientId"]
    assert (claims["email"], claims["custom:tenant"], claims["cognito:groups"]) == (EMAIL, "north", ["therapist"])
    assert claims["exp"] - claims["iat"] == 15 * 60
    assert outputs["UserPoolId"].startswith("eu-west-1_")


def test_pool_client_users_and_sign_ins_are_there_after_a_kill_and_the_stack_takes_them_over(own_process: LocalProcess) -> None:
    before = _deploy(own_process)
    cognito = own_process.client("cognito-idp")
    _add_user(cognito, before["UserPoolId"])
    tokens = _sign_in(cognito, before["UserPoolClientId"])
    keys = _fetched(f"{before['UserPoolIssuer']}/.well-known/jwks.json")

    own_process.kill()
    own_process.start()
    after = _deploy(own_process)

    assert {name: after[name] for name in after if name != "CsrfSecretArn"} == {
        name: before[name] for name in before if name != "CsrfSecretArn"
    }
    assert _fetched(f"{before['UserPoolIssuer']}/.well-known/jwks.json") == keys
    refreshed = cognito.get_tokens_from_refresh_token(ClientId=after["UserPoolClientId"], RefreshToken=tokens["RefreshToken"])
    claims = [verified(token["IdToken"], keys) for token in (tokens, refreshed["AuthenticationResult"])]
    assert claims[1]["origin_jti"] == claims[0]["origin_jti"]
    assert claims[1]["cognito:groups"] == ["therapist"]
    assert [group["GroupName"] for group in cognito.list_groups(UserPoolId=after["UserPoolId"])["Groups"]] == ["operator", "therapist"]


def test_two_stages_in_one_installation_each_get_their_own_back(own_process: LocalProcess) -> None:
    before = [_deploy(own_process, f"identity-{stage}", stage)["UserPoolId"] for stage in ("one", "two")]
    own_process.kill()
    own_process.start()

    after = [_deploy(own_process, f"identity-{stage}", stage)["UserPoolId"] for stage in ("two", "one")]

    assert after == list(reversed(before))
    assert len(set(before)) == 2


def _users(process: LocalProcess, *arguments: str, password: str = "") -> str:
    environment = {
        "PATH": os.environ["PATH"],
        "AWS_ENDPOINT_URL": process.client("sts").meta.endpoint_url,
        "AWS_ACCESS_KEY_ID": "000000000000",
        "AWS_SECRET_ACCESS_KEY": "test",
    }
    command = [sys.executable, "-m", "infra.users", *arguments, "--stage", "local"]
    done = subprocess.run(command, env=environment, input=password, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.usefixtures("identity")
def test_the_command_creates_lists_and_shuts_out_the_people_of_the_stage(local_process: LocalProcess) -> None:
    person = ("--email", "ben@clinic.example", "--role", "therapist", "--tenant", "south")
    assert _users(local_process, "ensure", *person, password=f"{PASSWORD}\n") == "ben@clinic.example: created\n"
    assert _users(local_process, "ensure", *person, password=f"{PASSWORD}\n") == "ben@clinic.example: is as it should be\n"
    assert "ben@clinic.example  therapist  south\n" in _users(local_process, "list")
    _users(local_process, "disable", "--email", "ben@clinic.example")
    assert "ben@clinic.example  therapist  south  (disabled)\n" in _users(local_process, "list")


def test_keys_of_an_unknown_pool_are_not_found(identity: dict[str, str]) -> None:
    issuer = identity["UserPoolIssuer"].rpartition("/")[0]
    assert _asked(f"{issuer}/eu-west-1_Unknown00/.well-known/jwks.json")[0] == 404


@pytest.mark.usefixtures("identity")
def test_only_their_owner_reads_the_files_of_users_and_keys(local_process: LocalProcess) -> None:
    _asked(local_process.client("sts").meta.endpoint_url + "/eu-west-1_Unknown00/.well-known/jwks.json")
    files = list(local_process.data_dir.glob("cognito.*"))
    assert {"cognito.key", "cognito.sqlite"} <= {file.name for file in files}
    assert {file.stat().st_mode & 0o077 for file in files} == {0}


def test_refusals_arrive_as_the_exceptions_that_clients_know(local_process: LocalProcess, identity: dict[str, str]) -> None:
    outputs = identity
    cognito = local_process.client("cognito-idp")
    with pytest.raises(cognito.exceptions.NotAuthorizedException, match=r"Incorrect username or password\."):
        cognito.initiate_auth(
            ClientId=outputs["UserPoolClientId"],
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": "nobody@clinic.example", "PASSWORD": "x"},
        )
    with pytest.raises(ClientError) as failure:
        cognito.create_user_pool_domain(Domain="people", UserPoolId=outputs["UserPoolId"])
    assert failure.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501
