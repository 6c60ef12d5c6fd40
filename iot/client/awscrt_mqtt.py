"""The device client's transport on the AWS IoT Device SDK v2's MQTT 5 client.

The SDK reconnects by itself with exponential back-off and full jitter, and rejoins the session, so that what was in flight when
the connection broke goes out again first and in order.

One thread of this process hands all messages to the SDK. The SDK keeps the order of what one thread gives it, but what its own
event loop's thread gives it (in an acknowledgement's callback) overtakes what other threads gave it just before: the event loop
runs its own new tasks before it fetches the others'.
"""

from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from threading import Event
from typing import Any

from awscrt import mqtt5
from awscrt.exceptions import AwsCrtError
from awsiot import mqtt5_client_builder

from iot.client.settings import ClientSettings, DeviceIdentity, GatewayAddress
from iot.client.transport import FIRST_FAILURE, Command, Puback, TransportEvents
from iot.errors import ConfigurationError, ConnectionFailed


class AwsCrtTransport:
    """MQTT 5 over mutual TLS with the device's certificate."""

    def __init__(self, identity: DeviceIdentity, gateway: GatewayAddress, settings: ClientSettings | None = None) -> None:
        self._identity = identity
        self._gateway = gateway
        self._settings = settings or ClientSettings()
        self._client: Any = None
        self._stopped = Event()

    def start(self, events: TransportEvents) -> None:
        """Begins to connect; raises `ConfigurationError` when certificate, key or authority cannot be read."""
        self._stopped.clear()
        try:
            self._client = self._build(events)
        except (AwsCrtError, OSError, ValueError, RuntimeError) as error:
            raise ConfigurationError(f"device {self._identity.device_id} cannot use its certificate files: {error}") from error
        self._client.start()

    def publish(self, topic: str, payload: bytes) -> Future[Puback]:
        """Sends with QoS 1; the SDK sends it again after a reconnection by itself."""
        answer: Future[Puback] = Future()
        packet = mqtt5.PublishPacket(topic=topic, payload=payload, qos=mqtt5.QoS.AT_LEAST_ONCE)
        _publishing_thread().submit(_publish, self._client, packet, answer)
        return answer

    def subscribe(self, topic_filter: str) -> Future[None]:
        """Subscribes with QoS 1; the future fails when the gateway refuses."""
        answer: Future[None] = Future()
        packet = mqtt5.SubscribePacket([mqtt5.Subscription(topic_filter, mqtt5.QoS.AT_LEAST_ONCE)])
        self._client.subscribe(packet).add_done_callback(lambda done: _answer_subscribe(done, answer))
        return answer

    def stop(self, timeout_s: float) -> None:
        """Disconnects; raises `ConnectionFailed` when the SDK does not come to rest in time."""
        if self._client is None:
            return
        self._client.stop()
        if not self._stopped.wait(timeout_s):
            raise ConnectionFailed(f"device {self._identity.device_id}: the connection did not close within {timeout_s:g} s")
        self._client = None

    def _build(self, events: TransportEvents) -> Any:
        settings = self._settings
        return mqtt5_client_builder.mtls_from_path(
            str(self._identity.certificate_file),
            str(self._identity.key_file),
            endpoint=self._gateway.host,
            port=self._gateway.port,
            ca_filepath=str(self._gateway.ca_file),
            client_id=self._identity.device_id,
            session_behavior=mqtt5.ClientSessionBehaviorType.REJOIN_POST_SUCCESS,
            session_expiry_interval_sec=settings.session_expiry_s,
            keep_alive_interval_sec=settings.keep_alive_s,
            ping_timeout_ms=settings.ping_timeout_ms,
            connack_timeout_ms=settings.connect_timeout_ms,
            retry_jitter_mode=mqtt5.ExponentialBackoffJitterMode.FULL,
            min_reconnect_delay_ms=settings.reconnect_min_ms,
            max_reconnect_delay_ms=settings.reconnect_max_ms,
            min_connected_time_to_reset_reconnect_delay_ms=settings.stable_connection_ms,
            extended_validation_and_flow_control_options=_flow_control(settings.respect_aws_limits),
            **_callbacks(events, self._stopped),
        )


def _flow_control(respect_aws_limits: bool) -> Any:
    options = mqtt5.ExtendedValidationAndFlowControlOptions
    return options.AWS_IOT_CORE_DEFAULTS if respect_aws_limits else options.NONE


def _callbacks(events: TransportEvents, stopped: Event) -> dict[str, Any]:
    return {
        "on_lifecycle_connection_success": lambda data: events.connected(bool(data.negotiated_settings.rejoined_session)),
        "on_lifecycle_connection_failure": lambda data: events.disconnected(_reason(data.connack_packet, data.exception)),
        "on_lifecycle_disconnection": lambda data: events.disconnected(_reason(data.disconnect_packet, data.exception)),
        "on_lifecycle_stopped": lambda _: stopped.set(),
        "on_publish_received": lambda data: events.received(Command(data.publish_packet.topic, bytes(data.publish_packet.payload or b""))),
    }


def _reason(packet: Any, error: Exception | None) -> str:
    """What the gateway said, else what the SDK saw."""
    if packet is not None and packet.reason_code is not None:
        return f"{packet.reason_code.name} (0x{packet.reason_code.value:02x}) {packet.reason_string or ''}".rstrip()
    return str(error or "closed")


@cache
def _publishing_thread() -> ThreadPoolExecutor:
    """Shared by all transports, as the SDK's event loop is."""
    return ThreadPoolExecutor(1, "mqtt-publish")


def _publish(client: Any, packet: Any, answer: Future[Puback]) -> None:
    if client is None:
        answer.set_exception(ConnectionFailed("the connection is stopped"))
        return
    try:
        client.publish(packet).add_done_callback(lambda done: _answer_publish(done, answer))
    except (AwsCrtError, RuntimeError, TypeError, ValueError) as error:
        answer.set_exception(_failed(error))


def _answer_publish(done: "Future[Any]", answer: Future[Puback]) -> None:
    error = done.exception()
    if error is not None:
        answer.set_exception(_failed(error))
        return
    puback = done.result().puback
    # A code that the SDK does not know comes as None: it is not one of MQTT's successes.
    code = FIRST_FAILURE if puback.reason_code is None else int(puback.reason_code)
    answer.set_result(Puback(code, puback.reason_string or ""))


def _answer_subscribe(done: "Future[Any]", answer: Future[None]) -> None:
    error = done.exception()
    if error is not None:
        answer.set_exception(_failed(error))
        return
    refused = [code for code in done.result().reason_codes if code is None or code >= FIRST_FAILURE]
    if refused:
        answer.set_exception(ConnectionFailed(f"the gateway refused the subscription: {refused[0]!r}"))
    else:
        answer.set_result(None)


def _failed(error: BaseException) -> ConnectionFailed:
    failed = ConnectionFailed(f"the SDK gave up: {error}")
    failed.__cause__ = error
    return failed
