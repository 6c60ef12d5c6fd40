"""Where a stage's read model is."""

import boto3

from infra import cloudformation
from infra.cloudformation import DeploymentError
from infra.external import external_search
from infra.stage import Stage


def endpoint_of(stage: Stage, session: boto3.Session) -> str:
    """OpenSearch's URL. Raises DeploymentError when the stage has none yet, and the errors of botocore."""
    if stage.servers == "external":
        return external_search()
    stack = f"gonio-{stage.name}-search"
    client = session.client("cloudformation", endpoint_url=stage.endpoint_url)
    if url := cloudformation.outputs(client, stack).get("SearchEndpoint"):
        return url
    raise DeploymentError(f"stage {stage.name!r} has no read model: the stack {stack} is not deployed")
