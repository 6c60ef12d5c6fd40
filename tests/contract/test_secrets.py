"""The database's credentials as Secrets Manager holds them."""

import json

import boto3
import pytest

from chalicelib.adapters.mysql import Credentials
from chalicelib.adapters.secrets import database_credentials
from chalicelib.domain.errors import UnavailableError

pytestmark = pytest.mark.usefixtures("aws")
SECRET = {"engine": "mysql", "host": "db", "port": 3307, "username": "functions", "password": "open sesame", "dbname": "gonio"}


def test_credentials_in_the_form_of_amazon_rds() -> None:
    boto3.client("secretsmanager").create_secret(Name="database", SecretString=json.dumps(SECRET))

    found = database_credentials(boto3.client("secretsmanager"), "database")

    assert found == Credentials(host="db", port=3307, user="functions", database="gonio", password="open sesame")
    assert "sesame" not in repr(found)


@pytest.mark.parametrize("text", ["{", "{}", json.dumps({**SECRET, "port": "here"}), json.dumps({**SECRET, "password": 7})])
def test_a_secret_of_another_form_is_unavailable_and_stays_out_of_the_message(text: str) -> None:
    boto3.client("secretsmanager").create_secret(Name="database", SecretString=text)

    with pytest.raises(UnavailableError) as caught:
        database_credentials(boto3.client("secretsmanager"), "database")

    assert "sesame" not in str(caught.value)


def test_no_secret_is_unavailable() -> None:
    with pytest.raises(UnavailableError):
        database_credentials(boto3.client("secretsmanager"), "database")
