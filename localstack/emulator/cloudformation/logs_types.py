"""Types of CloudWatch Logs. LocalStack's own log group knows no retention and no update."""

from typing import Any

from emulator.cloudformation.declaration import Client, Properties, ResourceType


def _create_group(client: Client, properties: Properties) -> None:
    client.create_log_group(logGroupName=properties["LogGroupName"])
    _configure_group(client, properties, {})


def _configure_group(client: Client, properties: Properties, before: Properties) -> None:
    name = properties["LogGroupName"]
    if days := properties.get("RetentionInDays"):
        client.put_retention_policy(logGroupName=name, retentionInDays=int(days))
    elif before.get("RetentionInDays"):
        client.delete_retention_policy(logGroupName=name)
    wanted, present = _tags(properties), _tags(before)
    if gone := sorted(present.keys() - wanted.keys()):
        client.untag_log_group(logGroupName=name, tags=gone)
    if wanted:
        client.tag_log_group(logGroupName=name, tags=wanted)


def _tags(properties: Properties) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in properties.get("Tags", [])}


def _read_group(client: Client, properties: Properties) -> Properties:
    name = properties["LogGroupName"]
    groups = client.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    return {"Arn": next(group["arn"] for group in groups if group["logGroupName"] == name)}


LOG_GROUP = ResourceType(
    name="AWS::Logs::LogGroup",
    client="logs",
    identifier="LogGroupName",
    create=_create_group,
    read=_read_group,
    update=_configure_group,
    delete=lambda client, properties: client.delete_log_group(logGroupName=properties["LogGroupName"]),
)


def _transformation(declared: Properties) -> dict[str, Any]:
    """One metric transformation in the API's spelling; dimensions are a list here and a mapping there."""
    transformation = {key[:1].lower() + key[1:]: value for key, value in declared.items() if key not in {"Dimensions", "DefaultValue"}}
    if "DefaultValue" in declared:
        transformation["defaultValue"] = float(declared["DefaultValue"])
    if dimensions := declared.get("Dimensions"):
        transformation["dimensions"] = {dimension["Key"]: dimension["Value"] for dimension in dimensions}
    return transformation


def _replace_metric_filter(client: Client, properties: Properties, _before: Properties) -> None:
    """LocalStack puts a second filter beside one of the same name, where AWS replaces it."""
    _delete_metric_filter(client, properties)
    _put_metric_filter(client, properties)


def _delete_metric_filter(client: Client, properties: Properties) -> None:
    client.delete_metric_filter(logGroupName=properties["LogGroupName"], filterName=properties["FilterName"])


def _put_metric_filter(client: Client, properties: Properties) -> None:
    client.put_metric_filter(
        logGroupName=properties["LogGroupName"],
        filterName=properties["FilterName"],
        filterPattern=properties["FilterPattern"],
        metricTransformations=[_transformation(declared) for declared in properties["MetricTransformations"]],
    )


METRIC_FILTER = ResourceType(
    name="AWS::Logs::MetricFilter",
    client="logs",
    identifier="FilterName",
    create=_put_metric_filter,
    read=lambda _client, _properties: {},
    update=_replace_metric_filter,
    delete=_delete_metric_filter,
    create_only=("LogGroupName",),
)
