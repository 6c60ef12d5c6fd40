"""`python -m iot.provisioning`."""

import sys

from iot.provisioning.cli import main

if __name__ == "__main__":
    sys.exit(main())
