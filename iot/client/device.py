"""The device client: takes messages into the outbox and brings them to the gateway, in order, until each is acknowledged.

A message leaves the outbox when its PUBACK is there, never before. At most `in_flight` messages are under way. A message that
the gateway refuses (a PUBACK with a failure code) is offered again after a pause that grows, and after some refusals it is
parked: it stays in the outbox, counts, and is reported, while those behind it go on. At every start and every `parked_retry_s`
parked messages get another chance, since a policy may have changed.

There is no thread here: the client moves on when a message is put, acknowledged or refused, when a connection comes up, and
when a refusal's pause ends. Hundreds of clients share the SDK's event loop.
"""

import logging
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass
from threading import Condition, RLock, Timer
from time import monotonic

from iot.client.backoff import pause_s
from iot.client.outbox import Outbox, OutboxMessage
from iot.client.settings import ClientSettings
from iot.client.transport import Command, Puback, Transport, TransportEvents
from iot.errors import ConnectionFailed

_log = logging.getLogger(__name__)


def _ignore(*_: object) -> None:
    """For callbacks that nobody wants."""


@dataclass(frozen=True, slots=True)
class DeviceEvents:
    """What a device client tells its owner, from the transport's thread; none may block."""

    acknowledged: Callable[[int], None] = _ignore
    """The sequence of a message that the gateway has."""
    parked: Callable[[int, str], None] = _ignore
    """A message that the gateway refuses for good, and why."""
    connected: Callable[[bool], None] = _ignore
    disconnected: Callable[[str], None] = _ignore
    command: Callable[[Command], None] = _ignore


