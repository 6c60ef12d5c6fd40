"""DMS's API as boto3 sees it. No engine runs here: what is started stays starting."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.emulator.dms.declarations import KINESIS, mappings, source, target, task


def only(name: str, value: str) -> dict[str, Any]:
    return {"Filters": [{"Name": name, "Values": [value]}]}


def refused(code: str) -> Any:
    return pytest.raises(ClientError, match=code)


def test_endpoints_are_described_without_their_password(dms: Any) -> None:
    made = dms.create_endpoint(**source("Described-Source", MySQLSettings={"Password": "hidden", "EventsPollInterval": 5}))["Endpoint"]
    (described,) = dms.describe_endpoints(**only("endpoint-id", "described-source"))["Endpoints"]
    assert made == described
    assert (described["Status"], described["EngineDisplayName"], described["Port"]) == ("active", "MySQL", 3306)
    assert described["MySQLSettings"] == {"EventsPollInterval": 5}
    assert "Password" not in described


def test_an_endpoint_is_modified_in_part_or_exactly(dms: Any) -> None:
    arn = dms.create_endpoint(**target("changing"))["Endpoint"]["EndpointArn"]
    part = dms.modify_endpoint(EndpointArn=arn, KinesisSettings={"IncludeNullAndEmpty": True})["Endpoint"]
    assert part["KinesisSettings"] == KINESIS | {"IncludeNullAndEmpty": True}
    whole = {name: KINESIS[name] for name in ("StreamArn", "ServiceAccessRoleArn")}
    exact = dms.modify_endpoint(EndpointArn=arn, KinesisSettings=whole, ExactSettings=True)["Endpoint"]
    assert exact["KinesisSettings"] == whole


def test_a_deleted_endpoint_is_not_found(dms: Any) -> None:
    arn = dms.create_endpoint(**target("deleted"))["Endpoint"]["EndpointArn"]
    assert dms.delete_endpoint(EndpointArn=arn)["Endpoint"]["Status"] == "deleting"
    with refused("ResourceNotFoundFault"):
        dms.describe_endpoints(**only("endpoint-arn", arn))
    with refused("ResourceNotFoundFault"):
        dms.delete_endpoint(EndpointArn=arn)


@pytest.mark.parametrize(
    "request_",
    [
        source("bad", EngineName="oracle"),
        target("bad") | {"EngineName": "s3"},
        source("bad", Password=""),
        target("bad", StreamArn=""),
        target("bad", ServiceAccessRoleArn=""),
        source("bad", EndpointType="both"),
    ],
)
def test_endpoints_that_cannot_work_are_refused(dms: Any, request_: dict[str, Any]) -> None:
    with refused("InvalidParameterValueException"):
        dms.create_endpoint(**request_)


def test_an_identifier_is_taken_once(dms: Any) -> None:
    dms.create_endpoint(**source("taken"))
    with refused("ResourceAlreadyExistsFault"):
        dms.create_endpoint(**source("TAKEN"))


def test_instances_and_subnet_groups_are_described(dms: Any) -> None:
    group = {"ReplicationSubnetGroupIdentifier": "Subnets", "ReplicationSubnetGroupDescription": "d", "SubnetIds": ["subnet-1"]}
    dms.create_replication_subnet_group(**group)
    dms.create_replication_instance(
        ReplicationInstanceIdentifier="placed", ReplicationInstanceClass="dms.t3.micro", ReplicationSubnetGroupIdentifier="subnets"
    )
    (instance,) = dms.describe_replication_instances(**only("replication-instance-id", "placed"))["ReplicationInstances"]
    assert instance["ReplicationInstanceStatus"] == "available"
    assert instance["ReplicationSubnetGroup"]["Subnets"][0]["SubnetIdentifier"] == "subnet-1"
    with refused("InvalidResourceStateFault"):
        dms.delete_replication_subnet_group(ReplicationSubnetGroupIdentifier="subnets")
    dms.delete_replication_instance(ReplicationInstanceArn=instance["ReplicationInstanceArn"])
    dms.delete_replication_subnet_group(ReplicationSubnetGroupIdentifier="subnets")


def test_a_task_is_ready_until_it_is_started_and_stopping_until_an_engine_has_stopped_it(dms: Any) -> None:
    arn = dms.create_replication_task(**task(dms, "life"))["ReplicationTask"]["ReplicationTaskArn"]
    described = only("replication-task-arn", arn)
    assert dms.describe_replication_tasks(**described)["ReplicationTasks"][0]["Status"] == "ready"
    assert (
        dms.start_replication_task(ReplicationTaskArn=arn, StartReplicationTaskType="start-replication")["ReplicationTask"]["Status"]
        == "starting"
    )
    for call in (dms.delete_replication_task, dms.modify_replication_task):
        with refused("InvalidResourceStateFault"):
            call(ReplicationTaskArn=arn)
    assert dms.stop_replication_task(ReplicationTaskArn=arn)["ReplicationTask"]["Status"] == "stopping"
    with refused("InvalidResourceStateFault"):
        dms.stop_replication_task(ReplicationTaskArn=arn)


def test_a_task_is_modified_and_deleted_while_it_rests(dms: Any) -> None:
    wanted = task(dms, "resting")
    arn = dms.create_replication_task(**wanted)["ReplicationTask"]["ReplicationTaskArn"]
    dms.modify_replication_task(ReplicationTaskArn=arn, TableMappings=mappings("other"))
    (described,) = dms.describe_replication_tasks(**only("replication-task-id", "resting"))["ReplicationTasks"]
    assert described["TableMappings"] == mappings("other")
    with refused("InvalidResourceStateFault"):
        dms.delete_endpoint(EndpointArn=wanted["SourceEndpointArn"])
    with refused("InvalidResourceStateFault"):
        dms.delete_replication_instance(ReplicationInstanceArn=wanted["ReplicationInstanceArn"])
    dms.delete_replication_task(ReplicationTaskArn=arn)
    with refused("ResourceNotFoundFault"):
        dms.describe_replication_tasks(**only("replication-task-arn", arn))
    dms.delete_endpoint(EndpointArn=wanted["SourceEndpointArn"])


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ({"TableMappings": "{}"}, "TableMappings"),
        ({"TableMappings": mappings("s", {"rule-type": "table-settings", "rule-id": "2"})}, "table-settings"),
        ({"ReplicationTaskSettings": "nonsense"}, "ReplicationTaskSettings"),
        ({"ReplicationTaskSettings": json.dumps({"PostProcessingRules": {"rules": []}})}, "PostProcessingRules"),
        ({"ReplicationTaskSettings": json.dumps({"BeforeImageSettings": {"EnableBeforeImage": True}})}, "FieldName"),
        ({"CdcStopPosition": "server_time:2026-11-24T00:00:00"}, "CdcStopPosition"),
        ({"CdcStartPosition": "changes.000001:4"}, "CdcStartPosition"),
        ({"MigrationType": "cdc", "CdcStartPosition": "yesterday"}, "yesterday"),
    ],
)
def test_tasks_that_ask_for_what_there_is_not_are_refused_by_name(dms: Any, more: dict[str, Any], named: str) -> None:
    name = f"refused-{abs(hash(str(more)))}"
    with pytest.raises(ClientError, match=named) as raised:
        dms.create_replication_task(**task(dms, name) | more)
    assert raised.value.response["Error"]["Code"].startswith("InvalidParameter")


def test_a_task_needs_endpoints_of_the_right_kind_and_an_instance(dms: Any) -> None:
    wanted = task(dms, "ends")
    for swapped in ({"SourceEndpointArn": wanted["TargetEndpointArn"]}, {"TargetEndpointArn": wanted["SourceEndpointArn"]}):
        with refused("InvalidParameterValueException"):
            dms.create_replication_task(**wanted | swapped)
    with refused("ResourceNotFoundFault"):
        dms.create_replication_task(**wanted | {"ReplicationInstanceArn": wanted["ReplicationInstanceArn"] + "X"})


def test_tables_of_a_task_that_does_not_run_are_not_reloaded(dms: Any) -> None:
    arn = dms.create_replication_task(**task(dms, "unloaded"))["ReplicationTask"]["ReplicationTaskArn"]
    with refused("InvalidResourceStateFault"):
        dms.reload_tables(ReplicationTaskArn=arn, TablesToReload=[{"SchemaName": "gonio", "TableName": "items"}])
    assert dms.describe_table_statistics(ReplicationTaskArn=arn)["TableStatistics"] == []


def test_lists_come_in_pages(dms: Any) -> None:
    for number in range(3):
        dms.create_endpoint(**target(f"page-{number}"))
    wanted = {"Filters": [{"Name": "endpoint-id", "Values": [f"page-{number}" for number in range(3)]}]}
    first = dms.describe_endpoints(**wanted, MaxRecords=2)
    rest = dms.describe_endpoints(**wanted, MaxRecords=2, Marker=first["Marker"])
    assert [one["EndpointIdentifier"] for one in first["Endpoints"] + rest["Endpoints"]] == ["page-0", "page-1", "page-2"]
    assert "Marker" not in rest
    with refused("InvalidParameterValueException"):
        dms.describe_endpoints(Filters=[{"Name": "colour", "Values": ["red"]}])


def test_tags_are_set_and_removed(dms: Any) -> None:
    arn = dms.create_endpoint(**target("tagged"), Tags=[{"Key": "a", "Value": "1"}])["Endpoint"]["EndpointArn"]
    dms.add_tags_to_resource(ResourceArn=arn, Tags=[{"Key": "b", "Value": "2"}])
    dms.remove_tags_from_resource(ResourceArn=arn, TagKeys=["a"])
    assert [(tag["Key"], tag["Value"]) for tag in dms.list_tags_for_resource(ResourceArn=arn)["TagList"]] == [("b", "2")]
