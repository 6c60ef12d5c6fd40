"""A mapping's engine at work on a log in memory, for as long as a `with` block lasts."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread

from emulator.event_source.checkpoints import CheckpointFile, ConsumerCheckpoints
from emulator.event_source.engine import Engine
from emulator.event_source.events import RecordFilter
from emulator.event_source.model import MappingConfig
from emulator.event_source.ports import Ports
from emulator.kinesis.model import StreamReader
from tests.emulator.event_source.fakes import FakeClock, FakeDestination, FakeFunction, FakeLog, FakeStatus, eventually, mapping


@dataclass
class World:
    """All around an engine, with checkpoints in a file that outlives it."""

    file: CheckpointFile
    clock: FakeClock = field(default_factory=FakeClock)
    function: FakeFunction = field(default_factory=FakeFunction)
    destination: FakeDestination = field(default_factory=FakeDestination)
    status: FakeStatus = field(default_factory=FakeStatus)
    log: FakeLog = field(init=False)

    def __post_init__(self) -> None:
        self.log = FakeLog(self.clock)

    @contextmanager
    def running(self, config: MappingConfig | None = None, reader: StreamReader | None = None) -> Iterator[None]:
        """Run a mapping meanwhile; its threads are gone afterwards."""
        config = config or mapping()
        ports = Ports(
            reader=reader or self.log,
            record_filter=RecordFilter((), lambda _pattern, _event: True),
            function=self.function,
            destination=self.destination,
            checkpoints=ConsumerCheckpoints(self.file, config.consumer),
            clock=self.clock,
            status=self.status,
        )
        engine = Engine(config, ports, tell_every_s=0.01)
        thread = Thread(target=engine.run, daemon=True)
        thread.start()
        try:
            yield
        finally:
            engine.stop()
            thread.join(20)
            assert not thread.is_alive(), "the engine did not stop"

    def settled(self, config: MappingConfig | None = None) -> dict[str, str | None]:
        """The stored checkpoint of each shard."""
        checkpoints = self.file.load((config or mapping()).consumer)
        return {shard_id: checkpoint.settled for shard_id, checkpoint in checkpoints.items()}

    def sees(self, *sequences: str) -> None:
        """Wait until the function has seen these records."""
        wanted = {int(sequence) for sequence in sequences}
        eventually(lambda: wanted <= set(self.function.sequences), f"never saw all of {sorted(wanted)}")

    def settles(self, sequence: str, shard: int = 0) -> None:
        """Wait until a shard's checkpoint has come so far."""
        shard_id = f"shardId-{shard:012d}"
        eventually(lambda: int(self.settled().get(shard_id) or 0) >= int(sequence), f"{shard_id} never came to {sequence}")


def world(folder: Path) -> World:
    """A world whose checkpoints lie in a folder."""
    return World(CheckpointFile(folder / "checkpoints.sqlite"))
