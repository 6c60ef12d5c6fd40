"""Where LocalStack makes a mapping's worker and checks a mapping's settings."""

import json
from collections.abc import Callable
from typing import Any

from localstack.services.lambda_.event_source_mapping.esm_worker_factory import EsmWorkerFactory
from localstack.services.lambda_.invocation.models import lambda_stores
from localstack.services.lambda_.provider import LambdaProvider
from localstack.utils.event_matcher import matches_event
from localstack.utils.patch import patch

from emulator.event_source.checkpoints import ConsumerCheckpoints, checkpoint_file
from emulator.event_source.destination import destination_of
from emulator.event_source.events import RecordFilter
from emulator.event_source.function import LocalStackFunction
from emulator.event_source.model import MappingConfig, parse_mapping
from emulator.event_source.ports import Ports
from emulator.event_source.status import MappingStatus
from emulator.event_source.stored_mapping import StoredMapping
from emulator.event_source.validation import validate
from emulator.event_source.worker import SystemClock, Workers, is_kinesis
from emulator.kinesis.runtime import stream_log


def apply() -> None:
    """Patch. Call once a process."""
    workers = Workers(checkpoint_file(), _stored, _ports)

    @patch(EsmWorkerFactory.get_esm_worker)  # type: ignore[untyped-decorator]
    def get_esm_worker(original: Callable[..., Any], factory: Any) -> Any:
        if not is_kinesis(factory.esm_config):
            return original(factory)
        return workers.worker(parse_mapping(factory.esm_config, factory.function_role_arn), enabled=factory.enabled)

    @patch(LambdaProvider.validate_event_source_mapping)  # type: ignore[untyped-decorator]
    def validate_event_source_mapping(original: Callable[..., Any], provider: Any, context: Any, request: Any) -> Any:
        if is_kinesis(request):
            validate(request)
        return original(provider, context, request)


def _stored(config: MappingConfig) -> StoredMapping:
    _, _, _, region, account_id, *_ = config.consumer.function_arn.split(":")
    return StoredMapping(lambda_stores[account_id][region].event_source_mappings, config.uuid)


def _ports(config: MappingConfig, stored: StoredMapping, checkpoints: ConsumerCheckpoints) -> Ports:
    return Ports(
        reader=stream_log(),
        record_filter=RecordFilter(tuple(json.loads(pattern) for pattern in config.filters), matches_event),
        function=LocalStackFunction(config.consumer.function_arn),
        destination=destination_of(config),
        checkpoints=checkpoints,
        clock=SystemClock(),
        status=MappingStatus(stored, config.consumer),
    )
