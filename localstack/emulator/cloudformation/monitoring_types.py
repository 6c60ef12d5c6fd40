"""Alarms and event rules: putting them again is their update, which LocalStack's own providers leave out."""

import json

from emulator.cloudformation.declaration import Client, Properties, ResourceType


def _put_alarm(client: Client, properties: Properties, _before: Properties | None = None) -> None:
    client.put_metric_alarm(**properties)


def _read_alarm(client: Client, properties: Properties) -> Properties:
    found = client.describe_alarms(AlarmNames=[properties["AlarmName"]])
    return {"Arn": found["MetricAlarms"][0]["AlarmArn"]}


ALARM = ResourceType(
    name="AWS::CloudWatch::Alarm",
    client="cloudwatch",
    identifier="AlarmName",
    create=_put_alarm,
    read=_read_alarm,
    update=_put_alarm,
    delete=lambda client, properties: client.delete_alarms(AlarmNames=[properties["AlarmName"]]),
)

_RULE_PROPERTIES = ("Name", "EventBusName", "ScheduleExpression", "State", "Description", "RoleArn")


def _put_rule(client: Client, properties: Properties, before: Properties | None = None) -> None:
    rule = {name: properties[name] for name in _RULE_PROPERTIES if name in properties}
    if "EventPattern" in properties:
        pattern = properties["EventPattern"]
        rule["EventPattern"] = pattern if isinstance(pattern, str) else json.dumps(pattern)
    client.put_rule(**rule)
    targets = properties.get("Targets", [])
    kept = {target["Id"] for target in targets}
    _remove_targets(client, properties, [target["Id"] for target in (before or {}).get("Targets", []) if target["Id"] not in kept])
    if targets:
        client.put_targets(Rule=properties["Name"], Targets=targets, **_bus(properties))


def _remove_targets(client: Client, properties: Properties, ids: list[str]) -> None:
    if ids:
        client.remove_targets(Rule=properties["Name"], Ids=ids, **_bus(properties))


def _delete_rule(client: Client, properties: Properties) -> None:
    _remove_targets(client, properties, [target["Id"] for target in properties.get("Targets", [])])
    client.delete_rule(Name=properties["Name"], **_bus(properties))


def _bus(properties: Properties) -> Properties:
    return {"EventBusName": properties["EventBusName"]} if "EventBusName" in properties else {}


EVENT_RULE = ResourceType(
    name="AWS::Events::Rule",
    client="events",
    identifier="Name",
    create=_put_rule,
    read=lambda client, properties: {"Arn": client.describe_rule(Name=properties["Name"], **_bus(properties))["Arn"]},
    update=_put_rule,
    delete=_delete_rule,
    create_only=("EventBusName",),
)
