"""IoT policies: every case of the developer guide, and what must hold for any policies."""

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.iot_core.policy import (
    Action,
    Authorizer,
    Certificate,
    MalformedPolicy,
    Policy,
    PolicyContext,
    Thing,
    is_allowed,
    parse_policy,
)
from tests.emulator.iot_rules.case_files import Case, parameters

ARN = "arn:aws:iot:eu-west-1:123456789012:"
RESOURCE_TYPE = {Action.CONNECT: "client/", Action.SUBSCRIBE: "topicfilter/"}
CLIENT = PolicyContext("client1")

PATTERN = st.text("ab/*?+#[]!$", max_size=8)
TEXT = st.text("ab/+#[]!$", max_size=8)
ACTION = st.sampled_from(list(Action))


def policy(effect: str = "Allow", action: Any = "iot:Publish", resource: Any = "*", **more: Any) -> Policy:
    return parse_policy(document({"Effect": effect, "Action": action, "Resource": resource, **more}))


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


STATEMENT = st.builds(
    lambda effect, action, pattern, negated: parse_policy(
        document(
            {
                "Effect": effect,
                "Action": action,
                "NotResource" if negated else "Resource": f"arn:aws:iot:eu-west-1:000000000000:topic/{pattern}",
            }
        )
    ),
    st.sampled_from(["Allow", "Deny"]),
    st.sampled_from([*Action, "iot:*", "*"]),
    PATTERN,
    st.booleans(),
)


def context_of(case: Case) -> PolicyContext:
    given_context = case["context"]
    name = given_context["thing_name"]
    thing = Thing(name, given_context["thing_type"], given_context["thing_attributes"], given_context["thing_attached"]) if name else None
    subject = {field: tuple(values) for field, values in given_context["certificate"]["subject"].items()}
    return PolicyContext(
        client_id=given_context["client_id"],
        thing=thing,
        certificate=Certificate(given_context["certificate"]["id"], subject),
        connect_attributes=frozenset(given_context["connect_attributes"]),
        last_will_topic=given_context["last_will_topic"],
        account_id="123456789012",
    )


@pytest.mark.parametrize("case", parameters("policy"))
def test_the_developer_guides_case_holds(case: Case) -> None:
    action = Action(case["action"])
    resource = ARN + RESOURCE_TYPE.get(action, "topic/") + case["resource"]

    assert is_allowed([parse_policy(json.dumps(case["policy"]))], action, resource, context_of(case)) is (case["expected"] == "allow")


@given(st.lists(STATEMENT, max_size=4), ACTION, TEXT)
def test_deny_wins_over_everything(policies: list[Policy], action: Action, topic: str) -> None:
    assert not is_allowed([*policies, policy("Deny", "*", "*")], action, f"arn:aws:iot:eu-west-1:000000000000:topic/{topic}", CLIENT)


@given(st.lists(STATEMENT, max_size=4), STATEMENT, ACTION, TEXT)
def test_adding_a_policy_moves_access_in_its_own_direction_only(policies: list[Policy], extra: Policy, action: Action, topic: str) -> None:
    resource = f"arn:aws:iot:eu-west-1:000000000000:topic/{topic}"

    before, after = is_allowed(policies, action, resource, CLIENT), is_allowed([*policies, extra], action, resource, CLIENT)

    assert after >= before if extra.statements[0].allow else after <= before


@given(st.lists(STATEMENT, max_size=4), ACTION, st.lists(TEXT, max_size=5))
def test_an_authorizer_decides_like_single_questions(policies: list[Policy], action: Action, topics: list[str]) -> None:
    authorizer = Authorizer(policies, CLIENT)

    for topic in [*topics, *topics]:
        assert authorizer.is_allowed(action, topic) is is_allowed(policies, action, topic, CLIENT)


@given(PATTERN.filter(lambda text: "${" not in text), TEXT)
def test_wildcards_agree_with_a_regular_expression(pattern: str, topic: str) -> None:
    reference = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")

    allowed = is_allowed([policy(resource=f"arn:{pattern}")], Action.PUBLISH, f"arn:{topic}", CLIENT)

    assert allowed is (re.fullmatch(reference, topic, re.DOTALL) is not None)


