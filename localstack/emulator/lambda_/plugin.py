"""What LocalStack loads: the executor (LAMBDA_RUNTIME_EXECUTOR=process), and a look at its interpreter when LocalStack starts."""

import logging
from typing import override

from localstack.runtime import hooks
from localstack.services.lambda_.invocation.plugins import RuntimeExecutorPlugin

from emulator.settings import settings
from localstack import config

_LOG = logging.getLogger(__name__)


class ProcessExecutorPlugin(RuntimeExecutorPlugin):  # type: ignore[misc]
    """LAMBDA_RUNTIME_EXECUTOR=process."""

    name = "process"

    @override
    def load(self, *args: object, **kwargs: object) -> type:
        from emulator.lambda_ import patches  # noqa: PLC0415 -- imports the Lambda service
        from emulator.lambda_.executor import ProcessExecutor  # noqa: PLC0415

        patches.apply()
        return ProcessExecutor


@hooks.on_infra_start(name="emulator_lambda", should_load=lambda: config.LAMBDA_RUNTIME_EXECUTOR == "process")  # type: ignore[untyped-decorator]
def on_infra_start() -> None:
    """Says early that functions will not run, rather than with the first function."""
    if not settings().lambda_python.exists():
        _LOG.error("EMULATOR_LAMBDA_PYTHON: the functions' interpreter %s does not exist", settings().lambda_python)
