"""A stage: where a deployment goes and the parameters in which it differs from the others. One JSON file each in infra/stages/."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from infra.cloudformation import DeploymentError

_STAGES = Path(__file__).resolve().parent / "stages"
STACK_FILE = Path("var/stack.json")


@dataclass(frozen=True, slots=True)
class Stage:
    """Name, region, endpoint (None: AWS itself), whether the servers are AWS's or stand already, and the parameters' values."""

    name: str
    region: str
    endpoint_url: str | None
    servers: Literal["managed", "external"]
    """Database and read model: Aurora and OpenSearch Service, or servers that stand beside the deployment."""
    parameters: Mapping[str, str]


def read_stage(name: str, environ: Mapping[str, str] = os.environ) -> Stage:
    """The stage of that name. Raises DeploymentError with one sentence when it is unknown or its endpoint cannot be told."""
    path = _STAGES / f"{name}.json"
    if not path.is_file():
        known = ", ".join(sorted(p.stem for p in _STAGES.glob("*.json")))
        raise DeploymentError(f"stage {name!r} is unknown; infra/stages/ has {known}")
    content = json.loads(path.read_text())
    return Stage(
        name=name,
        region=environ.get("AWS_REGION") or content["region"],
        endpoint_url=_endpoint_url(name, environ),
        servers=content["servers"],
        parameters={"Stage": name, **content["parameters"]},
    )


def _endpoint_url(name: str, environ: Mapping[str, str]) -> str | None:
    """A local stage never falls through to AWS: its endpoint comes from the environment or from the running stack's file."""
    if url := environ.get("AWS_ENDPOINT_URL"):
        return url
    if name != "local":
        return None
    if STACK_FILE.is_file():
        return str(json.loads(STACK_FILE.read_text())["aws_endpoint_url"])
    raise DeploymentError("stage 'local' needs the local stack, and it is not up; start it with: make up")
