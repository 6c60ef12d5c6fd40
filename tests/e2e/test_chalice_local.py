"""`make chalice`: `chalice local` serves the same front end against the running stack, with its services in process."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.e2e.launching import launching
from tests.e2e.local_stack import LocalStack, until

NORTH = "therapist@clinic-north.example"
MODULE = "launcher.deploying.chalice_local"


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture
def url(running: LocalStack, port: int) -> Iterator[str]:
    """Where the command says that it listens."""
    with launching(MODULE, "--var", str(running.file.parent), "--port", str(port)) as server:
        until(lambda: _listens(port) or server.poll() is not None, 60, "chalice local to listen")
        assert server.poll() is None, server.communicate()
        assert server.stdout
        assert f"http://localhost:{port} " in server.stdout.readline()
        yield f"http://localhost:{port}"


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
        # Its values come from the database, with the services' account.
        device = session.get(f"{url}/devices/north-tracker-1", headers={"Cookie": cookie}, timeout=30)
        assert device.status_code == 200, device.text
        assert session.get(f"{url}/devices", timeout=30).status_code == 401


def test_a_port_that_is_taken_is_refused_in_one_sentence(running: LocalStack, port: int, url: str) -> None:
    with launching(MODULE, "--var", str(running.file.parent), "--port", str(port)) as second:
        printed, complaint = second.communicate(timeout=60)
    assert url
    assert (second.returncode, printed) == (1, "")
    assert complaint == f"chalice: port {port} is taken by another program; choose another with PORT=…\n"


def test_without_a_running_stack_there_is_one_sentence(tmp_path: Path) -> None:
    with launching(MODULE, "--var", str(tmp_path)) as server:
        printed, complaint = server.communicate(timeout=60)
    assert (server.returncode, printed) == (1, "")
    assert complaint.endswith("something does not answer; see make status\n")
    assert complaint.count("\n") == 1


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
