"""What the gateway asks of AWS is answered alike by the stub of its tests and by the emulator's own services."""

import asyncio
from collections.abc import Awaitable, Iterator

import pytest

from emulator.iot_core.actions.calls import lambda_parameters, s3_parameters, sqs_parameters
from emulator.iot_core.aws_calls import AwsCallError, AwsCalls
from emulator.iot_core.control_plane import ActionDefinition, Attachment, CertificateRecord, ControlPlane, RuleDefinition
from emulator.iot_core.policy import Thing, parse_policy
from emulator.iot_core.put_records import Entry, Refusal, StreamClient
from emulator.iot_core.sql import Message
from tests.emulator.iot_core.aws_stub import REGION, arn
from tests.emulator.iot_core.installation import ALLOW_ALL, until
from tests.emulator.iot_core.worlds import DENY_PUBLISH, TO_QUEUE, TO_STREAM, World, localstack_world, stub_world

NOBODY = "0" * 64
ALL, QUARANTINE = parse_policy(ALLOW_ALL), parse_policy(DENY_PUBLISH)
MESSAGE = Message("dt/tracker", b'{"n":1}', "tracker", NOBODY, "000000000000", 1_700_000_000_000)


@pytest.fixture(scope="module", params=[stub_world, localstack_world], ids=["stub", "localstack"])
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with request.param(tmp_path_factory.mktemp("world")) as made:
        yield made


