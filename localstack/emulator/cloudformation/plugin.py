"""The entry points under which LocalStack's CloudFormation finds our types."""

from typing import override

from localstack.services.cloudformation.resource_provider import CloudFormationResourceProviderPlugin

from emulator.cloudformation import iot_types, logs_types
from emulator.cloudformation.declaration import DeclaredProvider, ResourceType, provider_of


class DeclaredPlugin(CloudFormationResourceProviderPlugin):  # type: ignore[misc]
    """A plug-in whose provider comes from a declaration."""

    declared: ResourceType

    def __init__(self) -> None:
        self.factory: type[DeclaredProvider] | None = None

    @override
    def load(self, *args: object, **kwargs: object) -> None:
        self.factory = provider_of(self.declared)


class IoTPolicyPlugin(DeclaredPlugin):
    """AWS::IoT::Policy."""

    name = iot_types.POLICY.name
    declared = iot_types.POLICY


class IoTThingPlugin(DeclaredPlugin):
    """AWS::IoT::Thing."""

    name = iot_types.THING.name
    declared = iot_types.THING


class IoTThingTypePlugin(DeclaredPlugin):
    """AWS::IoT::ThingType."""

    name = iot_types.THING_TYPE.name
    declared = iot_types.THING_TYPE


class IoTThingGroupPlugin(DeclaredPlugin):
    """AWS::IoT::ThingGroup."""

    name = iot_types.THING_GROUP.name
    declared = iot_types.THING_GROUP


class IoTTopicRulePlugin(DeclaredPlugin):
    """AWS::IoT::TopicRule."""

    name = iot_types.TOPIC_RULE.name
    declared = iot_types.TOPIC_RULE


class LogsMetricFilterPlugin(DeclaredPlugin):
    """AWS::Logs::MetricFilter."""

    name = logs_types.METRIC_FILTER.name
    declared = logs_types.METRIC_FILTER
