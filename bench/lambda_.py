"""The Lambda executor: what it adds to a bare process, and what LocalStack adds to it.

Each figure stands beside a counterpart measured in the same run:

- start: an execution environment that has loaded a trivial handler, against the bare start of the same interpreter;
- round trip: an event through a warm environment (awslambdaric, Runtime API, log and report), against a line through a pipe to a bare
  process that decodes and encodes the same JSON;
- through boto3: a warm Invoke against GetFunction, a call that LocalStack answers from memory: what is above it is the invocation itself.

The machine's cores limit all of them, and LocalStack's gateway limits what goes through boto3.
"""

import json
import subprocess
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from emulator.lambda_.lifecycle import Limits
from tests.emulator.lambda_.environments import Runner, environment_of
from tests.emulator.lambda_.local import INTERPRETER, Deployer, Function, LocalStack

STARTS = 15
ROUND_TRIPS = 1000
CALLS = 300
_PIPE_ECHO = "import sys, json\nfor line in sys.stdin: print(json.dumps(json.loads(line)), flush=True)"


@dataclass(frozen=True, slots=True)
class Row:
    """One comparison; both sides in milliseconds an operation."""

    name: str
    ours_ms: float
    counterpart: str
    counterpart_ms: float

    def __str__(self) -> str:
        ratio = self.ours_ms / self.counterpart_ms
        return f"{self.name:34} {self.ours_ms:9.3f} ms   {self.counterpart:34} {self.counterpart_ms:9.3f} ms   ratio {ratio:6.2f}"


def _median_ms(operation: Callable[[], object], times: int) -> float:
    def once() -> float:
        began = time.perf_counter()
        operation()
        return (time.perf_counter() - began) * 1000

    return median(once() for _ in range(times))


def _start_row(scratch: Path) -> Row:
    def start_environment() -> None:
        environment = environment_of("counting", scratch, Limits(10, 128))
        environment.start()
        environment.stop()

    bare = _median_ms(lambda: subprocess.run([str(INTERPRETER), "-c", "import json"], check=True), STARTS)
    return Row("start and stop an environment", _median_ms(start_environment, STARTS), "start and end the interpreter", bare)


def _round_trip_row(scratch: Path) -> Row:
    runner = Runner(environment_of("counting", scratch, Limits(10, 128)))
    runner.environment.start()
    runner.answer()
    ours = _median_ms(runner.run, ROUND_TRIPS)
    runner.environment.stop()
    with subprocess.Popen([str(INTERPRETER), "-c", _PIPE_ECHO], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0) as echo:
        bare = _median_ms(lambda: _through_pipe(echo), ROUND_TRIPS)
        echo.kill()
    return Row("warm round trip in the executor", ours, "JSON line through a pipe", bare)


def _through_pipe(echo: "subprocess.Popen[bytes]") -> bytes:
    assert echo.stdin is not None
    assert echo.stdout is not None
    echo.stdin.write(json.dumps({}).encode() + b"\n")
    return echo.stdout.readline()


def _boto3_rows(localstack: LocalStack) -> list[Row]:
    function = Deployer(localstack)("counting")
    cold = _median_ms(function.answer, 1)
    function.answer()
    described = _median_ms(lambda: _describe(function), CALLS)
    return [
        Row("cold Invoke", cold, "GetFunction", described),
        Row("warm Invoke, sequential", _median_ms(function.answer, CALLS), "GetFunction", described),
        Row("warm Invoke, 4 threads", _per_call_ms(function.answer), "GetFunction, 4 threads", _per_call_ms(lambda: _describe(function))),
    ]


def _describe(function: Function) -> None:
    function.client.get_function(FunctionName=function.name)


def _per_call_ms(operation: Callable[[], object]) -> float:
    """Wall time a call with four callers, in milliseconds."""
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: operation(), range(20)))
        began = time.perf_counter()
        list(pool.map(lambda _: operation(), range(CALLS)))
        return (time.perf_counter() - began) * 1000 / CALLS


def run() -> list[Row]:
    """All comparisons; takes about half a minute."""
    with tempfile.TemporaryDirectory(prefix="bench-lambda-") as folder:
        scratch = Path(folder)
        rows = [_start_row(scratch), _round_trip_row(scratch)]
        localstack = LocalStack(scratch)
        localstack.start()
        try:
            rows += _boto3_rows(localstack)
        finally:
            localstack.kill()  # nothing of it is kept, and its orderly end takes seconds
    return rows


def main() -> None:
    """Prints the table."""
    for row in run():
        print(row)


if __name__ == "__main__":
    main()
