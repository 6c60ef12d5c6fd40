"""What tests declare: requests of the API and the same as a template."""

import json
from typing import Any

ROLE = "arn:aws:iam::000000000000:role/dms"
STREAM = "arn:aws:kinesis:eu-west-1:000000000000:stream/changes"
KINESIS = {"StreamArn": STREAM, "ServiceAccessRoleArn": ROLE, "MessageFormat": "json", "IncludePartitionValue": True}


def mappings(schema: str = "gonio", *more: dict[str, Any]) -> str:
    """TableMappings that select a schema."""
    locator = {"schema-name": schema, "table-name": "%"}
    rule = {"rule-type": "selection", "rule-id": "1", "rule-name": "all", "rule-action": "include", "object-locator": locator}
    return json.dumps({"rules": [rule, *more]})


def source(identifier: str, port: int = 3306, **more: Any) -> dict[str, Any]:
    """CreateEndpoint of a database."""
    account = {"ServerName": "127.0.0.1", "Port": port, "Username": "replica", "Password": "secret"}
    return {"EndpointIdentifier": identifier, "EndpointType": "source", "EngineName": "mysql", **account, **more}


def target(identifier: str, **more: Any) -> dict[str, Any]:
    """CreateEndpoint of a stream."""
    return {"EndpointIdentifier": identifier, "EndpointType": "target", "EngineName": "kinesis", "KinesisSettings": KINESIS | more}


def task(client: Any, name: str, **more: Any) -> dict[str, Any]:
    """CreateReplicationTask's request, with endpoints and an instance made for it."""
    instance = client.create_replication_instance(ReplicationInstanceIdentifier=f"{name}-instance", ReplicationInstanceClass="dms.t3.micro")
    return {
        "ReplicationTaskIdentifier": name,
        "SourceEndpointArn": client.create_endpoint(**source(f"{name}-source"))["Endpoint"]["EndpointArn"],
        "TargetEndpointArn": client.create_endpoint(**target(f"{name}-target"))["Endpoint"]["EndpointArn"],
        "ReplicationInstanceArn": instance["ReplicationInstance"]["ReplicationInstanceArn"],
        "MigrationType": "full-load-and-cdc",
        "TableMappings": mappings(),
        **more,
    }


def resources(port: int, schema: str) -> dict[str, Any]:
    """A template's resources: stream, secret, endpoints, instance and task."""
    secret = {"host": "127.0.0.1", "port": port, "username": "replica", "password": "secret", "dbname": schema}
    by_key = {"TargetMetadata": {"ParallelApplyThreads": 4}}
    settings = {"IncludeTransactionDetails": True, "IncludePartitionValue": True, "PartitionIncludeSchemaTable": "true"}
    return {
        "Stream": {"Type": "AWS::Kinesis::Stream", "Properties": {"Name": "stack-changes", "ShardCount": 3}},
        "Secret": {"Type": "AWS::SecretsManager::Secret", "Properties": {"Name": "stack-replication", "SecretString": json.dumps(secret)}},
        "Subnets": {
            "Type": "AWS::DMS::ReplicationSubnetGroup",
            "Properties": {"ReplicationSubnetGroupDescription": "subnets", "SubnetIds": ["subnet-1", "subnet-2"]},
        },
        "Instance": {
            "Type": "AWS::DMS::ReplicationInstance",
            "Properties": {"ReplicationInstanceClass": "dms.t3.micro", "ReplicationSubnetGroupIdentifier": {"Ref": "Subnets"}},
        },
        "Source": {
            "Type": "AWS::DMS::Endpoint",
            "Properties": {
                "EndpointType": "source",
                "EngineName": "aurora",
                "MySqlSettings": {"SecretsManagerSecretId": {"Ref": "Secret"}, "SecretsManagerAccessRoleArn": ROLE},
            },
        },
        "Target": {
            "Type": "AWS::DMS::Endpoint",
            "Properties": {
                "EndpointType": "target",
                "EngineName": "kinesis",
                "KinesisSettings": {"StreamArn": {"Fn::GetAtt": ["Stream", "Arn"]}, "ServiceAccessRoleArn": ROLE, **settings},
            },
        },
        "Task": {
            "Type": "AWS::DMS::ReplicationTask",
            "Properties": {
                "SourceEndpointArn": {"Ref": "Source"},
                "TargetEndpointArn": {"Ref": "Target"},
                "ReplicationInstanceArn": {"Ref": "Instance"},
                "MigrationType": "full-load-and-cdc",
                "TableMappings": mappings(schema),
                "ReplicationTaskSettings": json.dumps(by_key),
                "Tags": [{"Key": "project", "Value": "gonio"}],
            },
        },
    }
