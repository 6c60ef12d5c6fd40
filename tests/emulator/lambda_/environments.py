"""Execution environments of the test functions, without LocalStack."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emulator.lambda_.environment import Layout, function_environment
from emulator.lambda_.lifecycle import Environment, Limits, Outcome
from emulator.lambda_.runtime_api import Invocation
from emulator.lambda_.worker import Program
from tests.emulator.lambda_.local import FUNCTIONS, INTERPRETER, RUNTIME


def environment_of(module: str, scratch: Path, limits: Limits, **variables: str) -> Environment:
    """An environment for a test function, not started."""
    layout = Layout(FUNCTIONS, None, scratch, scratch)

    def program(runtime_api: str) -> Program:
        env = function_environment({}, variables, layout, runtime=RUNTIME, runtime_api=runtime_api)
        return Program([str(INTERPRETER), "-B", "-m", "awslambdaric", f"{module}.handler"], FUNCTIONS, env)

    return Environment(program, limits, runtime=RUNTIME, version="$LATEST")


@dataclass
class Runner:
    """An execution environment for one of the test functions, and invocations of it."""

    environment: Environment
    calls: int = 0

    def run(self, event: object = None, client_context: str | None = None) -> Outcome:
        self.calls += 1
        payload = json.dumps(event or {}).encode()
        arn = "arn:aws:lambda:eu-west-1:0:function:f"
        return self.environment.run(Invocation(f"request-{self.calls}", arn, "Root=1", payload, client_context))

    def answer(self, event: object = None) -> Any:
        outcome = self.run(event)
        assert not outcome.is_error, outcome
        return json.loads(outcome.body)

    def error(self, event: object = None) -> dict[str, Any]:
        outcome = self.run(event)
        assert outcome.is_error, outcome
        return dict(json.loads(outcome.body))
