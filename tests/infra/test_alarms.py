"""Every alarm tells somebody, and watches a metric that exists: one that AWS publishes, or one that a function of ours tells."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.ingest.batch import BatchReport
from chalicelib.observability import logger, report_batch, report_projection
from chalicelib.projection.project import ProjectionReport
from infra.package import functions_template
from infra.template import TEMPLATES, Template, load

type Metric = tuple[str, str, frozenset[str]]
"""Namespace, name and the names of the dimensions."""

STAGE = "local"
OF_AWS: set[Metric] = {
    ("AWS/Lambda", "IteratorAge", frozenset({"FunctionName"})),
    ("AWS/Lambda", "Errors", frozenset({"FunctionName"})),
    ("AWS/SQS", "ApproximateNumberOfMessagesVisible", frozenset({"QueueName"})),
    ("AWS/IoT", "Failure", frozenset({"RuleName", "ActionType"})),
    ("AWS/DMS", "CDCLatencyTarget", frozenset({"ReplicationInstanceIdentifier", "ReplicationTaskIdentifier"})),
}
"""As the services' user guides list them under "metrics and dimensions"."""


def _templates() -> Iterator[Template]:
    for path in TEMPLATES.glob("*.yaml"):
        yield functions_template(None, "artifacts") if path.stem == "functions" else load(path.stem)


@pytest.fixture(scope="module")
def alarms() -> dict[str, dict[str, Any]]:
    found = {
        name: resource["Properties"]
        for template in _templates()
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::CloudWatch::Alarm"
    }
    assert found.keys() >= {"IngestBatchesFailing", "TelemetryRuleFailing", "DeadLetters", "ReplicationBehind"}
    return found


def _ours(told: str) -> set[tuple[str, str, tuple[tuple[str, str], ...]]]:
    """The metrics in lines of the embedded metric format, with their dimensions' values."""
    lines = [json.loads(line) for line in told.splitlines()]
    return {
        (directive["Namespace"], metric["Name"], tuple((name, line[name]) for name in names))
        for line in lines
        for directive in line["_aws"]["CloudWatchMetrics"]
        for names in directive["Dimensions"]
        for metric in directive["Metrics"]
    }


def test_every_alarm_tells_the_topic_where_there_is_one(alarms: dict[str, dict[str, Any]]) -> None:
    for name, alarm in alarms.items():
        assert alarm["AlarmActions"] == {"Fn::If": ["HasAlarmTopic", [{"Ref": "AlarmTopicArn"}], {"Ref": "AWS::NoValue"}]}, name


def test_every_alarm_watches_a_metric_that_exists(alarms: dict[str, dict[str, Any]], capsys: pytest.CaptureFixture[str]) -> None:
    report_batch(logger("gonio-ingest"), BatchReport(), STAGE)
    report_projection(logger("gonio-project"), ProjectionReport(), STAGE)
    ours = _ours(capsys.readouterr().out)
    for name, alarm in alarms.items():
        dimensions = {it["Name"]: STAGE if it["Value"] == {"Ref": "Stage"} else it["Value"] for it in alarm["Dimensions"]}
        if alarm["Namespace"].startswith("AWS/"):
            assert (alarm["Namespace"], alarm["MetricName"], frozenset(dimensions)) in OF_AWS, name
        else:
            assert (alarm["Namespace"], alarm["MetricName"], tuple(dimensions.items())) in ours, name


def test_every_topic_rule_has_an_alarm_on_its_action(alarms: dict[str, dict[str, Any]]) -> None:
    rules = {name for name, it in load("iot")["Resources"].items() if it["Type"] == "AWS::IoT::TopicRule"}
    watched = [alarm["Dimensions"] for alarm in alarms.values() if alarm["Namespace"] == "AWS/IoT"]
    kinesis = {"Name": "ActionType", "Value": "Kinesis"}
    assert {json.dumps(it) for it in watched} == {json.dumps([{"Name": "RuleName", "Value": {"Ref": rule}}, kinesis]) for rule in rules}


def test_replication_that_tells_nothing_is_an_alarm(alarms: dict[str, dict[str, Any]]) -> None:
    alarm = alarms["ReplicationBehind"]
    assert (alarm["Threshold"], alarm["TreatMissingData"]) == (300, "breaching")
