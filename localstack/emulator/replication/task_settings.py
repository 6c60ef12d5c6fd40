"""What a task's and a Kinesis endpoint's settings ask of the records. Pure.

https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Tasks.CustomizingTasks.TaskSettings.html. Settings about tuning, logging, validation
and error handling are kept and described, and have no effect here; those that would change the records and are not supported are refused
by name.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_SECTIONS = frozenset(
    {
        "BeforeImageSettings",
        "ChangeProcessingDdlHandlingPolicy",
        "ChangeProcessingTuning",
        "CharacterSetSettings",
        "ControlTablesSettings",
        "ErrorBehavior",
        "FailTaskWhenCleanTaskResourceFailed",
        "FullLoadSettings",
        "Logging",
        "LoopbackPreventionSettings",
        "PostProcessingRules",
        "StreamBufferSettings",
        "TTSettings",
        "TargetMetadata",
        "ValidationSettings",
    }
)
_UNSUPPORTED = ("CharacterSetSettings", "LoopbackPreventionSettings", "PostProcessingRules")
_COLUMN_FILTERS = ("pk-only", "non-lob", "all")


class TaskSettingsError(Exception):
    """The document is no task settings, or asks for what is not supported."""


@dataclass(frozen=True, slots=True)
class BeforeImage:
    """Where a record keeps a row's values before an update or deletion, and which of them: `pk-only`, `non-lob` or `all`."""

    field_name: str
    column_filter: str


@dataclass(frozen=True, slots=True)
class TaskSettings:
    """What of a task's settings has an effect."""

    before_image: BeforeImage | None = None
    parallel_apply: bool = False
    """ParallelApplyThreads above zero, which makes the primary key the partition key of changes."""


@dataclass(frozen=True, slots=True)
class RecordSettings:
    """A Kinesis endpoint's settings, which are off unless they are asked for."""

    transaction_details: bool = False
    partition_value: bool = False
    schema_table_in_key: bool = False
    table_alter_operations: bool = False
    control_details: bool = False
    null_and_empty: bool = False
    no_hex_prefix: bool = False
    large_integers: bool = False
    unformatted: bool = False


def parse(text: str | None) -> TaskSettings:
    """The settings of a `ReplicationTaskSettings` document, or those of none. Raises TaskSettingsError."""
    document = _document(text)
    for name, section in document.items():
        if name not in _SECTIONS:
            raise TaskSettingsError(f"ReplicationTaskSettings: '{name}' is not known")
        if name in _UNSUPPORTED and section:
            raise TaskSettingsError(f"ReplicationTaskSettings: {name} is not supported")
    threads = (document.get("TargetMetadata") or {}).get("ParallelApplyThreads") or 0
    return TaskSettings(_before_image(document.get("BeforeImageSettings") or {}), parallel_apply=threads > 0)


def record_settings(kinesis: Mapping[str, Any]) -> RecordSettings:
    """The settings of an endpoint's `KinesisSettings`."""
    return RecordSettings(
        transaction_details=bool(kinesis.get("IncludeTransactionDetails")),
        partition_value=bool(kinesis.get("IncludePartitionValue")),
        schema_table_in_key=bool(kinesis.get("PartitionIncludeSchemaTable")),
        table_alter_operations=bool(kinesis.get("IncludeTableAlterOperations")),
        control_details=bool(kinesis.get("IncludeControlDetails")),
        null_and_empty=bool(kinesis.get("IncludeNullAndEmpty")),
        no_hex_prefix=bool(kinesis.get("NoHexPrefix")),
        large_integers=bool(kinesis.get("UseLargeIntegerValue")),
        unformatted=kinesis.get("MessageFormat") == "json-unformatted",
    )


def _document(text: str | None) -> dict[str, Any]:
    try:
        document = json.loads(text) if text else {}
    except ValueError as error:
        raise TaskSettingsError("ReplicationTaskSettings is not a JSON document") from error
    if not isinstance(document, dict):
        raise TaskSettingsError("ReplicationTaskSettings is not a JSON object")
    return document


def _before_image(section: Mapping[str, Any]) -> BeforeImage | None:
    if not section.get("EnableBeforeImage"):
        return None
    name, column_filter = section.get("FieldName"), section.get("ColumnFilter", "pk-only")
    if not isinstance(name, str) or not name:
        raise TaskSettingsError("BeforeImageSettings: FieldName is required where EnableBeforeImage is true")
    if column_filter not in _COLUMN_FILTERS:
        raise TaskSettingsError(f"BeforeImageSettings: ColumnFilter '{column_filter}' is none of {', '.join(_COLUMN_FILTERS)}")
    return BeforeImage(name, column_filter)
