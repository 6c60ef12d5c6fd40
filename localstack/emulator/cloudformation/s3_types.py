"""AWS::S3::Bucket with updates. A property that is not handled fails the bucket, rather than being left out without a word."""

from collections.abc import Callable
from typing import Any

from emulator.cloudformation.declaration import Client, Properties, ResourceType

_ATTRIBUTES = {"BucketName", "Arn", "DomainName", "DualStackDomainName", "RegionalDomainName", "WebsiteURL"}


def _create(client: Client, properties: Properties) -> None:
    _refuse_unknown(properties)
    region = client.meta.region_name
    location = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    client.create_bucket(Bucket=properties["BucketName"], **location)
    _configure(client, properties, {})


def _configure(client: Client, properties: Properties, before: Properties) -> None:
    _refuse_unknown(properties)
    name = properties["BucketName"]
    for setting, (put, undo) in _SETTINGS.items():
        if setting in properties:
            put(client, name, properties[setting])
        elif setting in before:
            undo(client, name)


def _put_encryption(client: Client, bucket: str, declared: Properties) -> None:
    rules = [_encryption_rule(rule) for rule in declared["ServerSideEncryptionConfiguration"]]
    client.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": rules})


def _put_lifecycle(client: Client, bucket: str, declared: Properties) -> None:
    rules = [_lifecycle_rule(rule) for rule in declared["Rules"]]
    client.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": rules})


def _put_cors(client: Client, bucket: str, declared: Properties) -> None:
    client.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": [_cors_rule(rule) for rule in declared["CorsRules"]]})


def _put_notifications(client: Client, bucket: str, declared: Properties) -> None:
    client.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=_notifications(declared))


def _encryption_rule(rule: Properties) -> dict[str, Any]:
    spelled = {"ServerSideEncryptionByDefault": "ApplyServerSideEncryptionByDefault"}
    return {spelled.get(name, name): value for name, value in rule.items()}


def _lifecycle_rule(rule: Properties) -> dict[str, Any]:
    """CloudFormation flattens what the API nests."""
    spelled: dict[str, Any] = {"Status": rule["Status"], "Filter": {"Prefix": rule.get("Prefix", "")}}
    if "Id" in rule:
        spelled["ID"] = rule["Id"]
    if "ExpirationInDays" in rule:
        spelled["Expiration"] = {"Days": int(rule["ExpirationInDays"])}
    if "NoncurrentVersionExpiration" in rule:
        spelled["NoncurrentVersionExpiration"] = rule["NoncurrentVersionExpiration"]
    if "AbortIncompleteMultipartUpload" in rule:
        spelled["AbortIncompleteMultipartUpload"] = rule["AbortIncompleteMultipartUpload"]
    if "Transitions" in rule:
        renamed = {"TransitionInDays": "Days", "TransitionDate": "Date"}
        spelled["Transitions"] = [{renamed.get(name, name): value for name, value in item.items()} for item in rule["Transitions"]]
    known = {"Id", "Status", "Prefix", "ExpirationInDays", "NoncurrentVersionExpiration", "AbortIncompleteMultipartUpload", "Transitions"}
    if unknown := rule.keys() - known:
        raise ValueError(f"Lifecycle rule members {', '.join(sorted(unknown))} are not supported here")
    return spelled


def _cors_rule(rule: Properties) -> dict[str, Any]:
    spelled = {"Id": "ID", "MaxAge": "MaxAgeSeconds", "ExposedHeaders": "ExposeHeaders"}
    return {spelled.get(name, name): value for name, value in rule.items()}


def _notifications(declared: Properties) -> dict[str, Any]:
    """One event a configuration here, a list of events there."""
    kinds = (("Lambda", "Function", "LambdaFunctionArn"), ("Queue", "Queue", "QueueArn"), ("Topic", "Topic", "TopicArn"))
    spelled: dict[str, Any] = {}
    for kind, target, arn in kinds:
        items = declared.get(f"{kind}Configurations", [])
        if items:
            member = f"{'LambdaFunction' if kind == 'Lambda' else kind}Configurations"
            spelled[member] = [{arn: item[target], "Events": [item["Event"]], **_filter(item)} for item in items]
    return spelled


def _filter(item: Properties) -> dict[str, Any]:
    rules = item.get("Filter", {}).get("S3Key", {}).get("Rules")
    return {"Filter": {"Key": {"FilterRules": rules}}} if rules else {}


def _refuse_unknown(properties: Properties) -> None:
    if unknown := properties.keys() - _SETTINGS.keys() - _ATTRIBUTES:
        raise ValueError(f"Bucket properties {', '.join(sorted(unknown))} are not supported here")


def _read(client: Client, properties: Properties) -> Properties:
    name, region = properties["BucketName"], client.meta.region_name
    return {
        "Arn": f"arn:aws:s3:::{name}",
        "DomainName": f"{name}.s3.amazonaws.com",
        "DualStackDomainName": f"{name}.s3.dualstack.{region}.amazonaws.com",
        "RegionalDomainName": f"{name}.s3.{region}.amazonaws.com",
        "WebsiteURL": f"http://{name}.s3-website-{region}.amazonaws.com",
    }


_SETTINGS: dict[str, tuple[Callable[[Client, str, Any], Any], Callable[[Client, str], Any]]] = {
    "BucketEncryption": (_put_encryption, lambda client, bucket: client.delete_bucket_encryption(Bucket=bucket)),
    "CorsConfiguration": (_put_cors, lambda client, bucket: client.delete_bucket_cors(Bucket=bucket)),
    "LifecycleConfiguration": (_put_lifecycle, lambda client, bucket: client.delete_bucket_lifecycle(Bucket=bucket)),
    "NotificationConfiguration": (_put_notifications, lambda client, bucket: _put_notifications(client, bucket, {})),
    "OwnershipControls": (
        lambda client, bucket, declared: client.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls=declared),
        lambda client, bucket: client.delete_bucket_ownership_controls(Bucket=bucket),
    ),
    "PublicAccessBlockConfiguration": (
        lambda client, bucket, declared: client.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=declared),
        lambda client, bucket: client.delete_public_access_block(Bucket=bucket),
    ),
    "Tags": (
        lambda client, bucket, declared: client.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": declared}),
        lambda client, bucket: client.delete_bucket_tagging(Bucket=bucket),
    ),
    "VersioningConfiguration": (
        lambda client, bucket, declared: client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration=declared),
        lambda client, bucket: client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"}),
    ),
}
"""How each property is brought to what is declared, and taken back when it is no longer declared."""

BUCKET = ResourceType(
    name="AWS::S3::Bucket",
    client="s3",
    identifier="BucketName",
    create=_create,
    read=_read,
    update=_configure,
    delete=lambda client, properties: client.delete_bucket(Bucket=properties["BucketName"]),
    lower_case=True,
)
