"""Policies of thing groups decide like the certificate's own: at CONNECT, and for live connections as groups change."""

from collections.abc import Callable

import pytest

from emulator.iot_core.mqtt.packets import Disconnect
from emulator.iot_core.mqtt.reasons import Reason
from tests.emulator.iot_core.installation import Installation, policy, statement, until
from tests.emulator.iot_core.pki import Identity
from tests.emulator.iot_core.wire_client import WireClient

DENY_ALL = policy(statement("Deny", "*", "*"))
MAY_CONNECT = policy(statement("Allow", "iot:Connect", "*"))
MAY_PUBLISH = policy(statement("Allow", "iot:Publish", "*"))


def make_group(plane: Installation, name: str, document: str | None = None, parent: str | None = None) -> set[str]:
    """A group with a policy of its own, or below another group; answers its things, still none."""
    state = plane.aws.state
    state.groups[name] = set()
    if document:
        state.policies[name] = document
        state.group_policies[name] = {name}
    if parent:
        state.parents[name] = parent
    return state.groups[name]


def quarantine(plane: Installation, name: str) -> set[str]:
    return make_group(plane, name, DENY_ALL)


def quarantine_of_a_parent(plane: Installation, name: str) -> set[str]:
    make_group(plane, f"{name}-root", DENY_ALL)
    make_group(plane, f"{name}-middle", parent=f"{name}-root")
    return make_group(plane, name, parent=f"{name}-middle")


QUARANTINES = pytest.mark.parametrize("quarantine", [quarantine, quarantine_of_a_parent])


def connects(plane: Installation, identity: Identity, client_id: str) -> bool:
    """Whether the device may connect; the only other answer is that it is not authorised."""
    with WireClient(plane, identity) as device:
        code = device.connect(client_id).code
    assert code in (0, Reason.NOT_AUTHORIZED)
    return code == 0


@QUARANTINES
def test_a_device_of_a_denied_group_is_refused(plane: Installation, quarantine: Callable[[Installation, str], set[str]]) -> None:
    name = f"refused-{quarantine.__name__}"
    quarantine(plane, f"group-{name}").add(name)
    assert not connects(plane, plane.device(name), name)


@QUARANTINES
def test_a_live_device_is_cut_off_by_its_new_group_and_comes_back_without_it(
    plane: Installation, quarantine: Callable[[Installation, str], set[str]]
) -> None:
    name = f"live-{quarantine.__name__}"
    identity, things = plane.device(name), quarantine(plane, f"group-{name}")
    with WireClient(plane, identity) as device:
        assert device.connect(name).code == 0
        things.add(name)
        assert device.receive() == Disconnect(Reason.NOT_AUTHORIZED)
    things.remove(name)
    until(lambda: connects(plane, identity, name), "the device is out of quarantine", 30)


def test_a_policy_that_is_attached_to_a_group_cuts_off_its_live_devices(plane: Installation) -> None:
    identity, things = plane.device("attached-later"), make_group(plane, "group-attached-later")
    things.add("attached-later")
    with WireClient(plane, identity) as device:
        assert device.connect("attached-later").code == 0
        plane.aws.state.policies["later"] = DENY_ALL
        plane.aws.state.group_policies["later"] = {"group-attached-later"}
        assert device.receive() == Disconnect(Reason.NOT_AUTHORIZED)


def test_a_group_allows_what_the_certificate_does_not_until_the_device_leaves_it(plane: Installation) -> None:
    identity, things = plane.device("member", MAY_CONNECT), make_group(plane, "publishers", MAY_PUBLISH)
    things.add("member")
    with WireClient(plane, identity) as device:
        device.connect("member")
        assert device.publish("any/topic", b"") == 0
        things.remove("member")
        plane.until_identities()
        assert device.publish("any/topic", b"") == Reason.NOT_AUTHORIZED
        assert device.receive() == Disconnect(Reason.NOT_AUTHORIZED)


def test_a_live_device_may_what_its_new_group_allows(plane: Installation) -> None:
    identity, things = plane.device("joiner", MAY_CONNECT), make_group(plane, "joined", MAY_PUBLISH)
    with WireClient(plane, identity) as device:
        device.connect("joiner")
        things.add("joiner")
        plane.until_identities()
        assert device.publish("any/topic", b"") == 0


def test_a_group_counts_only_for_the_client_that_bears_its_attached_thing_s_name(plane: Installation) -> None:
    make_group(plane, "strangers", MAY_CONNECT).update({"theirs", "unattached"})
    plane.aws.state.things["unattached"] = set()
    identity = plane.device("theirs", MAY_PUBLISH)
    assert {client_id: connects(plane, identity, client_id) for client_id in ("theirs", "other", "unattached")} == {
        "theirs": True,
        "other": False,
        "unattached": False,
    }


def test_a_thing_that_is_attached_to_a_live_device_counts_from_a_later_connection_on(plane: Installation) -> None:
    identity = plane.device("late")
    quarantine(plane, "group-late").add("late")
    plane.aws.state.things["late"] = set()
    with WireClient(plane, identity) as device:
        assert device.connect("late").code == 0
        plane.aws.state.things["late"] = {identity.id}
        plane.until_identities()
        assert device.publish("any/topic", b"") == 0
    until(lambda: not connects(plane, identity, "late"), "the thing counts", 30)


def test_live_devices_are_kept_true_without_a_call_for_each(plane: Installation) -> None:
    make_group(plane, "many", MAY_PUBLISH).add("one-of-many")
    with WireClient(plane, plane.device("one-of-many")) as device:
        device.connect("one-of-many")
        before = plane.aws.state.calls.copy()
        plane.until_identities()
        asked = plane.aws.state.calls.copy() - before
    assert not {call for call in asked if call.startswith(("POST /effective", "GET /things", "GET /principals", "GET /certificates/"))}
    assert asked["GET /thing-groups/{name}/things"]
