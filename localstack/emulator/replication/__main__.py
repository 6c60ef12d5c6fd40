"""`python -m emulator.replication --data-dir D --aws-endpoint-url U --region R` runs replication tasks until SIGTERM or SIGINT."""

import argparse
import logging
import signal
import sys
import threading
from pathlib import Path

from emulator.replication.connecting import Aws
from emulator.replication.engine import Engine, EngineRunningError
from emulator.replication.metrics import publish


def main() -> int:
    """Run one engine process; its exit status."""
    arguments = _arguments()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    aws = Aws(arguments.aws_endpoint_url, arguments.region)
    try:
        engine = Engine(arguments.data_dir, aws, lambda runs: publish(aws.client("cloudwatch"), runs))
    except EngineRunningError as error:
        logging.getLogger(__name__).error("%s", error)
        return 1
    engine.run(stopping)
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m emulator.replication", description=__doc__)
    parser.add_argument("--data-dir", type=Path, required=True, help="the emulator's data folder; tasks lie in dms.db")
    parser.add_argument("--aws-endpoint-url", help="where Kinesis, Secrets Manager and CloudWatch answer; absent: AWS itself")
    parser.add_argument("--region", required=True)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