@pytest.fixture
def calls(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[AwsCalls]:
    """The gateway's way to call AWS."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    made = AwsCalls(world.url, REGION, 4)
    yield made
    made.close()


@pytest.fixture
def control_plane(calls: AwsCalls) -> ControlPlane:
    return ControlPlane(calls)


def answer[T](made: Awaitable[T]) -> T:
    async def awaited() -> T:
        return await made

    return asyncio.run(awaited())


def device_of(world: World) -> CertificateRecord:
    return CertificateRecord(world.certificate_id, arn("cert", world.certificate_id), "ACTIVE")


def foreign_of(world: World) -> CertificateRecord:
    return CertificateRecord(world.foreign_id, arn("cert", world.foreign_id), "INACTIVE", foreign=True)


def put(world: World, stream: str, *entries: Entry) -> list[Refusal | None]:
    async def putting() -> list[Refusal | None]:
        client = StreamClient(world.url, REGION)
        try:
            return await client.put(stream, entries)
        finally:
            await client.close()

    return asyncio.run(putting())


def test_certificates_are_described_and_listed(world: World, control_plane: ControlPlane) -> None:
    assert answer(control_plane.certificate(world.certificate_id)) == device_of(world)
    assert answer(control_plane.certificate(world.foreign_id)) == foreign_of(world)
    listed = {item.certificate_id: item for item in answer(control_plane.certificates())}
    assert listed == {world.certificate_id: device_of(world), world.foreign_id: foreign_of(world)}
    assert answer(control_plane.certificate_pem(world.foreign_id)) == world.foreign_pem


def test_a_certificate_has_its_things_and_policies(world: World, control_plane: ControlPlane) -> None:
    assert answer(control_plane.things(arn("cert", world.certificate_id))) == [Thing("tracker", None, {}, attached=True)]
    assert answer(control_plane.certificate_policies(arn("cert", world.certificate_id))) == (ALL,)
    assert answer(control_plane.things(arn("cert", world.foreign_id))) == []
    assert answer(control_plane.certificate_policies(arn("cert", world.foreign_id))) == ()


def test_a_thing_has_the_policies_of_the_groups_above_it(control_plane: ControlPlane) -> None:
    assert answer(control_plane.group_policies("tracker")) == (QUARANTINE,)


def test_policies_are_listed_with_all_that_they_reach(world: World, control_plane: ControlPlane) -> None:
    own = Attachment(ALL, frozenset({arn("cert", world.certificate_id)}), frozenset())
    inherited = Attachment(QUARANTINE, frozenset({arn("thinggroup", "root")}), frozenset({"tracker"}))
    assert answer(control_plane.attachments()) == [own, inherited]


def test_rules_are_read_with_their_actions(control_plane: ControlPlane) -> None:
    to_stream, to_queue = ActionDefinition("kinesis", TO_STREAM["kinesis"]), ActionDefinition("sqs", TO_QUEUE["sqs"])
    rules = {rule.name: rule for rule in answer(control_plane.rules())}
    assert rules == {
        "telemetry": RuleDefinition("telemetry", "SELECT * FROM 'dt/+'", "2016-03-23", False, (to_stream,), to_queue),
        "off": RuleDefinition("off", "SELECT a FROM 'off'", "2016-03-23", True, (to_queue,), None),
    }


@pytest.mark.parametrize(
    ("operation", "parameters", "code"),
    [
        ("describe_certificate", {"certificateId": NOBODY}, "ResourceNotFoundException"),
        ("describe_thing", {"thingName": "nobody"}, "ResourceNotFoundException"),
        ("get_policy", {"policyName": "nobody"}, "ResourceNotFoundException"),
        ("list_targets_for_policy", {"policyName": "nobody"}, "ResourceNotFoundException"),
        ("list_things_in_thing_group", {"thingGroupName": "nobody"}, "ResourceNotFoundException"),
        ("get_effective_policies", {"thingName": "nobody"}, "ResourceNotFoundException"),
        ("get_effective_policies", {"principal": arn("cert", NOBODY)}, "ResourceNotFoundException"),
        ("get_topic_rule", {"ruleName": "nobody"}, "UnauthorizedException"),
    ],
)
def test_what_does_not_exist_is_told_by_its_code(calls: AwsCalls, operation: str, parameters: dict[str, str], code: str) -> None:
    with pytest.raises(AwsCallError) as refused:
        answer(calls.call("iot", operation, **parameters))
    assert (refused.value.code, refused.value.retryable) == (code, False)


@pytest.mark.usefixtures("calls")
def test_records_arrive_on_the_stream(world: World) -> None:
    assert put(world, "telemetry", Entry(b"\x00one", "a"), Entry(b"two", "b")) == [None, None]
    assert world.records() == [("a", b"\x00one"), ("b", b"two")]


@pytest.mark.usefixtures("calls")
def test_a_missing_stream_refuses_the_whole_call(world: World) -> None:
    with pytest.raises(AwsCallError) as refused:
        put(world, "nowhere", Entry(b"", "a"))
    assert (refused.value.code, refused.value.retryable) == ("ResourceNotFoundException", False)


@pytest.mark.usefixtures("calls")
def test_a_stream_at_its_limit_refuses_records_one_by_one(world: World) -> None:
    with world.throttling():
        refused = until(lambda: [item for item in put(world, "narrow", *[Entry(bytes(350_000), "a")] * 2) if item], "the limit", 30)
    assert {item.code for item in refused} == {"ProvisionedThroughputExceededException"}


def test_a_message_arrives_in_the_queue(world: World, calls: AwsCalls) -> None:
    parameters = sqs_parameters(world.queue_url, use_base64=False)(MESSAGE, MESSAGE.payload)
    answer(calls.call("sqs", "send_message", **parameters))
    assert world.messages() == ['{"n":1}']


def test_an_object_arrives_in_the_bucket(world: World, calls: AwsCalls) -> None:
    parameters = s3_parameters("bucket", lambda message: message.topic, None)(MESSAGE, MESSAGE.payload)
    answer(calls.call("s3", "put_object", **parameters))
    assert world.content("dt/tracker") == b'{"n":1}'


def test_a_function_is_invoked_without_waiting_for_it(calls: AwsCalls) -> None:
    parameters = lambda_parameters("arn:aws:lambda:eu-west-1:000000000000:function:function")(MESSAGE, MESSAGE.payload)
    assert answer(calls.call("lambda", "invoke", **parameters))["StatusCode"] == 202
