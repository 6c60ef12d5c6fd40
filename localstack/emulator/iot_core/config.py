"""The gateway's settings, from its command line."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class GatewaySettings:
    """What one gateway process needs to know."""

    host: str
    port: int
    server_certificate: Path
    server_key: Path
    ca_file: Path
    broker_socket: Path
    state_dir: Path
    aws_endpoint_url: str | None
    region: str
    account: str
    kinesis_linger_ms: float
    action_retry_s: float
    refresh_s: float
    log_level: str


def read(arguments: Sequence[str] | None = None) -> GatewaySettings:
    """Settings from `arguments` (the process's own by default); exits with a sentence when they are wrong."""
    parser = argparse.ArgumentParser(prog="python -m emulator.iot_core", description="AWS IoT Core's device gateway and rules engine.")
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="address to listen on")
    add("--port", type=int, default=8883, help="port to listen on; 0 takes a free one")
    add("--server-certificate", type=Path, required=True, help="PEM of the server's certificate and its chain")
    add("--server-key", type=Path, required=True, help="PEM of the server's private key")
    add("--ca-file", type=Path, required=True, help="PEM of the authorities that sign device certificates")
    add("--broker-socket", type=Path, required=True, help="the broker's Unix socket")
    add("--state-dir", type=Path, required=True, help="folder for what survives a kill: who is connected, and their wills")
    add("--aws-endpoint-url", default=None, help="where AWS's APIs answer; without it AWS itself")
    add("--region", required=True, help="AWS region")
    add("--account", required=True, help="AWS account id, 12 digits")
    add("--kinesis-linger-ms", type=float, default=15.0, help="longest wait of a record for its batch")
    add(
        "--action-retry-seconds", dest="action_retry_s", type=float, default=60.0, help="retries of a rule's action before its error action"
    )
    add(
        "--refresh-seconds",
        dest="refresh_s",
        type=float,
        default=1.25,
        help="pause between two readings of the rules; of certificates, twice",
    )
    add("--log-level", default="INFO", help="DEBUG, INFO, WARNING or ERROR")
    return GatewaySettings(**vars(parser.parse_args(arguments)))
