"""An engine as a process of its own, whose stream is a file: `engine_process.py <folder> <file> <seed>`. The tests kill it."""

import sys
import threading
from pathlib import Path
from random import Random

from emulator.replication.engine import Engine
from tests.emulator.replication.fakes import FakeEndpoints, FileTarget

if __name__ == "__main__":
    folder, file, seed = sys.argv[1:]
    endpoints = FakeEndpoints(FileTarget(Path(file), Random(int(seed))))
    Engine(Path(folder), endpoints, lambda _runs: None).run(threading.Event())
