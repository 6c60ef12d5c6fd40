"""Types of CloudWatch Logs."""

from typing import Any

from emulator.cloudformation.declaration import Client, Properties, ResourceType


def _transformation(declared: Properties) -> dict[str, Any]:
    """One metric transformation in the API's spelling; dimensions are a list here and a mapping there."""
    transformation = {key[:1].lower() + key[1:]: value for key, value in declared.items() if key not in {"Dimensions", "DefaultValue"}}
    if "DefaultValue" in declared:
        transformation["defaultValue"] = float(declared["DefaultValue"])
    if dimensions := declared.get("Dimensions"):
        transformation["dimensions"] = {dimension["Key"]: dimension["Value"] for dimension in dimensions}
    return transformation


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
    update=_put_metric_filter,
    delete=lambda client, p: client.delete_metric_filter(logGroupName=p["LogGroupName"], filterName=p["FilterName"]),
    create_only=("LogGroupName",),
)
