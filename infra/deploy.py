"""Deploys a stage: the same templates to AWS and to LocalStack, in the order in which they need each other.

telemetry → (network → database → search | database_external) → migrations, accounts and index templates → identity → functions →
iot → replication, whose task is started. Each stack's outputs are values for the parameters of those after it. Run again, it changes
what differs and nothing else.

Usage: python -m infra.deploy --stage local
"""

import argparse
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from infra import cloudformation
from infra.cloudformation import DeploymentError, Say, Stack
from infra.database import prepare_database
from infra.external import external_database, external_search, external_web_origin
from infra.package import functions_template
from infra.replication import start_task
from infra.search import apply_templates
from infra.session import session_of
from infra.stage import Stage, read_stage
from infra.template import Template, load

type ServiceName = Literal["cloudformation", "dms", "s3", "secretsmanager"]

_RETRIES = Config(retries={"mode": "standard", "max_attempts": 5})


@dataclass(slots=True)
class Deployment:
    """One deployment under way: the stage, the session with AWS, and the values known so far."""

    stage: Stage
    say: Say
    outputs: dict[str, str] = field(default_factory=dict)
    session: boto3.Session = field(init=False)

    def __post_init__(self) -> None:
        self.session = session_of(self.stage)

    def run(self) -> dict[str, str]:
        """Apply every stack and return all outputs. Raises DeploymentError at the first that fails."""
        self._apply("telemetry")
        self._servers()
        self._apply("identity")
        template = functions_template(self._client("s3"), self.outputs["ArtifactBucketName"])
        self._apply("functions", template)
        self._apply("iot")
        self._apply("replication")
        start_task(self._client("dms"), self.outputs["ReplicationTaskArn"], self.say)
        return self.outputs

    def _servers(self) -> None:
        """The database with its schema and accounts, and the read model with its indices."""
        secrets = self._client("secretsmanager")
        if self.stage.servers == "managed":
            self._apply("network")
            self._apply("database")
            self._apply("search")
        else:
            self._apply("database_external", values=external_database(self.stage.name, secrets))
            self.outputs |= {"SearchEndpoint": external_search(), "WebOrigin": external_web_origin()}
        prepare_database(secrets, self.outputs, self.say)
        apply_templates(self.outputs["SearchEndpoint"], lambda text: self.say(f"search: {text}"), session=self.session)

    def _client(self, service: ServiceName) -> Any:
        return self.session.client(service, endpoint_url=self.stage.endpoint_url, config=_RETRIES)

    def _apply(self, capability: str, template: Template | None = None, values: Mapping[str, str] | None = None) -> None:
        client = self._client("cloudformation")
        name = f"gonio-{self.stage.name}-{capability.replace('_', '-')}"
        known = {**self.stage.parameters, **self.outputs, **(values or {})}
        self.outputs |= cloudformation.apply(client, Stack(name, template or load(capability), known), self.say)


def deploy(stage: Stage, say: Say) -> dict[str, str]:
    """Deploy a stage and return the stacks' outputs by key. Raises DeploymentError with what, where and why."""
    try:
        return Deployment(stage, say).run()
    except (BotoCoreError, ClientError) as error:
        where = stage.endpoint_url or "AWS"
        raise DeploymentError(f"stage {stage.name!r}: {where} refused: {error}") from error


def main() -> int:
    """The command line; 0 when all stacks stand."""
    parser = argparse.ArgumentParser(prog="infra.deploy", description="Deploy a stage to AWS or to LocalStack.")
    parser.add_argument("--stage", default=os.environ.get("GONIO_STAGE", "local"))
    parser.add_argument("--outputs", type=Path, help="write the stacks' outputs into this file, as JSON")
    arguments = parser.parse_args()
    try:
        outputs = deploy(read_stage(arguments.stage), lambda text: print(f"  deploy · {text}", flush=True))
    except DeploymentError as error:
        print(f"deploy: {error}", file=sys.stderr)
        return 1
    if arguments.outputs:
        arguments.outputs.write_text(json.dumps(outputs, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
