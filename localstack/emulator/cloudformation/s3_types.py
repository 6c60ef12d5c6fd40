"""AWS::S3::Bucket with updates. A property that is not handled fails the bucket, rather than being left out without a word."""

from typing import Any

from emulator.cloudformation.declaration import Client, Properties, ResourceType

_HANDLED = {
    "BucketName",
    "BucketEncryption",
    "CorsConfiguration",
    "LifecycleConfiguration",
    "NotificationConfiguration",
    "OwnershipControls",
    "PublicAccessBlockConfiguration",
    "Tags",
    "VersioningConfiguration",
}
_ATTRIBUTES = {"Arn", "DomainName", "DualStackDomainName", "RegionalDomainName", "WebsiteURL"}


def _create(client: Client, properties: Properties) -> None:
    _refuse_unknown(properties)
    region = client.meta.region_name
    location = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    client.create_bucket(Bucket=properties["BucketName"], **location)
    _configure(client, properties, {})


def _configure(client: Client, properties: Properties, before: Properties) -> None:
    _refuse_unknown(properties)
    bucket = {"Bucket": properties["BucketName"]}
    _configure_protection(client, properties, before)
    if rules := properties.get("LifecycleConfiguration"):
        client.put_bucket_lifecycle_configuration(
            **bucket, LifecycleConfiguration={"Rules": [_lifecycle_rule(rule) for rule in rules["Rules"]]}
        )
    elif "LifecycleConfiguration" in before:
        client.delete_bucket_lifecycle(**bucket)
    if cors := properties.get("CorsConfiguration"):
        client.put_bucket_cors(**bucket, CORSConfiguration={"CORSRules": [_cors_rule(rule) for rule in cors["CorsRules"]]})
    elif "CorsConfiguration" in before:
        client.delete_bucket_cors(**bucket)
    if versioning := properties.get("VersioningConfiguration"):
        client.put_bucket_versioning(**bucket, VersioningConfiguration=versioning)
    elif "VersioningConfiguration" in before:
        client.put_bucket_versioning(**bucket, VersioningConfiguration={"Status": "Suspended"})
    if "NotificationConfiguration" in properties or "NotificationConfiguration" in before:
        client.put_bucket_notification_configuration(**bucket, NotificationConfiguration=_notifications(properties))
    if tags := properties.get("Tags"):
        client.put_bucket_tagging(**bucket, Tagging={"TagSet": tags})
    elif "Tags" in before:
        client.delete_bucket_tagging(**bucket)


def _configure_protection(client: Client, properties: Properties, before: Properties) -> None:
    bucket = {"Bucket": properties["BucketName"]}
    if encryption := properties.get("BucketEncryption"):
        rules = [_encryption_rule(rule) for rule in encryption["ServerSideEncryptionConfiguration"]]
        client.put_bucket_encryption(**bucket, ServerSideEncryptionConfiguration={"Rules": rules})
    elif "BucketEncryption" in before:
        client.delete_bucket_encryption(**bucket)
    if block := properties.get("PublicAccessBlockConfiguration"):
        client.put_public_access_block(**bucket, PublicAccessBlockConfiguration=block)
    elif "PublicAccessBlockConfiguration" in before:
        client.delete_public_access_block(**bucket)
    if ownership := properties.get("OwnershipControls"):
        client.put_bucket_ownership_controls(**bucket, OwnershipControls=ownership)


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


def _notifications(properties: Properties) -> dict[str, Any]:
    """One event a configuration here, a list of events there."""
    declared = properties.get("NotificationConfiguration", {})
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
    if unknown := properties.keys() - _HANDLED - _ATTRIBUTES:
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
