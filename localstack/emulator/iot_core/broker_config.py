"""The broker's configuration: a private Unix socket for the gateway alone, and memory that stays bounded.

`python -m emulator.iot_core.broker_config --socket F --data-dir D > mosquitto.conf`, then `mosquitto -c mosquitto.conf`.
Clients are authenticated and authorised by the gateway, so the broker lets in whoever reaches the socket: keep it in a folder of its own.
"""

import argparse
import getpass
import sys
from pathlib import Path

from emulator.iot_core import limits

AUTOSAVE_S = 60
"""The whole database is written at each save, so saving on every change costs more than the relay itself. A killed broker forgets
sessions, queues and retained messages of up to this long; telemetry is safe, the rules have it before it is acknowledged."""
QUEUED_MESSAGES = 1000
QUEUED_BYTES = 8 * 1024 * 1024


def broker_config(socket: Path, data_dir: Path, user: str) -> str:
    """mosquitto.conf (2.0) for a broker behind the gateway, run by `user`."""
    lines = (
        f"listener 0 {socket}",
        "allow_anonymous true",
        f"user {user}",
        "persistence true",
        f"persistence_location {data_dir}/",
        "persistence_file mosquitto.db",
        f"autosave_interval {AUTOSAVE_S}",
        "autosave_on_changes false",
        "persistent_client_expiration 1h",
        f"max_inflight_messages {limits.IN_FLIGHT}",
        f"max_queued_messages {QUEUED_MESSAGES}",
        f"max_queued_bytes {QUEUED_BYTES}",
        f"max_packet_size {limits.MAXIMUM_PACKET_BYTES + 1024}",
        "sys_interval 0",
        "log_dest stderr",
        "log_type error",
        "log_type warning",
        "log_type notice",
    )
    return "\n".join(lines) + "\n"


def main() -> None:
    """Prints the configuration that the arguments ask for."""
    parser = argparse.ArgumentParser(description="Prints the broker's configuration.")
    parser.add_argument("--socket", type=Path, required=True, help="Unix socket that the broker listens on")
    parser.add_argument("--data-dir", type=Path, required=True, help="existing folder for the broker's database")
    parser.add_argument("--user", default=getpass.getuser(), help="user that the broker runs as")
    arguments = parser.parse_args()
    sys.stdout.write(broker_config(arguments.socket, arguments.data_dir, arguments.user))


if __name__ == "__main__":
    main()
