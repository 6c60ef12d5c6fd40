"""What every viewer of the change feed is promised, whatever its stream does: nothing is missed, and nothing comes twice."""

import threading
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from hypothesis import strategies as st

from chalicelib.feed.change_feed import ChangeFeed, Told

WRITERS = 4
_ACTIONS = ["put", "put", "put", "split", "merge", "connect", "broken"]


class WritableStream(Protocol):
    """A stream of changes that a test writes to and reshards; of the open shards, `index` takes one in the order of their hashes."""

    def put(self, partition_key: str, data: bytes) -> None:
        """Appends a record to the open shard of its key."""
        ...

    def split(self, index: int) -> None:
        """Splits a shard in two, where it can be."""
        ...

    def merge(self, index: int) -> None:
        """Merges a shard with its neighbour, where there is one."""
        ...


def tell(data: bytes) -> Told | None:
    """Everything but what is another tenant's."""
    return None if data.startswith(b"hidden") else Told("changed", data.decode())


@dataclass(slots=True)
class Viewer:
    """A browser's `EventSource`: keeps the last id, and what was dispatched."""

    feed: ChangeFeed
    last_event_id: str | None = None
    events: list[tuple[str, str]] = field(default_factory=list)

    def connect(self, blocks: int | None = None) -> list[tuple[str, str]]:
        """One answer, or as much of it as arrives before it breaks off; the events that it brought."""
        known = len(self.events)
        self.read(self.feed.answer(self.last_event_id, tell), blocks)
        return self.events[known:]

    def read(self, text: str, blocks: int | None = None) -> None:
        """Takes an answer in; `blocks` is where it breaks off. By WHATWG HTML, 9.2.6."""
        assert text.endswith("\n\n")
        for block in text.removesuffix("\n\n").split("\n\n")[:blocks]:
            fields = dict(line.split(": ", 1) for line in block.split("\n") if not line.startswith(":"))
            self.last_event_id = fields.get("id", self.last_event_id)
            if "data" in fields:
                self.events.append((fields["event"], fields["data"].strip('"')))


def whatever_happens(data: st.DataObject, viewer: Viewer, stream: WritableStream, meanwhile: Callable[[], None] = lambda: None) -> None:
    """Writers, splits, merges, answers that break off, in any order: each record comes once, each key's in order."""
    viewer.connect()
    written: list[str] = []
    for action in data.draw(st.lists(st.sampled_from(_ACTIONS), max_size=40)):
        meanwhile()
        match action:
            case "put":
                key = data.draw(st.sampled_from("abcdefgh"))
                written.append(f"{key}:{len(written)}")
                stream.put(key, written[-1].encode())
            case "split":
                stream.split(data.draw(st.integers(0, 7)))
            case "merge":
                stream.merge(data.draw(st.integers(0, 7)))
            case "connect":
                viewer.connect()
            case _:
                viewer.connect(data.draw(st.integers(0, 5)))
    while viewer.connect():
        pass
    _assert_told(viewer, written)


def while_writers_write(viewer: Viewer, stream: WritableStream, count: int) -> None:
    """Writers on threads of their own, who reshard in between: each record comes once, each key's in order."""
    viewer.connect()

    def write(writer: int) -> None:
        for number in range(count):
            stream.put(f"key-{writer}", f"{writer}:{number}".encode())
            if number == count // 3:
                stream.split(writer)
            if number == 2 * count // 3:
                stream.merge(writer)

    threads = [threading.Thread(target=write, args=[writer]) for writer in range(WRITERS)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads) or viewer.connect():
        viewer.connect()
    _assert_told(viewer, [f"{writer}:{number}" for writer in range(WRITERS) for number in range(count)])


def _assert_told(viewer: Viewer, written: list[str]) -> None:
    told = [name for _, name in viewer.events]
    assert sorted(told) == sorted(written)
    numbers = defaultdict(list)
    for name in told:
        key, _, number = name.partition(":")
        numbers[key].append(int(number))
    assert all(it == sorted(it) for it in numbers.values())
