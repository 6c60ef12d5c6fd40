"""The environment variables that a function sees: those of AWS's runtime, the function's own, and nothing of LocalStack's process.

Source: Lambda developer guide, "Working with Lambda environment variables".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

# What LocalStack computes for a function and AWS has too; its other variables are for its own runtime supervisor.
_FROM_LOCALSTACK = frozenset(
    {
        "AWS_ACCESS_KEY_ID",
        "AWS_DEFAULT_REGION",
        "AWS_ENDPOINT_URL",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_LOG_FORMAT",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_LEVEL",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_REGION",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_XRAY_CONTEXT_MISSING",
        "AWS_XRAY_DAEMON_ADDRESS",
        "TZ",
        "_AWS_XRAY_DAEMON_ADDRESS",
        "_AWS_XRAY_DAEMON_PORT",
        "_HANDLER",
    }
)


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a function's files are on this machine; on AWS they are fixed paths."""

    task_root: Path
    """The function's code (/var/task)."""
    opt: Path | None
    """Its layers, merged (/opt)."""
    scratch: Path
    """Writable folder of one environment (/tmp)."""
    runtime_dir: Path
    """Where awslambdaric is (/var/runtime)."""


def function_environment(
    offered: Mapping[str, object], own: Mapping[str, str], layout: Layout, *, runtime: str, runtime_api: str
) -> dict[str, str]:
    """The whole environment of a runtime process.

    `offered` is what LocalStack proposes (values may be numbers), `own` the function's configuration, which wins except where AWS reserves
    the name.
    """
    platform = {name: str(value) for name, value in offered.items() if name in _FROM_LOCALSTACK}
    return {**platform, **_defaults(layout), **own, **_reserved(own, layout, runtime, runtime_api)}


def _defaults(layout: Layout) -> dict[str, str]:
    return {"LANG": "en_US.UTF-8", "HOME": str(layout.scratch), "TMPDIR": str(layout.scratch)}


def _reserved(own: Mapping[str, str], layout: Layout, runtime: str, runtime_api: str) -> dict[str, str]:
    opt = layout.opt
    python = [opt / "python" / "lib" / runtime / "site-packages", opt / "python"] if opt else []
    return {
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{runtime}",
        "AWS_LAMBDA_RUNTIME_API": runtime_api,
        "LAMBDA_TASK_ROOT": str(layout.task_root),
        "LAMBDA_RUNTIME_DIR": str(layout.runtime_dir),
        "PATH": _joined(own.get("PATH", "/usr/local/bin:/usr/bin:/bin"), [opt / "bin"] if opt else []),
        "PYTHONPATH": _joined(own.get("PYTHONPATH", ""), [layout.task_root, *python]),
        "LD_LIBRARY_PATH": _joined(
            own.get("LD_LIBRARY_PATH", ""), [layout.task_root, layout.task_root / "lib", *([opt / "lib"] if opt else [])]
        ),
    }


def _joined(first: str, rest: list[Path]) -> str:
    return ":".join([*([first] if first else []), *map(str, rest)])
