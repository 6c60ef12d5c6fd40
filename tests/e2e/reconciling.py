"""The comparison command against a running stack."""

import os
import subprocess
import sys

from tests.e2e.local_stack import ROOT, LocalStack


def assert_read_model_agrees(stack: LocalStack, within_s: float = 90) -> None:
    """The read model equals the database, document by document, within that time."""
    known = stack.content
    environment = {
        **os.environ,
        "AWS_ENDPOINT_URL": known["aws_endpoint_url"],
        "AWS_REGION": known["region"],
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "GONIO_SEARCH_ENDPOINT": known["opensearch_url"],
    }
    command = [sys.executable, "-m", "infra.reconcile", "--stage", "local", "--within", str(within_s)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
