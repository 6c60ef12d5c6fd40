"""What Lambda refuses before a function runs: events that are too large or no JSON, and a client context that is none. Pure."""

import base64
import binascii
import json

import orjson

from emulator.lambda_.limits import MAX_EVENT_BYTES, MAX_REQUEST_BYTES


class RequestTooLargeError(Exception):
    """The event is above the limit of its invocation type; the message is AWS's."""


class InvalidRequestContentError(Exception):
    """Event or client context cannot be parsed; the message is AWS's as far as it does not quote its own parser."""


def check_event(payload: bytes, invocation_type: str) -> None:
    """Raises RequestTooLargeError or InvalidRequestContentError. `invocation_type`: RequestResponse, Event or DryRun."""
    limit = MAX_EVENT_BYTES if invocation_type == "Event" else MAX_REQUEST_BYTES
    if len(payload) > limit:
        raise RequestTooLargeError(
            f"{len(payload)} byte payload is too large for the {invocation_type} invocation type (limit {limit} bytes)"
        )
    try:
        orjson.loads(payload)
    except orjson.JSONDecodeError as error:
        message = f"Could not parse request body into json: Could not parse payload into json: {error}"
        raise InvalidRequestContentError(message) from error


def client_context_json(header: str | None) -> str | None:
    """The JSON text of an `X-Amz-Client-Context` header, on one line; None without one.

    LocalStack's function URLs pass JSON as it is. Raises InvalidRequestContentError when it is no JSON object.
    """
    if not header:
        return None
    try:
        text = header if header.startswith("{") else base64.b64decode(header, validate=True)
        document = json.loads(text)
    except (binascii.Error, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise InvalidRequestContentError("Client context must be a valid Base64-encoded JSON object.") from error
    if not isinstance(document, dict):
        raise InvalidRequestContentError("Client context must be a valid Base64-encoded JSON object.")
    return json.dumps(document)
