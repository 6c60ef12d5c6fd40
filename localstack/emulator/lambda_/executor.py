"""LocalStack's runtime executor, a thin adapter.

LocalStack hands an environment to one invocation at a time, decides about reuse and concurrency, and stores the log that comes back;
`lifecycle` does the rest.
"""

import shutil
import sysconfig
import tempfile
from functools import cache
from pathlib import Path
from typing import override

from localstack.services.lambda_.invocation.lambda_models import FunctionVersion, InvocationResult
from localstack.services.lambda_.invocation.runtime_executor import RuntimeExecutor

from emulator.lambda_ import package
from emulator.lambda_.embedded_metrics import embedded_metrics
from emulator.lambda_.environment import Layout, function_environment
from emulator.lambda_.lifecycle import Environment, Limits
from emulator.lambda_.runtime_api import Invocation
from emulator.lambda_.worker import Program
from emulator.settings import settings


class ProcessExecutor(RuntimeExecutor):  # type: ignore[misc]
    """Runs a Python function's handler in a process under awslambdaric."""

    def __init__(self, id: str, function_version: FunctionVersion) -> None:  # noqa: A002 -- the base class's name
        super().__init__(id, function_version)
        self.client_context: str | None = None
        """JSON text for the invocation that comes next; LocalStack's payload has no place for it."""
        self._scratch = Path(tempfile.gettempdir()) / "lambda" / "scratch" / id
        self._environment: Environment | None = None

    @override
    def start(self, env_vars: dict[str, object]) -> None:
        self._scratch.mkdir(parents=True, exist_ok=True)
        function = self.function_version.config
        self._environment = Environment(
            lambda runtime_api: self._program(env_vars, runtime_api),
            Limits(function.timeout, function.memory_size),
            runtime=function.runtime,
            version=self.function_version.id.qualifier,
        )
        self._environment.start()

    def _program(self, offered: dict[str, object], runtime_api: str) -> Program:
        function = self.function_version.config
        layout = Layout(package.task_root(self.function_version), package.opt(self.function_version), self._scratch, _site_packages())
        env = function_environment(offered, function.environment or {}, layout, runtime=function.runtime, runtime_api=runtime_api)
        return Program([str(settings().lambda_python.absolute()), "-m", "awslambdaric", function.handler], layout.task_root, env)

    @override
    def stop(self) -> None:
        if self._environment:
            self._environment.stop()
        shutil.rmtree(self._scratch, ignore_errors=True)

    @override
    def invoke(self, payload: dict[str, str]) -> InvocationResult:
        assert self._environment is not None  # noqa: S101 -- LocalStack starts before it invokes
        context, self.client_context = self.client_context, None
        invocation = Invocation(
            request_id=payload["invoke-id"],
            function_arn=payload["invoked-function-arn"],
            trace_id=payload["trace-id"],
            client_context=context,
            event=payload["payload"].encode(),
        )
        outcome = self._environment.run(invocation)
        owner = self.function_version.id
        embedded_metrics(owner.account, owner.region).take(outcome.log)
        return InvocationResult(invocation.request_id, outcome.body, is_error=outcome.is_error, logs=outcome.log)

    @override
    def get_address(self) -> str:
        return "127.0.0.1"

    @override
    def get_endpoint_from_executor(self) -> str:
        return "127.0.0.1"

    @override
    def get_runtime_endpoint(self) -> str:
        return ""  # the supervisor inside LocalStack's container would call here; a process calls its own Runtime API

    @override
    def get_logs(self) -> str:
        return ""  # each invocation returns its own

    @classmethod
    @override
    def prepare_version(cls, function_version: FunctionVersion) -> None:
        package.prepare(function_version)

    @classmethod
    @override
    def cleanup_version(cls, function_version: FunctionVersion) -> None:
        # LocalStack deletes the code; merged layers may serve other versions
        return


@cache
def _site_packages() -> Path:
    """Where the functions' interpreter keeps awslambdaric."""
    prefix = settings().lambda_python.absolute().parent.parent
    return Path(sysconfig.get_path("purelib", vars={"base": str(prefix), "platbase": str(prefix)}))