@given(st.text("ab*?[]+#${}", min_size=1, max_size=8))
def test_a_variables_value_stands_for_itself(client_id: str) -> None:
    policies = [policy(resource="arn:topic/${iot:ClientId}")]
    context = PolicyContext(client_id)

    assert is_allowed(policies, Action.PUBLISH, f"arn:topic/{client_id}", context)
    assert not is_allowed(policies, Action.PUBLISH, f"arn:topic/{client_id}x", context)
    assert not is_allowed(policies, Action.PUBLISH, "arn:topic/other-device", context)


@given(st.text())
def test_any_text_is_a_policy_or_malformed(text: str) -> None:
    with pytest.raises(MalformedPolicy):
        parse_policy(text)


JSON_VALUE = st.recursive(
    st.none() | st.booleans() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)


@given(st.dictionaries(st.sampled_from(["Effect", "Action", "Resource", "NotAction", "NotResource", "Condition", "Sid"]), JSON_VALUE))
def test_any_statement_is_read_or_malformed(statement: dict[str, Any]) -> None:
    try:
        parsed = parse_policy(document(statement))
    except MalformedPolicy:
        return
    assert len(parsed.statements) == 1


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        '{"Statement": []}',
        '{"Version": "2012-10-17", "Statement": []}',
        '{"Version": "2008-10-17", "Statement": {"Effect": "Allow", "Action": "iot:*", "Resource": "*"}}',
        '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Effect": "Deny", "Action": "iot:*", "Resource": "*"}}',
        document({"Effect": "Permit", "Action": "iot:*", "Resource": "*"}),
        document({"Effect": "Allow", "Action": "Publish", "Resource": "*"}),
        document({"Effect": "Allow", "Action": [], "Resource": "*"}),
        document({"Effect": "Allow", "Action": "iot:Publish", "Resource": "topic/a"}),
        document({"Effect": "Allow", "Action": "iot:Publish"}),
        document({"Effect": "Allow", "Action": "iot:Publish", "Resource": "*", "NotResource": "arn:x"}),
        document({"Effect": "Allow", "Action": "iot:Publish", "Resource": "*", "Principal": "*"}),
        document({"Effect": "Allow", "Action": "iot:Publish", "Resource": "*", "Condition": {"StringMatches": {"iot:ClientId": "a"}}}),
        document({"Effect": "Allow", "Action": "iot:Publish", "Resource": "*", "Condition": {"DateLessThan": {"aws:CurrentTime": "2026"}}}),
        document({"Effect": "Allow", "Action": "iot:Publish", "Resource": "*", "Condition": {"Some:StringEquals": {"iot:ClientId": "a"}}}),
        document({"Effect": "Allow", "Action": "iot:Publish", "Resource": "arn:" + "x" * 2048}),
    ],
)
def test_a_malformed_document_is_refused(text: str) -> None:
    with pytest.raises(MalformedPolicy):
        parse_policy(text)


def test_white_space_does_not_count_towards_the_size_of_a_policy() -> None:
    assert parse_policy(document({"Effect": "Allow", "Action": "iot:Publish", "Resource": "*"}) + " " * 4096).statements


def test_not_action_covers_every_other_action() -> None:
    policies = [parse_policy(document({"Effect": "Allow", "NotAction": "iot:Publish", "Resource": "*"}))]

    assert is_allowed(policies, Action.SUBSCRIBE, "arn:x", CLIENT)
    assert not is_allowed(policies, Action.PUBLISH, "arn:x", CLIENT)


def test_a_deny_whose_variable_has_no_value_denies_nothing() -> None:
    policies = [policy(), policy("Deny", resource="arn:topic/${iot:Connection.Thing.ThingName}")]

    assert is_allowed(policies, Action.PUBLISH, "arn:topic/x", CLIENT)


def test_not_resource_with_a_variable_without_value_allows_nothing() -> None:
    policies = [
        parse_policy(document({"Effect": "Allow", "Action": "iot:Publish", "NotResource": "arn:topic/${iot:Connection.Thing.ThingName}"}))
    ]

    assert not is_allowed(policies, Action.PUBLISH, "arn:topic/x", CLIENT)


