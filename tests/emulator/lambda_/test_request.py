"""What is refused before a function runs."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.lambda_.limits import MAX_EVENT_BYTES, MAX_REQUEST_BYTES
from emulator.lambda_.request import InvalidRequestContentError, RequestTooLargeError, check_event, client_context_json


def _json_of(size: int) -> bytes:
    return b'"' + b"x" * (size - 2) + b'"'


@pytest.mark.parametrize(
    ("kind", "limit"), [("RequestResponse", MAX_REQUEST_BYTES), ("DryRun", MAX_REQUEST_BYTES), ("Event", MAX_EVENT_BYTES)]
)
def test_largest_event_passes_and_one_byte_more_is_refused(kind: str, limit: int) -> None:
    check_event(_json_of(limit), kind)

    with pytest.raises(RequestTooLargeError, match=f"^{limit + 1} byte payload is too large for the {kind} invocation type"):
        check_event(_json_of(limit + 1), kind)


@pytest.mark.parametrize("payload", [b"", b"{", b"knee", b"NaN", b"'x'", b"\xff", b'{"a": 1} x'])
def test_event_that_is_no_json_is_refused(payload: bytes) -> None:
    with pytest.raises(InvalidRequestContentError, match="Could not parse request body into json"):
        check_event(payload, "RequestResponse")


_context = st.dictionaries(st.text(), st.one_of(st.none(), st.booleans(), st.integers(), st.text()))


@given(_context)
def test_client_context_comes_out_as_it_went_in_on_one_line(context: dict[str, object]) -> None:
    header = base64.b64encode(json.dumps(context, indent=1).encode()).decode()

    text = client_context_json(header)

    assert text is not None
    assert "\n" not in text
    assert json.loads(text) == context


@pytest.mark.parametrize("header", ["no base64", "bm8ganNvbg==", "WzFd", "/w=="])
def test_client_context_that_is_no_json_object_is_refused(header: str) -> None:
    with pytest.raises(InvalidRequestContentError, match="valid Base64-encoded JSON object"):
        client_context_json(header)


def test_absent_client_context_stays_absent() -> None:
    assert client_context_json(None) is None
