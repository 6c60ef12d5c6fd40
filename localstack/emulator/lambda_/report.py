"""The platform's own lines around a function's output, as CloudWatch Logs shows them.

Source: Lambda developer guide, "Viewing CloudWatch logs for Lambda functions"; since August 2025 the initialisation is billed too.
"""

import math
from dataclasses import dataclass

from emulator.lambda_.errors import InvocationError


@dataclass(frozen=True, slots=True)
class Usage:
    """What one invocation took."""

    duration_ms: float
    init_ms: float | None
    """Only for the invocation that found its environment new."""
    memory_mb: int
    """Configured."""
    peak_mb: int


def init_start(runtime: str) -> str:
    """First line of an environment; `runtime` as the function names it, e.g. python3.13."""
    return f"INIT_START Runtime Version: {runtime.replace('python', 'python:')}\n"


def init_report(init_ms: float, phase: str, failure: InvocationError) -> str:
    """Line of an initialisation that failed. `phase`: init, or invoke when it was tried again."""
    return f"INIT_REPORT Init Duration: {init_ms:.2f} ms\tPhase: {phase}\tStatus: {failure.status}{_error_type(failure)}\n"


def start(request_id: str, version: str) -> str:
    """Line before the handler's output."""
    return f"START RequestId: {request_id} Version: {version}\n"


def end(request_id: str, usage: Usage, failure: InvocationError | None) -> str:
    """The lines after the handler's output."""
    billed = math.ceil(usage.duration_ms + (usage.init_ms or 0.0))
    fields = [
        f"REPORT RequestId: {request_id}",
        f"Duration: {usage.duration_ms:.2f} ms",
        f"Billed Duration: {billed} ms",
        f"Memory Size: {usage.memory_mb} MB",
        f"Max Memory Used: {usage.peak_mb} MB",
    ]
    if usage.init_ms is not None:
        fields.append(f"Init Duration: {usage.init_ms:.2f} ms")
    if failure is not None:
        fields.append(f"Status: {failure.status}{_error_type(failure)}")
    return f"END RequestId: {request_id}\n" + "\t".join(fields) + "\t\n"


def _error_type(failure: InvocationError) -> str:
    return "" if failure.status == "timeout" else f"\tError Type: {failure.error_type}"
