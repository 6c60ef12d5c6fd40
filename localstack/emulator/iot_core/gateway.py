"""The gateway as a whole: builds its parts, opens the port when the broker answers, keeps rules and identities true, ends cleanly."""

import asyncio
import logging
import ssl
from collections.abc import Awaitable, Callable
from functools import partial

from emulator.iot_core import limits, presence, tls
from emulator.iot_core.actions.build import ActionBuilder
from emulator.iot_core.aws_calls import AwsCallError, AwsCalls
from emulator.iot_core.broker_link import BrokerDialer
from emulator.iot_core.broker_publisher import BrokerPublisher
from emulator.iot_core.config import GatewaySettings
from emulator.iot_core.connections import Connection, ConnectionRegister
from emulator.iot_core.control_plane import ControlPlane
from emulator.iot_core.foreign_certificates import ForeignCertificates
from emulator.iot_core.frame_stream import READ_BUFFER_BYTES, FrameStream
from emulator.iot_core.identities import Identities
from emulator.iot_core.in_flight import InFlightBytes
from emulator.iot_core.message_router import MessageRouter, Origin
from emulator.iot_core.mqtt.decode import decode
from emulator.iot_core.mqtt.frames import FrameBuffer
from emulator.iot_core.mqtt.packets import Publish, Version
from emulator.iot_core.mqtt.reasons import Reason
from emulator.iot_core.open_connection import Ending
from emulator.iot_core.presence import DisconnectReason
from emulator.iot_core.put_records import StreamClient
from emulator.iot_core.rule_catalogue import RuleCatalogue
from emulator.iot_core.rule_engine import RuleEngine
from emulator.iot_core.services import ClientIds, Services
from emulator.iot_core.session import DeviceSession
from emulator.iot_core.wills import Wills

log = logging.getLogger(__name__)

_TIME_CHECK_EVERY_S = 1.0
_IN_FLIGHT_BYTES = 256 * 1024 * 1024
_CALL_THREADS = 8
_HANDSHAKE_S = 10.0
_SHUTDOWN_S = 2.0
_DRAIN_S = 5.0
_BACKLOG = 1024


