"""The replay command.

Exit codes: 0 the gateway has everything, 1 it has not or something failed (one sentence on standard error), 2 wrong arguments.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from iot.client.settings import DeviceIdentity, Ingestion
from iot.errors import ConfigurationError, DeviceSideError
from iot.replay.faults import Faults
from iot.replay.journal import read_history
from iot.replay.player import Player, PlaySettings, replay_client, wall_clock_ms
from iot.replay.progress import Watch, display_for_output
from iot.replay.recording import all_shipped, find
from iot.replay.report import Report, report, write_expected, write_report
from iot.replay.score import Score, recall
from iot.stack import read_stack, stack_file


def main(arguments: Sequence[str] | None = None) -> int:
    """Plays and answers the exit code."""
    parsed = _parser().parse_args(arguments)
    try:
        return _replay(parsed)
    except DeviceSideError as error:
        sys.stderr.write(f"replay: {error}\n")
        return 1


def _replay(parsed: argparse.Namespace) -> int:
    stack = read_stack(parsed.stack_file)
    score = _score(parsed, stack.devices())
    work_dir = parsed.work_dir or Path("var/replay") / datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
    parts = score.parts(recall(work_dir, score, wall_clock_ms(), parsed.not_before))
    player = Player(parts, stack.gateway(), _settings(parsed, work_dir))
    with Watch(player.tally, display_for_output("replay")):
        complete = player.play()
    plans = [part.plan for part in parts]
    outcome = report(plans, read_history(player.journal_file))
    if parsed.report:
        write_report(parsed.report, outcome)
    if parsed.expected:
        write_expected(parsed.expected, plans)
    _tell(outcome, work_dir)
    return 0 if complete else 1


def _score(parsed: argparse.Namespace, known: Sequence[DeviceIdentity]) -> Score:
    devices = tuple(choose_devices(known, parsed.devices))
    recordings = tuple(find(name) for name in parsed.recording) or tuple(all_shipped())
    faults = Faults(parsed.duplicates, parsed.disorder, parsed.gaps, parsed.malformed)
    return Score(devices, recordings, parsed.speed, parsed.seed, faults, parsed.takes)


def _settings(parsed: argparse.Namespace, work_dir: Path) -> PlaySettings:
    return PlaySettings(
        work_dir,
        parsed.speed,
        Ingestion(parsed.ingestion),
        parsed.stage,
        client=replay_client(parsed.in_flight, parsed.aws_limits),
        connect_timeout_s=parsed.connect_timeout,
        drain_timeout_s=parsed.drain_timeout,
    )


def choose_devices(devices: Sequence[DeviceIdentity], wanted: str) -> list[DeviceIdentity]:
    """All, the first N, or the named ones (comma-separated); raises `ConfigurationError` when that is none."""
    if wanted == "all":
        chosen = list(devices)
    elif wanted.isdecimal():
        chosen = list(devices[: int(wanted)])
    else:
        names = wanted.split(",")
        chosen = [device for device in devices if device.device_id in names]
        if len(chosen) != len(names):
            raise ConfigurationError(f"the stack file does not have all of the devices {wanted}")
    if not chosen:
        raise ConfigurationError("there is no device to play; register one with python -m iot.provisioning")
    return chosen


def _tell(outcome: Report, work_dir: Path) -> None:
    counts = outcome.summary
    sys.stdout.write(
        f"replay: {counts['acknowledged']} of {counts['planned']} messages acknowledged in {counts['took_ms'] / 1000:.1f} s, "
        f"{counts['values']} values from {counts['devices']} devices, {counts['malformed']} malformed on purpose\n"
    )
    if counts["acknowledged"] < counts["planned"]:
        sys.stderr.write(f"replay: not everything was acknowledged; the same command with --work-dir {work_dir} goes on\n")


def _share(text: str) -> float:
    share = float(text)
    if not 0 <= share <= 1:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 1")
    return share


def number_from(least: float, kind: Callable[[str], float]) -> Callable[[str], float]:
    """An argument's type: a finite number that is at least `least`."""

    def parse(text: str) -> float:
        number = kind(text)
        if not least <= number < float("inf"):
            raise argparse.ArgumentTypeError(f"{text} is not a number from {least:g} on")
        return number

    return parse


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m iot.replay", description="Plays recordings as devices would send them.")
    count = number_from(0, int)
    parser.add_argument("--stack-file", type=Path, default=stack_file())
    parser.add_argument("--stage", default="local", help="names the rules, for Basic Ingest")
    parser.add_argument("--recording", nargs="+", action="extend", default=[], help="CSV files, or names of the project's (default: all)")
    parser.add_argument("--devices", default="all", help="all, a number, or device ids with commas between")
    parser.add_argument("--speed", type=number_from(0.01, float), default=1.0, help="how much faster than measured")
    parser.add_argument("--takes", type=number_from(1, int), default=1, metavar="N", help="recordings that each device plays, one by one")
    parser.add_argument("--not-before", type=count, default=0, metavar="MS", help="sessions begin then at the earliest (epoch ms)")
    parser.add_argument("--duplicates", type=_share, default=0.0, metavar="SHARE")
    parser.add_argument("--disorder", type=_share, default=0.0, metavar="SHARE")
    parser.add_argument("--gaps", type=_share, default=0.0, metavar="SHARE")
    parser.add_argument("--malformed", type=count, default=0, metavar="N", help="malformed messages of every kind, for each device")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--ingestion", choices=[way.value for way in Ingestion], default=Ingestion.PLAIN_TOPIC.value)
    parser.add_argument("--in-flight", type=number_from(1, int), default=20)
    parser.add_argument("--aws-limits", action="store_true", help="hold each device to IoT Core's 100 publishes a second")
    parser.add_argument("--connect-timeout", type=number_from(0, float), default=30.0, metavar="S")
    parser.add_argument("--drain-timeout", type=number_from(0, float), default=120.0, metavar="S")
    parser.add_argument("--work-dir", type=Path, help="outboxes and journal; the same again goes on where it was")
    parser.add_argument("--report", type=Path, help="JSON file: summary and every message")
    parser.add_argument("--expected", type=Path, help="JSON lines file: every value that the platform must then hold")
    return parser
