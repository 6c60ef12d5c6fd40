"""What counts as success and failure of a batch (developer guide: "Success and failure conditions")."""

import pytest

from emulator.event_source.batch_run import Failed, FailedFrom, Invocation, NotInvoked, Outcome, Succeeded
from emulator.event_source.response import Answer, interpret

OK = Invocation("request-1", "$LATEST", 200, None)


def outcome(payload: bytes, *, reports: bool = True) -> Outcome:
    return interpret(Answer(OK, payload), {"10", "11", "9"}, reports_item_failures=reports)


@pytest.mark.parametrize(
    "payload", [b"", b"null", b"{}", b'{"batchItemFailures": []}', b'{"batchItemFailures": null}', b'"done"', b"[]", b'{"other": 1}']
)
def test_success(payload: bytes) -> None:
    assert outcome(payload) == Succeeded()


@pytest.mark.parametrize(
    "payload",
    [
        b'{"batchItemFailures": [{"itemIdentifier": ""}]}',
        b'{"batchItemFailures": [{"itemIdentifier": null}]}',
        b'{"batchItemFailures": [{"item": "10"}]}',
        b'{"batchItemFailures": ["10"]}',
        b'{"batchItemFailures": [{"itemIdentifier": "10"}, {"itemIdentifier": "12"}]}',
        b'{"batchItemFailures": "10"}',
        b"{not json",
    ],
)
def test_the_whole_batch_failed(payload: bytes) -> None:
    assert outcome(payload) == Failed(OK)


def test_the_lowest_number_counts_not_the_first_nor_the_lowest_text() -> None:
    payload = b'{"batchItemFailures": [{"itemIdentifier": "11"}, {"itemIdentifier": "9"}, {"itemIdentifier": "10"}]}'
    assert outcome(payload) == FailedFrom(9, OK)


def test_reported_items_are_ignored_unless_the_mapping_asks_for_them() -> None:
    assert outcome(b'{"batchItemFailures": [{"itemIdentifier": "10"}]}', reports=False) == Succeeded()


def test_a_function_error_is_a_failure_whatever_the_payload_says() -> None:
    invocation = Invocation("request-1", "$LATEST", 200, "Unhandled")
    assert interpret(Answer(invocation, b"null"), {"10"}, reports_item_failures=True) == Failed(invocation)


def test_an_invocation_that_did_not_happen_stays_one() -> None:
    assert interpret(NotInvoked("throttled"), {"10"}, reports_item_failures=True) == NotInvoked("throttled")