class DeviceClient:
    """Publishes one device's messages through its durable outbox."""

    def __init__(
        self,
        outbox: Outbox,
        transport: Transport,
        *,
        settings: ClientSettings | None = None,
        events: DeviceEvents | None = None,
        commands_filter: str | None = None,
    ) -> None:
        """`commands_filter` is a topic filter that the client keeps subscribed to; its messages come to `events.command`."""
        self._outbox = outbox
        self._transport = transport
        self._settings = settings or ClientSettings()
        self._events = events or DeviceEvents()
        self._commands_filter = commands_filter
        self._lock = RLock()
        self._changed = Condition(self._lock)
        self._connected = False
        self._stopping = False
        self._closed = False
        self._in_flight: set[int] = set()
        self._sent_up_to = 0
        self._refusals: dict[int, int] = {}
        self._pause: Timer | None = None
        self._parked_retry_at = monotonic()

    def start(self) -> None:
        """Begins to connect and to send what is waiting; answers at once."""
        self._retry_parked()
        self._transport.start(TransportEvents(self._on_connected, self._on_disconnected, self._events.command))

    def publish(self, topic: str, payload: bytes, position: int | None = None) -> int:
        """Takes a message over, durably, and answers its sequence; raises what `Outbox.put` raises."""
        sequence = self._outbox.put(topic, payload, position)
        self._advance()
        return sequence

    def wait_connected(self, timeout_s: float) -> None:
        """Waits for a connection; raises `ConnectionFailed` after `timeout_s`."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._connected, timeout_s):
                raise ConnectionFailed(f"the gateway did not accept the connection within {timeout_s:g} s")

    def wait_delivered(self, timeout_s: float) -> bool:
        """Waits until the gateway has everything but what is parked, and says whether that came true in time."""
        deadline = monotonic() + timeout_s
        with self._changed:
            return self._changed.wait_for(self._is_delivered, max(0.0, deadline - monotonic()))

    def stop(self, timeout_s: float = 10.0) -> None:
        """Disconnects and closes the outbox; what is not acknowledged stays there. Raises `ConnectionFailed`."""
        with self._lock:
            self._stopping = True
            if self._pause is not None:
                self._pause.cancel()
        try:
            self._transport.stop(timeout_s)
        finally:
            with self._lock:
                self._closed = True
                self._outbox.close()

    @property
    def waiting(self) -> int:
        """Messages that the gateway has not acknowledged."""
        return len(self._outbox)

    def _is_delivered(self) -> bool:
        return not self._in_flight and self._outbox.next_after(0) is None

    def _on_connected(self, session_kept: bool) -> None:
        with self._changed:
            self._connected = True
            self._changed.notify_all()
        if self._commands_filter is not None and not session_kept:
            self._transport.subscribe(self._commands_filter).add_done_callback(self._on_subscribed)
        self._events.connected(session_kept)
        self._advance()

    def _on_subscribed(self, done: Future[None]) -> None:
        error = None if done.cancelled() else done.exception()
        if error is not None:
            _log.warning("commands are not received: the subscription to %s failed: %s", self._commands_filter, error)

    def _on_disconnected(self, reason: str) -> None:
        with self._changed:
            self._connected = False
            self._changed.notify_all()
        self._events.disconnected(reason)

    def _advance(self) -> None:
        """Sends as many waiting messages as the window takes."""
        with self._lock:
            if self._stopping or not self._connected:
                return
            if monotonic() >= self._parked_retry_at:
                self._retry_parked()
            while self._may_send():
                message = self._outbox.next_after(self._sent_up_to)
                if message is None:
                    return
                self._sent_up_to = message.sequence
                if message.sequence not in self._in_flight:
                    self._send(message)

    def _retry_parked(self) -> None:
        self._parked_retry_at = monotonic() + self._settings.parked_retry_s
        if self._outbox.parked():
            self._outbox.release_parked()
            self._sent_up_to = 0

    def _may_send(self) -> bool:
        return self._connected and self._pause is None and len(self._in_flight) < self._settings.in_flight

    def _send(self, message: OutboxMessage) -> None:
        self._in_flight.add(message.sequence)
        future = self._transport.publish(message.topic, message.payload)
        future.add_done_callback(lambda done: self._on_answer(message.sequence, done))

    def _on_answer(self, sequence: int, done: Future[Puback]) -> None:
        try:
            answer = done.result()
        except (ConnectionFailed, CancelledError) as error:
            self._offer_again(sequence, str(error))
            return
        if answer.accepted:
            self._settle(sequence)
        else:
            self._refused(sequence, f"refused with reason 0x{answer.reason_code:02x} {answer.reason}".rstrip())

    def _settle(self, sequence: int) -> None:
        # Told before it is forgotten: a process that is killed in between tells it again, instead of never.
        self._events.acknowledged(sequence)
        with self._changed:
            if self._closed:
                # Too late for the outbox: the message goes out again at the next start, under its own id.
                return
            self._in_flight.discard(sequence)
            self._refusals.pop(sequence, None)
            self._outbox.acknowledge(sequence)
            self._changed.notify_all()
        self._advance()

    def _refused(self, sequence: int, reason: str) -> None:
        with self._changed:
            if self._closed:
                return
            refusals = self._refusals.get(sequence, 0) + 1
            self._refusals[sequence] = refusals
            if refusals < self._settings.refusals_before_parking:
                self._offer_again(sequence, reason)
                return
            del self._refusals[sequence]
            self._in_flight.discard(sequence)
            self._outbox.park(sequence, reason)
            self._changed.notify_all()
        _log.warning("message %d is parked: %s", sequence, reason)
        self._events.parked(sequence, reason)
        self._advance()

    def _offer_again(self, sequence: int, reason: str) -> None:
        """Goes back to a message that did not get through, after a pause: a refusal must not become a hot loop."""
        with self._lock:
            self._in_flight.discard(sequence)
            self._sent_up_to = min(self._sent_up_to, sequence - 1)
            if self._stopping or self._pause is not None:
                return
            failures = max(self._refusals.values(), default=1)
            seconds = pause_s(failures, self._settings.refusal_pause_s, self._settings.refusal_pause_max_s)
            _log.info("message %d did not get through (%s); trying again in %.1f s", sequence, reason, seconds)
            self._pause = Timer(seconds, self._end_pause)
            self._pause.daemon = True
            self._pause.start()

    def _end_pause(self) -> None:
        with self._lock:
            self._pause = None
        self._advance()
