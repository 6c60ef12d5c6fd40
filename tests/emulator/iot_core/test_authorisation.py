"""Policies decide each publish, subscription, delivery and retained message."""

import itertools

import pytest

from emulator.iot_core.mqtt.packets import (
    Acknowledgement,
    Disconnect,
    Kind,
    Publish,
    Suback,
    Subscribe,
    Subscription,
    Version,
)
from emulator.iot_core.mqtt.reasons import SUBACK_FAILURE, Reason
from tests.emulator.iot_core.installation import Installation, policy, statement, until
from tests.emulator.iot_core.wire_client import Closed, WireClient

MINE = policy(
    statement("Allow", "iot:Connect", "*"),
    statement("Allow", "iot:Publish", "topic/dt/${iot:ClientId}/*"),
    statement("Allow", "iot:Subscribe", "topicfilter/cmd/${iot:ClientId}/*", "topicfilter/open/*"),
    statement("Allow", "iot:Receive", "topic/cmd/${iot:ClientId}/*"),
)


def test_a_publish_that_no_policy_allows_is_answered_and_closes_mqtt_5(plane: Installation) -> None:
    identity = plane.device("denied5", MINE)
    with WireClient(plane, identity) as device:
        device.connect("denied5")
        assert device.publish("dt/denied5/x", b"") == 0
        assert device.publish("dt/other/x", b"") == Reason.NOT_AUTHORIZED
        assert device.receive() == Disconnect(Reason.NOT_AUTHORIZED)
        with pytest.raises(Closed):
            device.receive()


def test_a_publish_that_no_policy_allows_closes_mqtt_311(plane: Installation) -> None:
    identity = plane.device("denied3", MINE)
    with WireClient(plane, identity, version=Version.V311) as device:
        device.connect("denied3")
        device.send(Publish("dt/other/x", b"", 1, 1))
        with pytest.raises(Closed):
            device.receive()


@pytest.mark.parametrize(("version", "refusal"), [(Version.V5, Reason.NOT_AUTHORIZED), (Version.V311, SUBACK_FAILURE)])
def test_a_subscription_is_granted_or_refused_filter_by_filter(plane: Installation, version: Version, refusal: int) -> None:
    name = f"sub{version}"
    identity = plane.device(name, MINE)
    with WireClient(plane, identity, version=version) as device:
        device.connect(name)
        filters = ("cmd/other/#", f"cmd/{name}/#", "#")
        device.send(Subscribe(5, tuple(Subscription(item, 1) for item in filters)))
        assert device.receive() == Suback(5, (refusal, 1, refusal))


def test_a_message_that_may_not_be_received_is_not_delivered(plane: Installation) -> None:
    identity, sender = plane.device("deaf", MINE), plane.device("sender")
    with WireClient(plane, identity) as device, WireClient(plane, sender) as other:
        device.connect("deaf")
        other.connect("sender")
        device.send(Subscribe(1, (Subscription("open/#", 1), Subscription("cmd/deaf/#", 1))))
        device.receive()
        other.publish("open/door", b"no")
        other.publish("cmd/deaf/go", b"yes")
        delivered = device.receive()
        assert isinstance(delivered, Publish)
        assert (delivered.topic, delivered.payload) == ("cmd/deaf/go", b"yes")


def test_a_retained_message_needs_a_right_of_its_own(plane: Installation) -> None:
    identity = plane.device("retainer", MINE)
    with WireClient(plane, identity) as device:
        device.connect("retainer")
        device.send(Publish("dt/retainer/x", b"stay", 1, 1, retain=True))
        assert device.receive() == Acknowledgement(Kind.PUBACK, 1, Reason.NOT_AUTHORIZED)


def test_a_stored_message_reaches_only_who_names_its_topic(plane: Installation) -> None:
    identity = plane.device("keeper")
    with WireClient(plane, identity) as device:
        device.connect("keeper")
        device.send(Publish("kept/here", b"stay", 1, 1, retain=True))
        device.receive()
        device.send(Subscribe(2, (Subscription("kept/+", 1),)))
        assert device.receive() == Suback(2, (1,))
        assert device.silent(0.3)
        device.send(Subscribe(3, (Subscription("kept/here", 1),)))
        answers = [device.receive(), device.receive()]
    assert Suback(3, (1,)) in answers
    assert [item.payload for item in answers if isinstance(item, Publish)] == [b"stay"]


def test_the_platform_s_own_topics_are_not_for_devices(plane: Installation) -> None:
    identity = plane.device("forger")
    with WireClient(plane, identity) as device:
        device.connect("forger")
        assert device.publish("$aws/events/presence/connected/victim", b"{}") == Reason.NOT_AUTHORIZED


def test_a_policy_that_changes_holds_for_live_connections(plane: Installation) -> None:
    identity = plane.device("changing", MINE)
    with WireClient(plane, identity) as device:
        device.connect("changing")
        assert device.publish("dt/changing/x", b"") == 0
        plane.aws.state.policies["policy-changing"] = policy(statement("Allow", "iot:Connect", "*"))
        packet_ids = itertools.count(2)
        until(lambda: device.publish("dt/changing/x", b"", next(packet_ids)) != 0, "the policy's new version holds")
        assert device.receive() == Disconnect(Reason.NOT_AUTHORIZED)