@pytest.mark.parametrize(
    ("thing", "allowed"),
    [
        (Thing("client1", attached=True), True),
        (Thing("client1", attached=False), False),
        (Thing("other", attached=True), False),
        (None, False),
    ],
)
def test_thing_variables_need_an_attached_thing_named_like_the_client(thing: Thing | None, allowed: bool) -> None:
    policies = [policy("Allow", "iot:Connect", "arn:client/${iot:Connection.Thing.ThingName}")]

    name = thing.name if thing else "client1"
    assert is_allowed(policies, Action.CONNECT, f"arn:client/{name}", PolicyContext("client1", thing=thing)) is allowed


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ({"StringLike": {"iot:ClientId": "client?"}}, True),
        ({"StringEquals": {"iot:ClientId": "client?"}}, False),
        ({"StringEqualsIgnoreCase": {"iot:ClientId": "CLIENT1"}}, True),
        ({"StringNotEquals": {"iot:ClientId": "client1"}}, False),
        ({"StringNotLike": {"iot:ClientId": ["x*", "y*"]}}, True),
        ({"StringEquals": {"iot:ClientId": "${iot:ClientId}"}}, True),
        ({"StringEquals": {"iot:ClientId": "${iot:CertificateId}"}}, False),
        ({"StringEquals": {"iot:CertificateId": "x"}}, False),
        ({"StringEqualsIfExists": {"iot:CertificateId": "x"}}, True),
        ({"StringNotEquals": {"iot:CertificateId": "x"}}, True),
        ({"Null": {"iot:CertificateId": "true"}}, True),
        ({"Null": {"iot:ClientId": "true"}}, False),
        ({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, True),
        ({"NotIpAddress": {"aws:SourceIp": ["10.0.0.0/8"]}}, False),
        ({"IpAddress": {"aws:SourceIp": "not a network"}}, False),
        ({"NumericLessThan": {"iot:ClientId": 5}}, False),
        ({"Bool": {"iot:Connection.Thing.IsAttached": False}}, True),
        ({"ForAllValues:StringLike": {"iot:ConnectAttributes": ["Last*"]}}, True),
        ({"ForAllValues:StringNotLike": {"iot:ConnectAttributes": ["Last*"]}}, False),
        ({"ForAnyValue:StringEquals": {"iot:Unknown": ["a"]}}, False),
        ({"ForAnyValue:StringEqualsIfExists": {"iot:Unknown": ["a"]}}, True),
        ({"ArnEquals": {"iot:LastWillTopic": "arn:aws:iot:*:000000000000:topic/will/*"}}, True),
        ({"ArnLike": {"iot:LastWillTopic": "arn:*:topic/will/*"}}, False),
        ({"ArnNotEquals": {"iot:LastWillTopic": "arn:aws:iot:*:*:topic/other"}}, True),
    ],
)
def test_a_condition(condition: dict[str, Any], holds: bool) -> None:
    context = PolicyContext("client1", connect_attributes=frozenset({"LastWill"}), last_will_topic="will/x", source_ip="10.1.2.3")

    assert is_allowed([policy(Condition=condition)], Action.PUBLISH, "arn:x", context) is holds


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("Subject.CommonName", "a"),
        ("Subject.CommonName.0", "a"),
        ("Subject.CommonName.1", "b"),
        ("Issuer.Organization", "issuer"),
        ("SubjectAlternativeName.DNSName", "device.example"),
        ("SerialNumber", "17"),
    ],
)
def test_a_certificates_variables(variable: str, value: str) -> None:
    certificate = Certificate(
        "id", {"CommonName": ("a", "b")}, {"Organization": ("issuer",)}, {"DNSName": ("device.example",)}, serial_number="17"
    )

    assert PolicyContext("c", certificate=certificate).variable(f"iot:Certificate.{variable}") == value


@pytest.mark.parametrize("values", [("x" * 1025,), ("a*",), ()])
def test_a_certificates_value_that_is_never_put_into_a_policy(values: tuple[str, ...]) -> None:
    context = PolicyContext("c", certificate=Certificate("id", {"CommonName": values}))

    assert context.variable("iot:Certificate.Subject.CommonName") is None


def test_special_variables_stand_for_the_plain_character() -> None:
    policies = [policy(resource="arn:topic/${*}/${?}/${$}")]

    assert is_allowed(policies, Action.PUBLISH, "arn:topic/*/?/$", CLIENT)
    assert not is_allowed(policies, Action.PUBLISH, "arn:topic/a/b/c", CLIENT)
