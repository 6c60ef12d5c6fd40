"""Faults on request: repeatable, and never more than was asked for."""

from dataclasses import replace

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain import telemetry
from chalicelib.domain.errors import PoisonError
from chalicelib.domain.telemetry import MAX_PAYLOAD_BYTES
from chalicelib.domain.topics import MessageKind
from iot.replay.expected import expected_values
from iot.replay.faults import Faults, malformed_payloads, spoil
from iot.replay.plan import Sender, plan
from iot.replay.recording import find

START = 1_795_464_492_000
PLAN = plan(Sender("clinic-a", "knee-1", "ada"), find("m08_s01"), START)
EXPECTED = expected_values([PLAN])
KINDS = ["bad-json", "binary", "empty-series", "far-future", "huge-number", "nan", "oversize", "wrong-types", "wrong-version"]

shares = st.floats(0, 1)


@settings(max_examples=30, deadline=None)
@given(duplicates=shares, disorder=shares, malformed=st.integers(0, 3), seed=st.integers(0, 99))
def test_without_gaps_whatever_goes_wrong_the_platform_must_hold_the_same_values(
    duplicates: float, disorder: float, malformed: int, seed: int
) -> None:
    spoiled = spoil(PLAN, Faults(duplicates, disorder, 0.0, malformed), seed)
    assert expected_values([spoiled]) == EXPECTED
    assert {message.payload for message in spoiled.messages} >= {message.payload for message in PLAN.messages}
    assert [message.due_ms for message in spoiled.messages] == sorted(message.due_ms for message in spoiled.messages)
    assert spoil(PLAN, Faults(duplicates, disorder, 0.0, malformed), seed) == spoiled


def test_no_faults_change_nothing() -> None:
    assert spoil(PLAN, Faults(), 1) == PLAN


def test_duplicates_are_the_same_bytes_again() -> None:
    spoiled = spoil(PLAN, Faults(duplicates=1.0), 1)
    payloads = [message.payload for message in spoiled.messages]
    assert sorted(payloads) == sorted([message.payload for message in PLAN.messages] * 2)


def test_disorder_changes_the_order_and_nothing_else() -> None:
    spoiled = spoil(PLAN, Faults(disorder=0.5), 1)
    assert sorted(message.label for message in spoiled.messages) == [message.label for message in PLAN.messages]
    assert [message.label for message in spoiled.messages] != [message.label for message in PLAN.messages]


def test_gaps_leave_telemetry_out_and_never_an_event() -> None:
    spoiled = spoil(PLAN, Faults(gaps=1.0), 1)
    assert {message.kind for message in spoiled.messages} == {MessageKind.EVENT}
    assert expected_values([spoiled]) == []


def test_every_kind_of_malformed_message_is_among_them() -> None:
    spoiled = spoil(PLAN, Faults(malformed=2), 1)
    faults = [message.fault for message in spoiled.messages if not message.well_formed]
    assert sorted(faults) == sorted([f"malformed:{kind}" for kind in KINDS] * 2)


def test_a_malformed_message_is_told_from_all_others_by_the_name_in_its_payload() -> None:
    malformed = [message for message in spoil(PLAN, Faults(malformed=12), 1).messages if not message.well_formed]
    assert len(malformed) == 12 * len(KINDS)
    for message in malformed:
        assert [other.label for other in malformed if message.label.encode() in other.payload] == [message.label]


def test_the_ids_of_malformed_messages_are_short_enough() -> None:
    long = plan(Sender("clinic-a", "knee-1", "ada"), replace(find("m08_s01"), name="x" * 60), START)
    labels = [message.label for message in spoil(long, Faults(malformed=1), 1).messages]
    assert max(map(len, labels)) <= 64


@pytest.mark.parametrize("kind", KINDS)
def test_a_malformed_message_passes_the_gateway_and_breaks_the_contract(kind: str) -> None:
    payload = malformed_payloads("x", START)[kind]
    assert len(payload) <= MAX_PAYLOAD_BYTES
    with pytest.raises((PoisonError, msgspec.DecodeError)):
        telemetry.refuse_far_future(telemetry.decode(payload), received_at_ms=START)
