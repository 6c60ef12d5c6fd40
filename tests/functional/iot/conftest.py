"""A real MQTT 5 broker with mutual TLS for the device client's tests: Mosquitto on a free port of the loopback."""

import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from iot.client.awscrt_mqtt import AwsCrtTransport
from iot.client.settings import ClientSettings, DeviceIdentity, GatewayAddress
from iot.client.transport import Command, TransportEvents

_DEADLINE_S = 20.0

QUICK = ClientSettings(
    in_flight=10, respect_aws_limits=False, reconnect_min_ms=50, reconnect_max_ms=200, stable_connection_ms=100, refusal_pause_s=0.05
)
"""A client that does not let a test wait."""


def eventually(condition: Callable[[], bool], timeout_s: float = _DEADLINE_S) -> None:
    """Waits until something is true, or fails."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true in time"
        time.sleep(0.01)


class Authority:
    """A certificate authority for one test."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test authority")])
        self.ca_file = folder / "ca.pem"
        certificate = self._builder(self._name, self._key).add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        self.ca_file.write_bytes(certificate.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))

    def issue(self, name: str) -> tuple[Path, Path]:
        """Certificate and key files for a server or device of that name."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(IPv4Address("127.0.0.1"))])
        certificate = self._builder(subject, key).add_extension(names, critical=False).sign(self._key, hashes.SHA256())
        certificate_file, key_file = self._folder / f"{name}.pem", self._folder / f"{name}.key"
        certificate_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        plain = serialization.NoEncryption()
        key_file.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
        return certificate_file, key_file

    def device(self, tenant_id: str, device_id: str) -> DeviceIdentity:
        """A device with its files."""
        return DeviceIdentity(tenant_id, device_id, *self.issue(device_id))

    def _builder(self, subject: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(minutes=5))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
        )


class Broker:
    """Mosquitto as a process that tests start and kill; devices may publish under `dt/` and `$aws/`, not under `denied/`."""

    def __init__(self, folder: Path, authority: Authority) -> None:
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = int(probe.getsockname()[1])
        certificate_file, key_file = authority.issue("broker")
        access = folder / "acl"
        access.write_text("pattern readwrite dt/#\npattern readwrite cmd/#\n")
        self._config = folder / "mosquitto.conf"
        self._config.write_text(
            f"user root\nlistener {self._port} 127.0.0.1\nallow_anonymous true\nrequire_certificate true\nuse_identity_as_username true\n"
            f"cafile {authority.ca_file}\ncertfile {certificate_file}\nkeyfile {key_file}\nacl_file {access}\nlog_dest none\n"
        )
        self.address = GatewayAddress("localhost", self._port, authority.ca_file)

    def start(self) -> None:
        """Starts it and waits until it listens."""
        self._process = subprocess.Popen(["/usr/sbin/mosquitto", "-c", str(self._config)], stderr=subprocess.DEVNULL)
        eventually(self._listens)

    def kill(self) -> None:
        """SIGKILL: connections break, nothing is saved."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _listens(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self._port), timeout=1).close()
        except OSError:
            return False
        return True


@dataclass
class Observer:
    """Sees what the broker passes on."""

    received: list[Command] = field(default_factory=list)
    subscriptions: int = 0

    def subscribed(self) -> None:
        """Counts the subscriptions: one, and one more after each restart of the broker."""
        self.subscriptions += 1

    @property
    def payloads(self) -> list[bytes]:
        """Payloads in the order of arrival."""
        return [command.payload for command in self.received]

    def first_arrivals(self) -> list[bytes]:
        """Payloads in the order of their first arrival, each once."""
        return list(dict.fromkeys(self.payloads))


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """The authority of this test's broker and devices."""
    folder = tmp_path / "tls"
    folder.mkdir()
    return Authority(folder)


@pytest.fixture
def broker(tmp_path: Path, authority: Authority) -> Iterator[Broker]:
    """A running broker."""
    running = Broker(tmp_path, authority)
    running.start()
    yield running
    running.kill()


@pytest.fixture
def observe(broker: Broker, authority: Authority) -> Iterator[Callable[[str], Observer]]:
    """Subscribes to a topic filter, again after every restart of the broker."""
    transports: list[AwsCrtTransport] = []

    def subscribe(topic_filter: str) -> Observer:
        observer = Observer()
        transport = AwsCrtTransport(authority.device("observers", f"observer-{len(transports)}"), broker.address, QUICK)

        def connected(_: bool) -> None:
            transport.subscribe(topic_filter).add_done_callback(lambda _: observer.subscribed())

        transport.start(TransportEvents(connected, lambda _: None, observer.received.append))
        transports.append(transport)
        eventually(lambda: observer.subscriptions == 1)
        return observer

    yield subscribe
    for transport in transports:
        transport.stop(10)
