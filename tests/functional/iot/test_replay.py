"""The replay command, from recordings to a broker, through kills."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chalicelib.domain import telemetry
from chalicelib.domain.telemetry import measured_at
from iot import fleet
from iot.client.outbox import Outbox
from iot.replay import cli
from tests.functional.iot.conftest import Authority, Broker, Observer, eventually

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def stack_file(tmp_path: Path, broker: Broker, authority: Authority) -> Path:
    devices = [authority.device("clinic-a", f"knee-{number}") for number in (1, 2, 3)]
    address = broker.address
    path = tmp_path / "stack.json"
    document = {
        "iot": {"endpoint": address.host, "port": address.port, "ca_file": str(address.ca_file)},
        "devices": [
            {"tenant": it.tenant_id, "device_id": it.device_id, "cert_file": str(it.certificate_file), "key_file": str(it.key_file)}
            for it in devices
        ],
    }
    path.write_text(json.dumps(document))
    return path


@pytest.fixture
def arguments(tmp_path: Path, stack_file: Path) -> list[str]:
    return ["--stack-file", str(stack_file), "--work-dir", str(tmp_path / "work"), "--report", str(tmp_path / "report.json")]


def report_of(folder: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((folder / "report.json").read_text())
    return document


def values_in(observer: Observer) -> dict[tuple[str, str, int], float]:
    """Device, metric and measured time → value, of what is well-formed telemetry."""
    found: dict[tuple[str, str, int], float] = {}
    for command in observer.received:
        if command.topic.endswith("/telemetry"):
            for series in telemetry.decode(command.payload).series:
                for place, value in enumerate(series.values):
                    found[command.topic.split("/")[3], series.metric, measured_at(series.t0, series.dt_ms, place)] = value
    return found


def expected_in(path: Path) -> dict[tuple[str, str, int], float]:
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    return {(row["device_id"], row["metric"], row["measured_at_ms"]): row["value"] for row in rows}


def test_every_value_of_the_recordings_reaches_the_broker_through_duplicates_and_disorder(
    tmp_path: Path, arguments: list[str], observe: Callable[[str], Observer]
) -> None:
    observer = observe("dt/#")
    options = ["--recording", "m08_s01", "m07_s01", "--speed", "100", "--duplicates", "0.1", "--disorder", "0.2"]
    assert cli.main([*arguments, *options, "--expected", str(tmp_path / "expected.jsonl")]) == 0
    summary = report_of(tmp_path)["summary"]
    assert summary["devices"] == 3
    assert summary["acknowledged"] == summary["planned"] > 60
    assert summary["duplicates"] > 0
    eventually(lambda: len(observer.received) == summary["planned"])
    assert values_in(observer) == expected_in(tmp_path / "expected.jsonl")
    assert len(expected_in(tmp_path / "expected.jsonl")) == summary["values"]


def test_malformed_messages_are_sent_as_they_are_and_told_in_the_report(
    tmp_path: Path, arguments: list[str], observe: Callable[[str], Observer]
) -> None:
    observer = observe("dt/gonio/clinic-a/knee-2/telemetry")
    assert cli.main([*arguments, "--recording", "m08_s01", "--speed", "200", "--devices", "knee-2", "--malformed", "1"]) == 0
    faults = [message["fault"] for message in report_of(tmp_path)["messages"] if message["fault"]]
    assert len(faults) == 9
    eventually(lambda: any(payload.startswith(b"\x00\xff") for payload in observer.payloads))
    assert sum(b"NaN" in payload for payload in observer.payloads) == 1


def test_a_replay_that_is_killed_goes_on_where_it_was(tmp_path: Path, arguments: list[str], observe: Callable[[str], Observer]) -> None:
    observer = observe("dt/#")
    options = ["--recording", "m08_s01", "--speed", "20", "--expected", str(tmp_path / "expected.jsonl")]
    command = [sys.executable, "-m", "iot.replay", *arguments, *options]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL) as first:
        eventually(lambda: len(observer.received) > 10)
        os.kill(first.pid, signal.SIGKILL)
    assert len(values_in(observer)) < 3 * 4160
    again = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert again.returncode == 0, again.stderr
    summary = report_of(tmp_path)["summary"]
    assert summary["handed"] == summary["acknowledged"] == summary["planned"]
    eventually(lambda: values_in(observer) == expected_in(tmp_path / "expected.jsonl"))
    with Outbox(tmp_path / "work" / "knee-1.outbox") as left:
        assert len(left) == 0


def test_a_folder_of_another_replay_is_refused(tmp_path: Path, arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([*arguments, "--recording", "m08_s01", "--speed", "500"]) == 0
    assert cli.main([*arguments, "--recording", "m07_s01", "--speed", "500"]) == 1
    assert "belongs to a replay with other" in capsys.readouterr().err


def test_without_a_gateway_the_replay_ends_with_one_sentence(
    tmp_path: Path, stack_file: Path, broker: Broker, capsys: pytest.CaptureFixture[str]
) -> None:
    broker.kill()
    arguments = ["--stack-file", str(stack_file), "--work-dir", str(tmp_path / "work"), "--connect-timeout", "0.5"]
    assert cli.main([*arguments, "--recording", "m08_s01"]) == 1
    assert "knee-1 did not connect within 0.5 s" in capsys.readouterr().err


def test_a_stack_file_that_is_not_there_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--stack-file", str(tmp_path / "none.json")]) == 1
    assert "start the local stack first" in capsys.readouterr().err


def test_a_fleet_sends_its_load(tmp_path: Path, arguments: list[str], observe: Callable[[str], Observer]) -> None:
    observer = observe("dt/#")
    assert fleet.main([*arguments, "--rate", "100", "--seconds", "1"]) == 0
    assert report_of(tmp_path)["summary"]["values"] == 24_000
    eventually(lambda: len(values_in(observer)) == 24_000)
