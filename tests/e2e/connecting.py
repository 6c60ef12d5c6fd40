"""Devices as a stranger would write them: the AWS IoT Device SDK v2 alone, nothing of ours."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, TimeoutError  # noqa: A004 (the SDK's futures raise this one)
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from awscrt import mqtt, mqtt5
from awscrt.exceptions import AwsCrtError
from awsiot import mqtt5_client_builder, mqtt_connection_builder

from tests.e2e.local_stack import ROOT, LocalStack

_WAIT_S = 15


@dataclass(frozen=True, slots=True)
class Credentials:
    """A certificate and its key, and the client id that is claimed with them."""

    cert_file: str
    key_file: str
    client_id: str


def device(stack: LocalStack, device_id: str) -> Credentials:
    """One of the stack's demo devices."""
    entry = next(d for d in stack.content["devices"] if d["device_id"] == device_id)
    return Credentials(str(ROOT / entry["cert_file"]), str(ROOT / entry["key_file"]), device_id)


@dataclass(slots=True)
class Mqtt5Session:
    """What a MQTT 5 client met."""

    client: Any = None
    connected: "Future[Any]" = field(default_factory=Future)
    disconnected: "Future[Any]" = field(default_factory=Future)
    stopped: "Future[None]" = field(default_factory=Future)
    received: list[Any] = field(default_factory=list)

    def publish(self, topic: str, payload: bytes = b"{}") -> Any:
        """Reason code of the PUBACK; raises what the SDK raises."""
        return self.begin_publish(topic, payload).result(_WAIT_S).puback.reason_code

    def begin_publish(self, topic: str, payload: bytes) -> "Future[Any]":
        """Publish with QoS 1 without waiting."""
        packet = mqtt5.PublishPacket(topic=topic, payload=payload, qos=mqtt5.QoS.AT_LEAST_ONCE)
        return self.client.publish(packet)  # type: ignore[no-any-return]

    def subscribe(self, topic_filter: str) -> Any:
        """Reason code of the SUBACK."""
        packet = mqtt5.SubscribePacket([mqtt5.Subscription(topic_filter, mqtt5.QoS.AT_LEAST_ONCE)])
        return self.client.subscribe(packet).result(_WAIT_S).reason_codes[0]


@contextmanager
def mqtt5_session(stack: LocalStack, who: Credentials, **options: Any) -> Iterator[Mqtt5Session]:
    """A MQTT 5 client that has begun to connect; `connected` holds its CONNACK or the refusal."""
    iot, session = stack.content["iot"], Mqtt5Session()
    session.client = mqtt5_client_builder.mtls_from_path(
        who.cert_file,
        who.key_file,
        endpoint=iot["endpoint"],
        port=iot["port"],
        ca_filepath=str(_file(iot["ca_file"])),
        client_id=who.client_id,
        min_reconnect_delay_ms=30_000,
        max_reconnect_delay_ms=60_000,
        on_lifecycle_connection_success=lambda data: _once(session.connected, data.connack_packet),
        on_lifecycle_connection_failure=lambda data: _once(session.connected, data.connack_packet or data.exception),
        on_lifecycle_disconnection=lambda data: _once(session.disconnected, data.disconnect_packet or data.exception),
        on_lifecycle_stopped=lambda _: _once(session.stopped, None),
        on_publish_received=lambda data: session.received.append(data.publish_packet),
        **options,
    )
    session.client.start()
    try:
        yield session
    finally:
        session.client.stop()
        session.stopped.result(_WAIT_S)


def connack(session: Mqtt5Session) -> mqtt5.ConnectReasonCode | str:
    """The reason code of the CONNACK, or what went wrong below MQTT."""
    answer = session.connected.result(_WAIT_S)
    return answer.reason_code if hasattr(answer, "reason_code") else str(answer)


@contextmanager
def mqtt311_connection(stack: LocalStack, who: Credentials, lost: Callable[[], None] = lambda: None) -> Iterator[Any]:
    """A MQTT 3.1.1 connection that has not begun to connect."""
    iot = stack.content["iot"]
    connection = mqtt_connection_builder.mtls_from_path(
        who.cert_file,
        who.key_file,
        endpoint=iot["endpoint"],
        port=iot["port"],
        ca_filepath=str(_file(iot["ca_file"])),
        client_id=who.client_id,
        clean_session=True,
        on_connection_interrupted=lambda connection, error, **_: lost(),  # noqa: ARG005 (the SDK names them)
    )
    try:
        yield connection
    finally:
        with suppress(AwsCrtError, RuntimeError, TimeoutError):  # it was refused, or closed by the gateway
            connection.disconnect().result(_WAIT_S)


def qos1() -> Any:
    """At least once, as the 3.1.1 client spells it."""
    return mqtt.QoS.AT_LEAST_ONCE


def _once(future: "Future[Any]", value: Any) -> None:
    if not future.done():
        future.set_result(value)


def _file(name: str) -> Path:
    return ROOT / name
