"""The outbox: order, bounds, durability."""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from chalicelib.domain.telemetry import MAX_PAYLOAD_BYTES
from iot.client.outbox import Durability, Outbox, OutboxLimits
from iot.errors import MessageTooLarge, OutboxBusy, OutboxError, OutboxFull

LIMITS = OutboxLimits(messages=8, payload_bytes=60)


def waiting(outbox: Outbox) -> list[tuple[int, bytes]]:
    """Everything that waits, in the order in which it would be sent."""
    found, sequence = [], 0
    while (message := outbox.next_after(sequence)) is not None:
        found.append((message.sequence, message.payload))
        sequence = message.sequence
    return found


class AnyOrderOfUse(RuleBasedStateMachine):
    """However it is used and reopened, the outbox holds what was put and not acknowledged, in order and within its bounds."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "outbox"
        self.outbox = Outbox(self.path, LIMITS, Durability.PROCESS_KILL)
        self.stored: dict[int, bytes] = {}
        self.parked: set[int] = set()

    @rule(payload=st.binary(max_size=30))
    def put(self, payload: bytes) -> None:
        fits = len(self.stored) < LIMITS.messages and sum(map(len, self.stored.values())) + len(payload) <= LIMITS.payload_bytes
        if fits:
            sequence = self.outbox.put("t", payload, position=len(payload))
            assert sequence > max(self.stored, default=0)
            self.stored[sequence] = payload
            assert self.outbox.position == len(payload)
        else:
            with pytest.raises(OutboxFull):
                self.outbox.put("t", payload)

    @precondition(lambda self: self.stored)
    @rule(data=st.data())
    def acknowledge(self, data: st.DataObject) -> None:
        sequence = data.draw(st.sampled_from(sorted(self.stored)))
        self.outbox.acknowledge(sequence)
        self.outbox.acknowledge(sequence)
        del self.stored[sequence]
        self.parked.discard(sequence)

    @precondition(lambda self: self.stored)
    @rule(data=st.data())
    def park(self, data: st.DataObject) -> None:
        sequence = data.draw(st.sampled_from(sorted(self.stored)))
        self.outbox.park(sequence, "refused")
        self.parked.add(sequence)

    @rule()
    def release(self) -> None:
        self.outbox.release_parked()
        self.parked.clear()

    @rule()
    def reopen(self) -> None:
        self.outbox.close()
        self.outbox = Outbox(self.path, LIMITS, Durability.PROCESS_KILL)

    @invariant()
    def holds_what_was_put_in_order(self) -> None:
        assert waiting(self.outbox) == [(key, self.stored[key]) for key in sorted(self.stored) if key not in self.parked]
        assert [sequence for sequence, _ in self.outbox.parked()] == sorted(self.parked)
        assert len(self.outbox) == len(self.stored)
        assert self.outbox.payload_bytes == sum(map(len, self.stored.values()))

    def teardown(self) -> None:
        self.outbox.close()
        self.folder.cleanup()


AnyOrderOfUse.TestCase.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
TestAnyOrderOfUse = AnyOrderOfUse.TestCase


def test_a_second_process_cannot_open_the_same_outbox(tmp_path: Path) -> None:
    with Outbox(tmp_path / "outbox"):
        script = "import sys; from pathlib import Path; from iot.client.outbox import Outbox; Outbox(Path(sys.argv[1]))"
        second = subprocess.run([sys.executable, "-c", script, str(tmp_path / "outbox")], capture_output=True, text=True, check=False)
    assert "OutboxBusy" in second.stderr


def test_opening_it_twice_in_one_process_is_refused_too(tmp_path: Path) -> None:
    with Outbox(tmp_path / "outbox"), pytest.raises(OutboxBusy):
        Outbox(tmp_path / "outbox")


def test_a_message_that_the_gateway_would_not_take_is_refused(tmp_path: Path) -> None:
    with Outbox(tmp_path / "outbox") as outbox:
        with pytest.raises(MessageTooLarge):
            outbox.put("t", b"x" * (MAX_PAYLOAD_BYTES + 1))
        assert len(outbox) == 0


def test_a_file_that_is_no_outbox_is_an_error_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "outbox").write_bytes(b"not a database, but long enough to look like one" * 30)
    with pytest.raises(OutboxError, match=str(tmp_path)):
        Outbox(tmp_path / "outbox")


def test_what_was_put_survives_a_kill(tmp_path: Path) -> None:
    """A process puts messages and says so after each; killed in the middle, everything that it said is there, in order."""
    script = (
        "import sys; from pathlib import Path; from iot.client.outbox import Outbox\n"
        "outbox = Outbox(Path(sys.argv[1]))\n"
        "for number in range(100_000):\n"
        "    outbox.put('t', b'%d' % number, position=number)\n"
        "    print(number, flush=True)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script, str(tmp_path / "outbox")], stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        said = [int(writer.stdout.readline()) for _ in range(100)]
        os.kill(writer.pid, signal.SIGKILL)
        said += [int(line) for line in writer.stdout]
    with Outbox(tmp_path / "outbox") as outbox:
        found = [int(payload) for _, payload in waiting(outbox)]
        assert found[: len(said)] == said
        assert outbox.position == found[-1] == len(found) - 1


def test_acknowledgements_that_a_crash_loses_only_bring_messages_again(tmp_path: Path) -> None:
    script = (
        "import os, signal, sys; from pathlib import Path; from iot.client.outbox import Outbox\n"
        "outbox = Outbox(Path(sys.argv[1]))\n"
        "first, second = outbox.put('t', b'1'), outbox.put('t', b'2')\n"
        "outbox.acknowledge(first)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", script, str(tmp_path / "outbox")], check=False)
    with Outbox(tmp_path / "outbox") as outbox:
        assert waiting(outbox)[-1] == (2, b"2")
