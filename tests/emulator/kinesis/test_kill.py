"""A killed process loses nothing that was acknowledged."""

import subprocess
import sys
import time
from pathlib import Path

from emulator.kinesis.log import StreamLog
from tests.emulator.kinesis.logs import new_stream, read_stream

PRODUCER = """
import sys
from pathlib import Path
from emulator.kinesis.log import StreamLog
from tests.emulator.kinesis.logs import STREAM, entry
log = StreamLog(Path(sys.argv[1]))
for number in range(10**9):
    log.put(STREAM, [entry(f"device-{number % 7}", f"{number}-{item}".encode()) for item in range(3)])
    print(number, flush=True)
"""


def test_what_was_acknowledged_before_a_kill_is_in_the_reopened_log(tmp_path: Path) -> None:
    file = tmp_path / "streams.sqlite"
    log = StreamLog(file)
    new_stream(log, 3)
    log.close()
    acknowledged = _acknowledged_by_a_killed_producer(file, at_least=300)
    log = StreamLog(file)
    stored = {record.data for record in read_stream(log)}
    log.close()
    assert {f"{number}-{item}".encode() for number in acknowledged for item in range(3)} <= stored


def _acknowledged_by_a_killed_producer(file: Path, at_least: int) -> list[int]:
    root = Path(__file__).resolve().parents[3]
    producer = subprocess.Popen(
        [sys.executable, "-c", PRODUCER, str(file)], cwd=root, env=_environ(root), stdout=subprocess.PIPE, text=True
    )
    assert producer.stdout is not None
    deadline = time.monotonic() + 60
    numbers: list[int] = []
    while len(numbers) < at_least:
        assert time.monotonic() < deadline
        numbers.append(int(producer.stdout.readline()))
    producer.kill()
    rest, _ = producer.communicate()
    complete = rest[: rest.rfind("\n") + 1].split()
    return numbers + [int(number) for number in complete]


def _environ(root: Path) -> dict[str, str]:
    return {"PYTHONPATH": f"{root}:{root / 'localstack'}"}
