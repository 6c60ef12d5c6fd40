"""Topic rules, and the endpoint."""

from typing import Any

import pytest

from tests.emulator.iot.refusals import code, message, refusal

ROLE = "arn:aws:iam::000000000000:role/rule"
KINESIS = {"kinesis": {"streamName": "telemetry", "partitionKey": "${topic(4)}", "roleArn": ROLE}}
SQS = {"sqs": {"queueUrl": "http://127.0.0.1:4566/000000000000/q", "roleArn": ROLE, "useBase64": False}}


def payload(sql: str = "SELECT *, topic(3) AS tenant FROM 'dt/gonio/+/+/telemetry'", **members: Any) -> dict[str, Any]:
    """A rule that the gateway can run."""
    return {"sql": sql, "actions": [KINESIS], **members}


def test_a_rule_is_answered_as_it_was_given(iot: Any, name: str) -> None:
    given = payload(errorAction=SQS, description="angles", awsIotSqlVersion="2016-03-23", ruleDisabled=False)
    iot.create_topic_rule(ruleName=name, topicRulePayload=given)
    answer = iot.get_topic_rule(ruleName=name)
    assert answer["ruleArn"] == f"arn:aws:iot:eu-west-1:000000000000:rule/{name}"
    assert answer["rule"].pop("createdAt")
    assert answer["rule"] == {"ruleName": name, **given}


def test_sql_version_and_state_have_awss_defaults(iot: Any, name: str) -> None:
    iot.create_topic_rule(ruleName=name, topicRulePayload=payload())
    rule = iot.get_topic_rule(ruleName=name)["rule"]
    assert (rule["awsIotSqlVersion"], rule["ruleDisabled"]) == ("2015-10-08", False)


def test_a_replaced_rule_has_only_its_new_content(iot: Any, name: str) -> None:
    iot.create_topic_rule(ruleName=name, topicRulePayload=payload(description="old", errorAction=SQS))
    iot.replace_topic_rule(ruleName=name, topicRulePayload=payload("SELECT * FROM 'a/#'"))
    rule = iot.get_topic_rule(ruleName=name)["rule"]
    assert (rule["sql"], rule["description"]) == ("SELECT * FROM 'a/#'", "")
    assert "errorAction" not in rule


def test_a_rule_is_switched_off_and_on(iot: Any, name: str) -> None:
    iot.create_topic_rule(ruleName=name, topicRulePayload=payload())
    iot.disable_topic_rule(ruleName=name)
    assert iot.get_topic_rule(ruleName=name)["rule"]["ruleDisabled"] is True
    iot.enable_topic_rule(ruleName=name)
    assert iot.get_topic_rule(ruleName=name)["rule"]["ruleDisabled"] is False


def test_rules_are_listed_in_pages_with_their_topic_pattern(iot: Any, name: str) -> None:
    names = [f"{name}_{i}" for i in range(3)]
    for rule in names:
        iot.create_topic_rule(ruleName=rule, topicRulePayload=payload(f"SELECT * FROM '{name}/+'"))
    pages = list(iot.get_paginator("list_topic_rules").paginate(topic=f"{name}/+", PaginationConfig={"PageSize": 2}))
    assert [[rule["ruleName"] for rule in page["rules"]] for page in pages] == [names[:2], names[2:]]
    assert pages[0]["rules"][0]["topicPattern"] == f"{name}/+"


def test_a_statement_that_cannot_run_is_refused_with_its_reason(iot: Any, name: str) -> None:
    refused = refusal(iot.create_topic_rule, ruleName=name, topicRulePayload=payload("SELEKT * FROM 'a'"))
    assert refused == {"code": "SqlParseException", "status": 400}
    unknown = message(iot.create_topic_rule, ruleName=name, topicRulePayload=payload("SELECT frobnicate(a) AS b FROM 'a'"))
    assert "frobnicate" in unknown
    iot.create_topic_rule(ruleName=name, topicRulePayload=payload())
    assert code(iot.replace_topic_rule, ruleName=name, topicRulePayload=payload("SELECT")) == "SqlParseException"


@pytest.mark.parametrize("member", ["actions", "errorAction"])
def test_an_action_that_the_gateway_lacks_is_refused_by_name(iot: Any, name: str, member: str) -> None:
    firehose = {"firehose": {"deliveryStreamName": "d", "roleArn": ROLE}}
    given = payload() | {member: [firehose] if member == "actions" else firehose}
    assert "firehose" in message(iot.create_topic_rule, ruleName=name, topicRulePayload=given)


def test_names_of_rules_have_letters_digits_and_underscores(iot: Any) -> None:
    assert code(iot.create_topic_rule, ruleName="with-dash", topicRulePayload=payload()) == "InvalidRequestException"


def test_a_rule_name_is_taken_once(iot: Any, name: str) -> None:
    iot.create_topic_rule(ruleName=name, topicRulePayload=payload())
    assert code(iot.create_topic_rule, ruleName=name, topicRulePayload=payload()) == "ResourceAlreadyExistsException"


@pytest.mark.parametrize("operation", ["get_topic_rule", "delete_topic_rule", "enable_topic_rule"])
def test_an_unknown_rule_is_access_denied_as_on_aws(iot: Any, name: str, operation: str) -> None:
    assert refusal(getattr(iot, operation), ruleName=name) == {"code": "UnauthorizedException", "status": 401}


def test_a_deleted_rule_is_gone(iot: Any, name: str) -> None:
    iot.create_topic_rule(ruleName=name, topicRulePayload=payload())
    iot.delete_topic_rule(ruleName=name)
    assert name not in {rule["ruleName"] for rule in iot.list_topic_rules()["rules"]}


def test_the_endpoint_is_the_gateways(iot: Any) -> None:
    assert iot.describe_endpoint(endpointType="iot:Data-ATS")["endpointAddress"] == "gateway.example"
    assert code(iot.describe_endpoint, endpointType="iot:CredentialProvider") == "InvalidRequestException"


def test_an_operation_that_is_not_here_says_so(iot: Any) -> None:
    assert refusal(iot.list_streams)["status"] == 501
