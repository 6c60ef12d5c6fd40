"""AWS::Kinesis::Stream, in the place of LocalStack's: with updates, and with streams that outlive a restart."""

from datetime import datetime
from typing import Any

from emulator.cloudformation.declaration import Client, Properties, ResourceType

DEFAULT_RETENTION_HOURS = 24


def _create(client: Client, properties: Properties) -> None:
    mode = _mode(properties)
    count = {"ShardCount": properties.get("ShardCount", 1)} if mode == "PROVISIONED" else {}
    client.create_stream(StreamName=properties["Name"], StreamModeDetails={"StreamMode": mode}, **count)
    # Retention and tags are set on an active stream, once `_settled` sees one.


def _update(client: Client, properties: Properties, before: Properties) -> None:
    """Shards as declared. A stream that is taken over may have been scaled up by hand since; that is not undone."""
    name, summary = properties["Name"], _summary(client, properties)
    if summary.get("StreamModeDetails", {}).get("StreamMode", "PROVISIONED") != _mode(properties):
        client.update_stream_mode(StreamARN=summary["StreamARN"], StreamModeDetails={"StreamMode": _mode(properties)})
    wanted = int(properties.get("ShardCount", summary["OpenShardCount"]))
    rescaled = wanted != summary["OpenShardCount"] if before else wanted > summary["OpenShardCount"]
    if _mode(properties) == "PROVISIONED" and rescaled:
        client.update_shard_count(StreamName=name, TargetShardCount=wanted, ScalingType="UNIFORM_SCALING")


def _settled(client: Client, properties: Properties) -> bool:
    """Whether the stream is active; then its retention, tags and encryption are brought to what is declared."""
    summary = _summary(client, properties)
    if summary["StreamStatus"] != "ACTIVE":
        return False
    _retain(client, properties, summary["RetentionPeriodHours"])
    _tag(client, properties)
    return _encrypted(client, properties, summary)


def _retain(client: Client, properties: Properties, hours: int) -> None:
    wanted = int(properties.get("RetentionPeriodHours", DEFAULT_RETENTION_HOURS))
    if wanted > hours:
        client.increase_stream_retention_period(StreamName=properties["Name"], RetentionPeriodHours=wanted)
    elif wanted < hours:
        client.decrease_stream_retention_period(StreamName=properties["Name"], RetentionPeriodHours=wanted)


def _encrypted(client: Client, properties: Properties, summary: dict[str, Any]) -> bool:
    """Ask for the declared encryption where it differs; whether it stands."""
    wanted = properties.get("StreamEncryption")
    present = summary.get("EncryptionType", "NONE") != "NONE"
    if wanted and (not present or summary.get("KeyId") != wanted["KeyId"]):
        client.start_stream_encryption(StreamName=properties["Name"], EncryptionType=wanted["EncryptionType"], KeyId=wanted["KeyId"])
        return False
    if present and not wanted:
        client.stop_stream_encryption(StreamName=properties["Name"], EncryptionType=summary["EncryptionType"], KeyId=summary["KeyId"])
        return False
    return True


def _tag(client: Client, properties: Properties) -> None:
    wanted = {tag["Key"]: tag["Value"] for tag in properties.get("Tags", [])}
    present = {tag["Key"]: tag["Value"] for tag in client.list_tags_for_stream(StreamName=properties["Name"])["Tags"]}
    if gone := sorted(present.keys() - wanted.keys()):
        client.remove_tags_from_stream(StreamName=properties["Name"], TagKeys=gone)
    if wanted.items() - present.items():
        client.add_tags_to_stream(StreamName=properties["Name"], Tags=wanted)


def _gone(client: Client, properties: Properties) -> bool:
    try:
        _summary(client, properties)
    except client.exceptions.ResourceNotFoundException:
        return True
    return False


def _summary(client: Client, properties: Properties) -> dict[str, Any]:
    return client.describe_stream_summary(StreamName=properties["Name"])["StreamDescriptionSummary"]  # type: ignore[no-any-return]


def _mode(properties: Properties) -> str:
    return str(properties.get("StreamModeDetails", {}).get("StreamMode", "PROVISIONED"))


def _created_at(client: Client, properties: Properties) -> datetime:
    return _summary(client, properties)["StreamCreationTimestamp"]  # type: ignore[no-any-return]


STREAM = ResourceType(
    name="AWS::Kinesis::Stream",
    client="kinesis",
    identifier="Name",
    create=_create,
    read=lambda client, properties: {"Arn": _summary(client, properties)["StreamARN"]},
    update=_update,
    delete=lambda client, properties: client.delete_stream(StreamName=properties["Name"], EnforceConsumerDeletion=True),
    created_at=_created_at,
    settled=_settled,
    gone=_gone,
)
