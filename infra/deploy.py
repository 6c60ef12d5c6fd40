"""Deploys a stage: the same templates to AWS and to LocalStack, in the order in which they need each other.

telemetry → (network → database | database_external) → migrations → functions → iot. Each stack's outputs are values for the
parameters of those after it. Run again, it changes what differs and nothing else.

Usage: python -m infra.deploy --stage local
"""

import argparse
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from infra import cloudformation
from infra.cloudformation import DeploymentError, Say, Stack
from infra.database import external_database, migrate
from infra.package import functions_template
from infra.stage import Stage, read_stage
from infra.template import Template, load

_RETRIES = Config(retries={"mode": "standard", "max_attempts": 5})


@dataclass(slots=True)
class Deployment:
    """One deployment under way: the stage, the session with AWS, and the values known so far."""

    stage: Stage
    say: Say
    outputs: dict[str, str] = field(default_factory=dict)
    session: boto3.Session = field(init=False)

    def __post_init__(self) -> None:
        self.session = boto3.Session(region_name=self.stage.region)

    def run(self) -> dict[str, str]:
        """Apply every stack and return all outputs. Raises DeploymentError at the first that fails."""
        self._apply("telemetry")
        self._database()
        template = functions_template(self.session.client("s3", endpoint_url=self.stage.endpoint_url), self.outputs["ArtifactBucketName"])
        self._apply("functions", template)
        self._apply("iot")
        return self.outputs

    def _database(self) -> None:
        secrets = self.session.client("secretsmanager", endpoint_url=self.stage.endpoint_url)
        if self.stage.database == "aurora":
            self._apply("network")
            self._apply("database")
        else:
            self._apply("database_external", values=external_database(self.stage.name, secrets))
        migrate(secrets, self.outputs["DatabaseSecretArn"], self.say)

    def _apply(self, capability: str, template: Template | None = None, values: Mapping[str, str] | None = None) -> None:
        client = self.session.client("cloudformation", endpoint_url=self.stage.endpoint_url, config=_RETRIES)
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
