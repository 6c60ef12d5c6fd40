"""`chalice local` from the project's root serves the same front end against the running stack, with its services in process."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.e2e.local_stack import ROOT, LocalStack, until

NORTH = "therapist@clinic-north.example"


@pytest.fixture
def url(running: LocalStack, tmp_path: Path) -> Iterator[str]:
    """A development server with the deployed function's own settings."""
    known = running.content
    deployed = running.client("lambda").get_function_configuration(FunctionName="gonio-local-bff")["Environment"]["Variables"]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    aws = {"AWS_ENDPOINT_URL": known["aws_endpoint_url"], "AWS_DEFAULT_REGION": known["region"]}
    secrets = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    environment = {**os.environ, **deployed, **aws, **secrets, "GONIO_SERVICE_TRANSPORT": "in_process"}
    command = [str(Path(sys.executable).parent / "chalice"), "local", "--port", str(port), "--no-autoreload", "--stage", "package"]
    with (
        (tmp_path / "chalice.log").open("w") as log,
        subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log) as server,
    ):
        until(lambda: _listens(port), 60, "chalice local to listen")
        yield f"http://127.0.0.1:{port}"
        server.terminate()


def test_a_therapist_signs_in_and_sees_the_tenants_devices(running: LocalStack, url: str) -> None:
    user = next(u for u in running.content["users"] if u["email"] == NORTH)
    origin = {"Origin": running.content["web_url"].rstrip("/")}
    with requests.Session() as session:
        session.trust_env = False
        signed_in = session.post(f"{url}/session", json={"email": NORTH, "password": user["password"]}, headers=origin, timeout=30)
        assert signed_in.status_code == 200, signed_in.text
        # A Secure cookie does not travel over plain HTTP by itself.
        cookie = signed_in.headers["set-cookie"].split(";")[0]
        devices = session.get(f"{url}/devices", headers={"Cookie": cookie}, timeout=30)
        assert {item["tenant_id"] for item in devices.json()["items"]} == {"clinic-north"}
        assert session.get(f"{url}/devices", timeout=30).status_code == 401


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
