"""IoT types. Properties: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_IoT.html."""

import json
from datetime import datetime
from typing import Any

from emulator.cloudformation.declaration import Client, Properties, ResourceType
from emulator.iot.plugin import thing_created_at as created_at

KEPT_POLICY_VERSIONS = 5
"""As many versions of a policy as AWS keeps."""


def _tagged(properties: Properties) -> dict[str, Any]:
    return {"tags": properties["Tags"]} if properties.get("Tags") else {}


def _retag(client: Client, arn: str, properties: Properties, before: Properties) -> None:
    wanted = {tag["Key"] for tag in properties.get("Tags", [])}
    if gone := sorted({tag["Key"] for tag in before.get("Tags", [])} - wanted):
        client.untag_resource(resourceArn=arn, tagKeys=gone)
    if wanted:
        client.tag_resource(resourceArn=arn, tags=properties["Tags"])


def _document(properties: Properties) -> str:
    document = properties["PolicyDocument"]
    return document if isinstance(document, str) else json.dumps(document)


def _update_policy(client: Client, properties: Properties, before: Properties) -> None:
    """A change is a new default version; the oldest one makes room, as CloudFormation does on AWS."""
    name = properties["PolicyName"]
    current = client.get_policy(policyName=name)
    _retag(client, current["policyArn"], properties, before)
    if json.loads(current["policyDocument"]) == json.loads(_document(properties)):
        return
    versions = client.list_policy_versions(policyName=name)["policyVersions"]
    if len(versions) >= KEPT_POLICY_VERSIONS:
        oldest = min((version for version in versions if not version["isDefaultVersion"]), key=lambda version: int(version["versionId"]))
        client.delete_policy_version(policyName=name, policyVersionId=oldest["versionId"])
    client.create_policy_version(policyName=name, policyDocument=_document(properties), setAsDefault=True)


def _delete_policy(client: Client, properties: Properties) -> None:
    name = properties["PolicyName"]
    for version in client.list_policy_versions(policyName=name)["policyVersions"]:
        if not version["isDefaultVersion"]:
            client.delete_policy_version(policyName=name, policyVersionId=version["versionId"])
    client.delete_policy(policyName=name)


def _read_policy(client: Client, properties: Properties) -> Properties:
    return {"Arn": client.get_policy(policyName=properties["PolicyName"])["policyArn"], "Id": properties["PolicyName"]}


def _policy_created_at(client: Client, properties: Properties) -> datetime:
    return client.get_policy(policyName=properties["PolicyName"])["creationDate"]  # type: ignore[no-any-return]


POLICY = ResourceType(
    name="AWS::IoT::Policy",
    client="iot",
    identifier="PolicyName",
    create=lambda client, properties: client.create_policy(
        policyName=properties["PolicyName"], policyDocument=_document(properties), **_tagged(properties)
    ),
    read=_read_policy,
    update=_update_policy,
    delete=_delete_policy,
    created_at=_policy_created_at,
)


def _thing(properties: Properties) -> dict[str, Any]:
    attributes = properties.get("AttributePayload", {}).get("Attributes", {})
    return {"thingName": properties["ThingName"], "attributePayload": {"attributes": attributes}}


def _read_thing(client: Client, properties: Properties) -> Properties:
    thing = client.describe_thing(thingName=properties["ThingName"])
    return {"Arn": thing["thingArn"], "Id": thing["thingId"]}


def _thing_created_at(client: Client, properties: Properties) -> datetime:
    """AWS tells no date of a thing; the registry of this process knows it."""
    region, account_id = client.describe_thing(thingName=properties["ThingName"])["thingArn"].split(":")[3:5]
    return created_at(account_id, region, properties["ThingName"])


def _update_thing(client: Client, properties: Properties, _before: Properties) -> None:
    client.update_thing(**_thing(properties))


THING = ResourceType(
    name="AWS::IoT::Thing",
    client="iot",
    identifier="ThingName",
    create=lambda client, properties: client.create_thing(**_thing(properties)),
    read=_read_thing,
    update=_update_thing,
    delete=lambda client, properties: client.delete_thing(thingName=properties["ThingName"]),
    created_at=_thing_created_at,
)


def _thing_type(properties: Properties) -> dict[str, Any]:
    declared = properties.get("ThingTypeProperties", {})
    searchable = declared.get("SearchableAttributes", [])
    described = {"thingTypeDescription": declared["ThingTypeDescription"]} if "ThingTypeDescription" in declared else {}
    return {"thingTypeName": properties["ThingTypeName"], "thingTypeProperties": {"searchableAttributes": searchable, **described}}


def _create_thing_type(client: Client, properties: Properties) -> None:
    client.create_thing_type(**_thing_type(properties), **_tagged(properties))
    if properties.get("DeprecateThingType"):
        _deprecate(client, properties)