class Gateway:
    """One gateway process."""

    def __init__(self, settings: GatewaySettings) -> None:
        self._settings = settings
        self._buffer = memoryview(bytearray(READ_BUFFER_BYTES))
        self._sessions: dict[DeviceSession, None] = {}
        self._server: asyncio.Server | None = None
        self._tasks: list[asyncio.Task[None]] = []
        endpoint, region = settings.aws_endpoint_url, settings.region
        self._calls = control_calls, action_calls = AwsCalls(endpoint, region, _CALL_THREADS), AwsCalls(endpoint, region, _CALL_THREADS)
        self._streams = StreamClient(endpoint, region)
        self._control_plane = control_plane = ControlPlane(control_calls)
        builder = ActionBuilder(action_calls, self._streams, settings.kinesis_linger_ms / 1000)
        self._catalogue = RuleCatalogue(control_plane, builder.build)
        engine = RuleEngine(self._catalogue, settings.action_retry_s)
        dialer = BrokerDialer(settings.broker_socket, self._buffer)
        self._publisher = BrokerPublisher(dialer)
        router = builder.router = MessageRouter(self._publisher, engine, settings.account)
        self._services = Services(
            region=region,
            account=settings.account,
            identities=Identities(control_plane),
            engine=engine,
            router=router,
            register=ConnectionRegister(settings.state_dir),
            wills=Wills(),
            dialer=dialer,
            in_flight=InFlightBytes(_IN_FLIGHT_BYTES),
            client_ids=ClientIds(),
            serving=asyncio.Event(),
        )

    async def start(self) -> None:
        """Waits for the broker, then opens the port."""
        context = tls.server_context(self._settings.server_certificate, self._settings.server_key, self._settings.ca_file)
        left_over = self._services.register.left_over()
        self._spawn(self._publisher.run())
        await self._publisher.ready.wait()
        self._spawn(self._refresh_rules(left_over))
        certificates_every_s = 2 * self._settings.refresh_s
        self._spawn(self._repeat(certificates_every_s, self._refresh_identities))
        self._spawn(self._repeat(certificates_every_s, ForeignCertificates(self._control_plane, context).refresh))
        self._spawn(self._repeat(_TIME_CHECK_EVERY_S, self._check_time))
        await self._listen(context)

    async def stop(self) -> None:
        """Closes the port and all connections, tells their ends, and waits a little for what is under way."""
        if self._server:
            self._server.close()
        for session in list(self._sessions):
            session.end(Ending(DisconnectReason.SERVER_INITIATED, Reason.SERVER_SHUTTING_DOWN))
        self._services.wills.flush()
        await self._drain()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for calls in self._calls:
            calls.close()
        await self._streams.close()
        self._services.register.close()
        log.info("stopped")

    async def _listen(self, context: ssl.SSLContext) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            self._accept,
            self._settings.host,
            self._settings.port,
            ssl=context,
            backlog=_BACKLOG,
            ssl_handshake_timeout=_HANDSHAKE_S,
            ssl_shutdown_timeout=_SHUTDOWN_S,
        )
        host, port = self._server.sockets[0].getsockname()[:2]
        log.info("ready on %s:%s", host, port)

    def _accept(self) -> FrameStream:
        session = DeviceSession(self._services, self._forget)
        self._sessions[session] = None
        return FrameStream(session, self._buffer, limits.MAXIMUM_PACKET_BYTES)

    def _forget(self, session: DeviceSession) -> None:
        self._sessions.pop(session, None)

    def _spawn(self, work: Awaitable[None]) -> None:
        self._tasks.append(asyncio.ensure_future(work))

    async def _repeat(self, pause_s: float, step: Callable[[], Awaitable[None]]) -> None:
        """Does `step` again and again; a control plane that does not answer changes nothing of what holds."""
        failing = False
        while True:
            try:
                await step()
                failing = False
            except AwsCallError as error:
                if not failing:
                    log.warning("control plane does not answer, all stays as known: %s", error.code)
                failing = True
            except Exception:  # the last resort: the loop must live on
                log.exception("unexpected error, all stays as known")
            await asyncio.sleep(pause_s)

    async def _refresh_rules(self, left_over: list[Connection]) -> None:
        """Reads the rules; when they are known for the first time, a predecessor's connections are told to be gone, and devices let in."""

        async def step() -> None:
            await self._catalogue.refresh()
            if not self._services.serving.is_set():
                self._tell_left_over(left_over)
                self._services.serving.set()

        await self._repeat(self._settings.refresh_s, step)

    def _tell_left_over(self, left_over: list[Connection]) -> None:
        services = self._services
        for record in left_over:
            log.info("%s: was connected when the gateway died", record.client_id)
            if record.will:
                self._publish_will(record, record.will)
            told = partial(services.register.ended, record)
            presence.disconnected(record, DisconnectReason.CONNECTION_LOST, services.router.announce, told)

    def _publish_will(self, record: Connection, will: bytes) -> None:
        frames = FrameBuffer(len(will))
        frames.feed(will)
        frame = frames.next_frame()
        packet = decode(frame, Version.V5) if frame else None
        if isinstance(packet, Publish):
            origin = Origin(record.client_id, record.principal, self._settings.account, record.ip_address)
            self._services.router.route(origin.message(packet), packet, partial(self._services.register.will_done, record))

    async def _refresh_identities(self) -> None:
        connections = [connection for session in self._sessions if (connection := session.connection)]
        if not connections:
            return
        present = await self._services.identities.refresh({connection.certificate_id for connection in connections})
        for connection in connections:
            if connection.certificate_id in present:
                connection.identity_changed(present[connection.certificate_id])

    async def _check_time(self) -> None:
        now = asyncio.get_running_loop().time()
        for session in list(self._sessions):
            session.check_time(now)

    async def _drain(self) -> None:
        deadline = asyncio.get_running_loop().time() + _DRAIN_S
        while not self._publisher.idle and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(0.02)
