"""Sessions that outlive a connection, shared subscriptions, and client ids that make no topic: the broker behind the gateway at work."""

import pytest

from emulator.iot_core.mqtt.packets import (
    Acknowledgement,
    Connect,
    Kind,
    Publish,
    Suback,
    Subscribe,
    Subscription,
    Unsuback,
    Unsubscribe,
    Version,
)
from emulator.iot_core.mqtt.properties import Properties, Property
from tests.emulator.iot_core.installation import Installation
from tests.emulator.iot_core.wire_client import WireClient


@pytest.mark.parametrize("version", list(Version))
def test_a_persistent_session_gets_what_came_while_it_was_away(plane: Installation, version: Version) -> None:
    name, topic = f"away-{version}", f"for/away-{version}"
    identity, sender = plane.device(name), plane.device(f"{name}-sender")
    expiry = Properties.of((Property.SESSION_EXPIRY_INTERVAL, 60)) if version is Version.V5 else Properties()
    persistent = Connect(version, name, clean_start=False, properties=expiry)
    with WireClient(plane, identity, version=version) as device:
        assert not device.connect(name, persistent).session_present
        device.send(Subscribe(1, (Subscription(topic, 1),)))
        device.receive()
    with WireClient(plane, sender) as other:
        other.connect(f"{name}-sender")
        other.publish(topic, b"waiting")
    with WireClient(plane, identity, version=version) as device:
        assert device.connect(name, persistent).session_present
        message = device.receive()
        assert isinstance(message, Publish)
        assert message.payload == b"waiting"
        device.send(Acknowledgement(Kind.PUBACK, message.packet_id))


def test_a_shared_subscription_gives_each_message_to_one(plane: Installation) -> None:
    names = ("share-a", "share-b", "share-sender")
    first, second, sender = (WireClient(plane, plane.device(name)) for name in names)
    with first, second, sender:
        for client, name in zip((first, second, sender), names, strict=True):
            client.connect(name)
        for client in (first, second):
            client.send(Subscribe(1, (Subscription("$share/g/work/#", 0),)))
            assert client.receive() == Suback(1, (0,))
        for number in range(1, 5):
            sender.publish("work/x", b"%d" % number, number)
        taken = [client.receive() for client in (first, second, first, second)]
    assert sorted(item.payload for item in taken if isinstance(item, Publish)) == [b"1", b"2", b"3", b"4"]


def test_an_unsubscribed_topic_is_no_longer_delivered(plane: Installation) -> None:
    with WireClient(plane, plane.device("bored")) as device:
        device.connect("bored")
        device.send(Subscribe(1, (Subscription("noise", 0),)), Unsubscribe(2, ("noise",)))
        assert device.receive() == Suback(1, (0,))
        assert device.receive() == Unsuback(2, (0,))
        assert device.publish("noise", b"", 3) == 0
        assert device.silent(0.2)


def test_a_client_id_with_a_wildcard_disturbs_nobody(plane: Installation) -> None:
    odd, watcher = plane.device("odd"), plane.device("odd-watcher")
    with WireClient(plane, watcher) as other:
        other.connect("odd-watcher")
        other.send(Subscribe(1, (Subscription("$aws/events/presence/connected/odd", 0),)))
        other.receive()
        for client_id in ("+", "#", "odd"):
            with WireClient(plane, odd) as device:
                assert device.connect(client_id).code == 0
        event = other.receive()
    assert isinstance(event, Publish)
    assert event.topic.endswith("/odd")