def _deprecate(client: Client, properties: Properties) -> None:
    """Set or undo the deprecation; undoing one that is not there is no fault."""
    client.deprecate_thing_type(thingTypeName=properties["ThingTypeName"], undoDeprecate=not properties.get("DeprecateThingType", False))


def _update_thing_type(client: Client, properties: Properties, before: Properties) -> None:
    _deprecate(client, properties)
    _retag(client, _read_thing_type(client, properties)["Arn"], properties, before)


def _delete_thing_type(client: Client, properties: Properties) -> None:
    _deprecate(client, properties | {"DeprecateThingType": True})
    client.delete_thing_type(thingTypeName=properties["ThingTypeName"])


def _read_thing_type(client: Client, properties: Properties) -> Properties:
    described = client.describe_thing_type(thingTypeName=properties["ThingTypeName"])
    return {"Arn": described["thingTypeArn"], "Id": described["thingTypeId"]}


def _thing_type_created_at(client: Client, properties: Properties) -> datetime:
    return client.describe_thing_type(thingTypeName=properties["ThingTypeName"])["thingTypeMetadata"]["creationDate"]  # type: ignore[no-any-return]


THING_TYPE = ResourceType(
    name="AWS::IoT::ThingType",
    client="iot",
    identifier="ThingTypeName",
    create=_create_thing_type,
    read=_read_thing_type,
    update=_update_thing_type,
    delete=_delete_thing_type,
    create_only=("ThingTypeProperties",),
    created_at=_thing_type_created_at,
)


def _group(properties: Properties) -> dict[str, Any]:
    declared = properties.get("ThingGroupProperties", {})
    attributes = declared.get("AttributePayload", {}).get("Attributes", {})
    payload = {"thingGroupDescription": declared.get("ThingGroupDescription", ""), "attributePayload": {"attributes": attributes}}
    return {"thingGroupName": properties["ThingGroupName"], "thingGroupProperties": payload}


def _create_group(client: Client, properties: Properties) -> None:
    parent = {"parentGroupName": properties["ParentGroupName"]} if "ParentGroupName" in properties else {}
    client.create_thing_group(**_group(properties), **parent, **_tagged(properties))


def _read_group(client: Client, properties: Properties) -> Properties:
    described = client.describe_thing_group(thingGroupName=properties["ThingGroupName"])
    return {"Arn": described["thingGroupArn"], "Id": described["thingGroupId"]}


def _update_group(client: Client, properties: Properties, before: Properties) -> None:
    client.update_thing_group(**_group(properties))
    _retag(client, _read_group(client, properties)["Arn"], properties, before)


def _group_created_at(client: Client, properties: Properties) -> datetime:
    return client.describe_thing_group(thingGroupName=properties["ThingGroupName"])["thingGroupMetadata"]["creationDate"]  # type: ignore[no-any-return]


THING_GROUP = ResourceType(
    name="AWS::IoT::ThingGroup",
    client="iot",
    identifier="ThingGroupName",
    create=_create_group,
    read=_read_group,
    update=_update_group,
    delete=lambda client, properties: client.delete_thing_group(thingGroupName=properties["ThingGroupName"]),
    create_only=("ParentGroupName",),
    created_at=_group_created_at,
)


def _lower_keys(value: Any) -> Any:
    """CloudFormation's spelling to the API's: the first letter of every key is small."""
    if isinstance(value, dict):
        return {key[:1].lower() + key[1:]: _lower_keys(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_lower_keys(item) for item in value]
    return value


def _rule(properties: Properties) -> dict[str, Any]:
    return {"ruleName": properties["RuleName"], "topicRulePayload": _lower_keys(properties["TopicRulePayload"])}


def _read_rule(client: Client, properties: Properties) -> Properties:
    return {"Arn": client.get_topic_rule(ruleName=properties["RuleName"])["ruleArn"]}


def _create_rule(client: Client, properties: Properties) -> None:
    client.create_topic_rule(**_rule(properties))
    _retag(client, _read_rule(client, properties)["Arn"], properties, {})


def _replace_rule(client: Client, properties: Properties, before: Properties) -> None:
    client.replace_topic_rule(**_rule(properties))
    _retag(client, _read_rule(client, properties)["Arn"], properties, before)


def _delete_rule(client: Client, properties: Properties) -> None:
    try:
        client.delete_topic_rule(ruleName=properties["RuleName"])
    except client.exceptions.UnauthorizedException:
        return  # what AWS says of a rule that is not there


def _rule_created_at(client: Client, properties: Properties) -> datetime:
    return client.get_topic_rule(ruleName=properties["RuleName"])["rule"]["createdAt"]  # type: ignore[no-any-return]


TOPIC_RULE = ResourceType(
    name="AWS::IoT::TopicRule",
    client="iot",
    identifier="RuleName",
    create=_create_rule,
    read=_read_rule,
    update=_replace_rule,
    delete=_delete_rule,
    created_at=_rule_created_at,
    name_separator="_",
)
