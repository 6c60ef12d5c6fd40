"""`python -m emulator.iot_core …` runs the device gateway until SIGTERM or SIGINT."""

import asyncio
import logging
import resource
import signal
import sys

import uvloop

from emulator.iot_core import config
from emulator.iot_core.gateway import Gateway


async def _run(settings: config.GatewaySettings) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    gateway = Gateway(settings)
    starting = asyncio.ensure_future(gateway.start())
    stopped = asyncio.ensure_future(stopping.wait())
    await asyncio.wait((starting, stopped), return_when=asyncio.FIRST_COMPLETED)
    if starting.done():
        starting.result()
    else:
        starting.cancel()
    await stopped
    await gateway.stop()


def _allow_many_connections() -> None:
    """Each device takes two file descriptors, its own and the broker's."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def main() -> None:
    """Runs one gateway process."""
    settings = config.read()
    _allow_many_connections()
    logging.basicConfig(level=settings.log_level, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("botocore").setLevel(logging.WARNING)
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_run(settings))
    except OSError as error:  # a busy port, a certificate that cannot be read
        sys.exit(f"device gateway on {settings.host}:{settings.port} cannot start: {error}")


if __name__ == "__main__":
    main()
