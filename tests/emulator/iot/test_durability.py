"""A kill of LocalStack: whatever it had acknowledged is there before the next request."""

from tests.emulator.cloudformation.local_process import LocalProcess
from tests.emulator.iot.policy_texts import document
from tests.emulator.iot.refusals import code
from tests.emulator.iot.test_rules import payload


def test_the_registry_outlives_a_kill(own_process: LocalProcess) -> None:
    iot = own_process.client("iot")
    iot.create_thing_type(thingTypeName="tracker")
    iot.create_thing(thingName="knee-1", thingTypeName="tracker", attributePayload={"attributes": {"tenant": "north"}})
    iot.create_thing_group(thingGroupName="clinic")
    iot.add_thing_to_thing_group(thingName="knee-1", thingGroupName="clinic")
    iot.create_policy(policyName="device", policyDocument=document("one"))
    iot.create_policy_version(policyName="device", policyDocument=document("two"), setAsDefault=True)
    made = iot.create_keys_and_certificate(setAsActive=True)
    iot.attach_policy(policyName="device", target=made["certificateArn"])
    iot.attach_thing_principal(thingName="knee-1", principal=made["certificateArn"])
    revoked = iot.create_keys_and_certificate(setAsActive=True)["certificateId"]
    iot.update_certificate(certificateId=revoked, newStatus="REVOKED")
    iot.create_topic_rule(ruleName="telemetry", topicRulePayload=payload())
    iot.disable_topic_rule(ruleName="telemetry")

    own_process.kill()
    own_process.start()

    assert iot.describe_thing(thingName="knee-1")["attributes"] == {"tenant": "north"}
    assert [group["groupName"] for group in iot.list_thing_groups_for_thing(thingName="knee-1")["thingGroups"]] == ["clinic"]
    assert iot.get_policy(policyName="device")["policyDocument"] == document("two")
    described = iot.describe_certificate(certificateId=made["certificateId"])["certificateDescription"]
    assert (described["status"], described["certificatePem"]) == ("ACTIVE", made["certificatePem"])
    assert iot.describe_certificate(certificateId=revoked)["certificateDescription"]["status"] == "REVOKED"
    assert iot.list_targets_for_policy(policyName="device")["targets"] == [made["certificateArn"]]
    assert iot.list_principal_things(principal=made["certificateArn"])["things"] == ["knee-1"]
    assert iot.get_topic_rule(ruleName="telemetry")["rule"]["ruleDisabled"] is True
    assert code(iot.create_policy, policyName="device", policyDocument=document("one")) == "ResourceAlreadyExistsException"
