"""All types that are declared here. Where LocalStack has a provider of its own, the declaration takes its place."""

from emulator.cloudformation import iam_types, iot_types, kinesis_types, logs_types, monitoring_types, s3_types, secret_types
from emulator.cloudformation.declaration import ResourceType

DECLARED: dict[str, ResourceType] = {
    declared.name: declared
    for declared in (
        iam_types.MANAGED_POLICY,
        iam_types.ROLE,
        iot_types.POLICY,
        iot_types.THING,
        iot_types.THING_GROUP,
        iot_types.THING_TYPE,
        iot_types.TOPIC_RULE,
        kinesis_types.STREAM,
        logs_types.LOG_GROUP,
        logs_types.METRIC_FILTER,
        monitoring_types.ALARM,
        monitoring_types.EVENT_RULE,
        s3_types.BUCKET,
        secret_types.SECRET,
    )
}
