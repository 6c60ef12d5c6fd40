"""Who plays what: devices, recordings and faults make plans, the same again when a replay goes on in its folder."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from iot.client.settings import DeviceIdentity
from iot.errors import ConfigurationError
from iot.replay.faults import Faults, spoil
from iot.replay.plan import Plan, Sender, one_after_another, plan
from iot.replay.player import Part
from iot.replay.recording import Recording

PAUSE_MS = 2000
"""Between two recordings of one device."""


@dataclass(frozen=True, slots=True)
class Score:
    """What determines a replay, but for its moment: the devices in turn take recordings, until each has as many as it plays."""

    devices: tuple[DeviceIdentity, ...]
    recordings: tuple[Recording, ...]
    speed: float = 1.0
    seed: int = 0
    faults: Faults = field(default_factory=Faults)
    takes: int = 1
    """How many recordings each device plays, one after another."""

    def parts(self, started_at_ms: int) -> list[Part]:
        """The devices with their messages, for sessions that began at this time."""
        return [Part(device, self._plan(device, self._program(number), started_at_ms)) for number, device in enumerate(self.devices)]

    def start_ms(self, now_ms: int, not_before_ms: int = 0) -> int:
        """When the sessions began, so that no value is sent before it was measured although sending is faster.

        `not_before_ms` is when the devices' last sessions ended: a device measures one thing at a time.
        """
        longest_ms = self.takes * (max(recording.duration_ms for recording in self.recordings) + PAUSE_MS) - PAUSE_MS
        return max(not_before_ms, now_ms - round(longest_ms * max(0.0, 1 - 1 / self.speed)))

    def _program(self, number: int) -> list[Recording]:
        """What the device of this number plays."""
        return [self.recordings[(number + take * len(self.devices)) % len(self.recordings)] for take in range(self.takes)]

    def _plan(self, device: DeviceIdentity, program: Sequence[Recording], started_at_ms: int) -> Plan:
        sender = Sender(device.tenant_id, device.device_id, device.member_id or f"member-{device.device_id}"[:64])
        plans = []
        for recording in program:
            plans.append(plan(sender, recording, started_at_ms, self.seed))
            started_at_ms += recording.duration_ms + PAUSE_MS
        return spoil(one_after_another(plans), self.faults, self.seed)


def recall(work_dir: Path, score: Score, now_ms: int, not_before_ms: int = 0) -> int:
    """The start of the sessions: as the folder remembers it, else now, remembered for the next time.

    Raises `ConfigurationError` when the folder belongs to another replay: its outboxes would not fit the plans.
    """
    path, described = work_dir / "replay.json", _description(score)
    if path.exists():
        remembered = json.loads(path.read_text(encoding="utf-8"))
        if remembered["of"] != described:
            raise ConfigurationError(f"{work_dir} belongs to a replay with other devices, recordings or faults; choose another folder")
        return int(remembered["started_at_ms"])
    work_dir.mkdir(parents=True, exist_ok=True)
    started_at_ms = score.start_ms(now_ms, not_before_ms)
    staged = path.with_suffix(".new")
    staged.write_text(json.dumps({"of": described, "started_at_ms": started_at_ms}), encoding="utf-8")
    staged.replace(path)
    return started_at_ms


def _description(score: Score) -> dict[str, Any]:
    return {
        "devices": [[device.tenant_id, device.device_id, device.member_id] for device in score.devices],
        "recordings": [[recording.name, len(recording.samples)] for recording in score.recordings],
        "takes": score.takes,
        "seed": score.seed,
        "faults": asdict(score.faults),
    }
