"""The functions as a CloudFormation template and an uploaded archive: `chalice package`, then the code under its content's hash."""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from infra.cloudformation import DeploymentError
from infra.template import ROOT, Template, load

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


def functions_template(s3: "S3Client | None", bucket: str) -> Template:
    """The functions' template with `bucket` as the place of their code.

    Without a client nothing is uploaded: the template alone, as the linter needs it. Raises DeploymentError when Chalice
    cannot package the application.
    """
    with tempfile.TemporaryDirectory() as folder:
        template, archive = packaged_archive(Path(folder))
        key = f"functions/{hashlib.sha256(archive.read_bytes()).hexdigest()}.zip"
        if s3:
            s3.upload_file(str(archive), bucket, key)
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = {"Bucket": bucket, "Key": key}
    return template


def packaged_archive(folder: Path) -> tuple[Template, Path]:
    """The functions' template and their archive, made in `folder`. Raises DeploymentError when Chalice refuses."""
    extra = folder / "functions.json"
    extra.write_text(json.dumps(load("functions")))
    out = folder / "out"
    command = [str(Path(sys.executable).parent / "chalice"), "package", "--stage", "package", "--merge-template", str(extra), str(out)]
    # Importing app.py must not need a deployed stage's settings, so none are passed on. Chalice wants a region, and writes none down.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GONIO_")}
    environment.setdefault("AWS_DEFAULT_REGION", "eu-west-1")
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no output"])[-1]
        raise DeploymentError(f"functions: chalice could not package the application: {last}")
    template: dict[str, Any] = json.loads((out / "sam.json").read_text())
    return template, out / "deployment.zip"
