"""`var/stack.json`: how to reach everything, written when, and only when, everything answers."""

import json
import os
from pathlib import Path
from typing import Any

from launcher.deploying import demo_users
from launcher.instance import ROOT, Instance
from launcher.processes import database
from launcher.processes.components import REGION, certificate_files, endpoint_url, search_url, web_origin
from launcher.processes.supervisor import Supervisor


def write(instance: Instance, outputs: dict[str, str], devices: list[dict[str, str]]) -> None:
    """Write the file atomically; readers never see half of it. Nothing is touched when nothing changed."""
    content = json.dumps(_content(instance, outputs, devices), indent=1) + "\n"
    path = instance.stack_file
    if path.is_file() and path.read_text() == content:
        return
    draft = path.with_suffix(".draft")
    draft.touch(mode=0o600)
    draft.write_text(content)
    draft.replace(path)


def _content(instance: Instance, outputs: dict[str, str], devices: list[dict[str, str]]) -> dict[str, Any]:
    connection = database.parameters(instance)
    return {
        "region": REGION,
        "aws_endpoint_url": endpoint_url(instance),
        "iot": {"endpoint": "localhost", "port": instance.ports["gateway"], "ca_file": relative(certificate_files(instance)["ca.pem"])},
        "mysql": connection,
        "opensearch_url": search_url(instance),
        "api_url": f"{web_origin(instance)}/api",
        "web_url": f"{web_origin(instance)}/",
        "web_ca_file": relative(certificate_files(instance)["ca.pem"]),
        "streams": {"telemetry": outputs["TelemetryStreamName"], "changes": outputs["ChangesStreamName"]},
        "rules": {"telemetry": outputs["TelemetryRuleName"], "event": outputs["EventRuleName"]},
        "functions": {"ingest": outputs["IngestFunctionName"], "devices": outputs["DevicesFunctionName"]},
        "dead_letter_queue_url": outputs["DeadLetterQueueUrl"],
        "quarantine_bucket": outputs["QuarantineBucketName"],
        "users": demo_users.known(instance),
        "devices": devices,
        "processes": [
            {"name": p["name"], "pid": p["pid"], "log": relative(Path(p["stdout_logfile"]))}
            for p in Supervisor(instance).processes()
            if p["pid"]
        ],
    }


def relative(path: Path) -> str:
    """As seen from the project's root, when it lies below it."""
    return os.path.relpath(path, ROOT) if path.is_relative_to(ROOT) else str(path)
