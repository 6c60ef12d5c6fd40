"""The session with AWS that the commands of `infra` use."""

import boto3

from infra.stage import Stage


def session_of(stage: Stage) -> boto3.Session:
    """A session in the stage's region, with the credentials that are found where AWS's tools look for them."""
    session = boto3.Session(region_name=stage.region)
    if stage.endpoint_url is not None and session.get_credentials() is None:
        # A local stack takes any credentials, but botocore insists on having some to sign with.
        return boto3.Session(region_name=stage.region, aws_access_key_id="test", aws_secret_access_key="test")  # noqa: S106 (no secret)
    return session
