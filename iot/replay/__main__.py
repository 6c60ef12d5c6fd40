"""`python -m iot.replay`."""

import sys

from iot.replay.cli import main

if __name__ == "__main__":
    sys.exit(main())
