"""AWS in memory, with a user pool as the identity template makes it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import boto3
import pytest
from moto import mock_aws

from infra.template import load

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient

REGION = "eu-west-1"


@pytest.fixture
def cognito() -> "Iterator[CognitoIdentityProviderClient]":
    """A client of AWS in memory."""
    with mock_aws():
        yield boto3.client("cognito-idp", region_name=REGION, aws_access_key_id="test", aws_secret_access_key="test")


@pytest.fixture
def pool_id(cognito: "CognitoIdentityProviderClient") -> str:
    """A pool with the template's settings and groups."""
    resources = load("identity")["Resources"]
    pool = resources["UserPool"]["Properties"]
    made = cognito.create_user_pool(
        PoolName="people", UsernameAttributes=pool["UsernameAttributes"], Policies=pool["Policies"], Schema=pool["Schema"]
    )["UserPool"]["Id"]
    for resource in resources.values():
        if resource["Type"] == "AWS::Cognito::UserPoolGroup":
            cognito.create_group(UserPoolId=made, GroupName=resource["Properties"]["GroupName"])
    return made
