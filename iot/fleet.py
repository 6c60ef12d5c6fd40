"""A fleet for measuring: so many messages a second of 240 values, over so many devices, for so long.

The messages are a device's usual second (eight joints, 30 values each), with numbers that are cheap to make. Their measured times
follow one another without overlap, whatever the rate, so that every value is one row of `reading_values`. With `--sessions` each
device's messages make a session, named by what stands before the last dash of their ids.

`python -m iot.fleet --rate 300 --devices all --seconds 60 --report F`
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zlib import crc32

from msgspec import UNSET

from chalicelib.domain import telemetry
from chalicelib.domain.telemetry import Series, Telemetry
from chalicelib.domain.topics import MessageKind
from iot.client.outbox import Durability
from iot.client.settings import DeviceIdentity, Ingestion
from iot.errors import DeviceSideError
from iot.replay.cli import choose_devices, number_from
from iot.replay.journal import read_history
from iot.replay.plan import MESSAGE_MS, Plan, PlannedMessage, Sender
from iot.replay.player import Part, Player, PlaySettings, replay_client, wall_clock_ms
from iot.replay.progress import Watch, display_for_output
from iot.replay.recording import SAMPLE_INTERVAL_MS
from iot.replay.report import report, write_report
from iot.stack import read_stack, stack_file

METRICS = (
    "knee_flexion_left",
    "knee_flexion_right",
    "hip_flexion_left",
    "hip_flexion_right",
    "elbow_flexion_left",
    "elbow_flexion_right",
    "shoulder_elevation_left",
    "shoulder_elevation_right",
)
VALUES_A_SERIES = 30
VALUES_A_MESSAGE = VALUES_A_SERIES * len(METRICS)


@dataclass(frozen=True, slots=True)
class Load:
    """How much: messages a second over the whole fleet, and for how many seconds."""

    rate: float
    seconds: float
    has_sessions: bool = False
    not_before_ms: int = 0
    """When the first value was measured at the earliest, in epoch milliseconds: where a device has values already, after them."""

    @property
    def messages(self) -> int:
        """All messages of the fleet."""
        return round(self.rate * self.seconds)


def fleet_parts(devices: Sequence[DeviceIdentity], load: Load, now_ms: int) -> list[Part]:
    """Each device's share of the load, evenly spread in time. Values end at `now_ms`, unless they may not begin early enough."""
    longest = -(-load.messages // len(devices))
    started_at_ms = max(load.not_before_ms, now_ms - longest * MESSAGE_MS)
    return [
        Part(device, _plan(device, range(number, load.messages, len(devices)), load, started_at_ms))
        for number, device in enumerate(devices)
    ]


def _plan(device: DeviceIdentity, turns: range, load: Load, started_at_ms: int) -> Plan:
    """`turns` are the places of the device's messages among the fleet's."""
    # Unique in the tenant, as a session's name must be.
    prefix = f"f-{started_at_ms}-{crc32(device.device_id.encode()):08x}"
    session = prefix if load.has_sessions else None
    messages = tuple(
        PlannedMessage(
            f"{prefix}-{number:06d}",
            MessageKind.TELEMETRY,
            round(turn * 1000 / load.rate),
            _payload(f"{prefix}-{number:06d}", session, started_at_ms + number * MESSAGE_MS, number),
            VALUES_A_MESSAGE,
        )
        for number, turn in enumerate(turns)
    )
    return Plan(Sender(device.tenant_id, device.device_id, device.member_id or ""), prefix, started_at_ms, messages)


def _payload(message_id: str, session: str | None, t0: int, number: int) -> bytes:
    series = [
        Series(
            metric=metric, unit="deg", t0=t0, dt=SAMPLE_INTERVAL_MS, values=[(number + column * 7 + i * 3) % 900 / 10 for i in range(30)]
        )
        for column, metric in enumerate(METRICS)
    ]
    return telemetry.encode(Telemetry(v=1, id=message_id, session=session or UNSET, series=series))


def main(arguments: Sequence[str] | None = None) -> int:
    """Sends the load and answers the exit code, as the replay does."""
    parsed = _parser().parse_args(arguments)
    try:
        return _send(parsed)
    except DeviceSideError as error:
        sys.stderr.write(f"fleet: {error}\n")
        return 1


def _send(parsed: argparse.Namespace) -> int:
    stack = read_stack(parsed.stack_file)
    devices = choose_devices(stack.devices(), parsed.devices)
    parts = fleet_parts(devices, Load(parsed.rate, parsed.seconds, parsed.sessions, parsed.not_before), wall_clock_ms())
    work_dir = parsed.work_dir or Path("var/fleet") / datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
    work_dir.mkdir(parents=True, exist_ok=True)
    client = replay_client(parsed.in_flight, parsed.aws_limits)
    settings = PlaySettings(
        work_dir, ingestion=Ingestion(parsed.ingestion), stage=parsed.stage, durability=Durability.PROCESS_KILL, client=client
    )
    player = Player(parts, stack.gateway(), settings)
    with Watch(player.tally, display_for_output("fleet")):
        complete = player.play()
    outcome = report([part.plan for part in parts], read_history(player.journal_file))
    if parsed.report:
        write_report(parsed.report, outcome)
    counts = outcome.summary
    sys.stdout.write(f"fleet: {counts['acknowledged']} of {counts['planned']} acknowledged, {counts['acknowledged_per_second']}/s\n")
    return 0 if complete else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m iot.fleet", description="Sends a steady load from many devices.")
    parser.add_argument("--stack-file", type=Path, default=stack_file())
    parser.add_argument("--stage", default="local", help="names the rules, for Basic Ingest")
    parser.add_argument("--devices", default="all", help="all, a number, or device ids with commas between")
    parser.add_argument("--rate", type=number_from(0.1, float), required=True, help="messages a second over the whole fleet")
    parser.add_argument("--seconds", type=number_from(0.1, float), required=True)
    parser.add_argument("--sessions", action="store_true", help="each device's messages make a session")
    parser.add_argument(
        "--not-before", type=number_from(0, int), default=0, metavar="MS", help="values begin then at the earliest (epoch ms)"
    )
    parser.add_argument("--ingestion", choices=[way.value for way in Ingestion], default=Ingestion.PLAIN_TOPIC.value)
    parser.add_argument("--in-flight", type=number_from(1, int), default=100)
    parser.add_argument("--aws-limits", action="store_true", help="hold each device to IoT Core's 100 publishes a second")
    parser.add_argument("--work-dir", type=Path, help="outboxes and journal")
    parser.add_argument("--report", type=Path, help="JSON file: summary and every message")
    return parser


if __name__ == "__main__":
    sys.exit(main())
