"""Answers with many records, written as JSON by orjson: LocalStack's own serialiser takes six times as long for 500 of them.

Clients that speak CBOR (the AWS SDK for Java) are left to LocalStack.
"""

from base64 import b64encode
from datetime import datetime

import orjson
from localstack.aws.api import RequestContext
from localstack.http import Response as HttpResponse

from emulator.kinesis.call import Response

BULKY = frozenset({"GetRecords", "PutRecords"})
_JSON = "application/x-amz-json-1.1"


def written(context: RequestContext, response: Response) -> HttpResponse | Response:
    """The response as bytes if it is a bulky one for a JSON client, otherwise as it came."""
    headers = context.request.headers
    if context.operation.name not in BULKY or "cbor" in headers.get("Content-Type", "") + headers.get("Accept", ""):
        return response
    context.service_response = response  # else LocalStack would parse the bytes again
    body = orjson.dumps(response, default=_encode, option=orjson.OPT_PASSTHROUGH_DATETIME)
    return HttpResponse(body, headers={"Content-Type": _JSON, "x-amzn-RequestId": context.request_id})


def _encode(value: object) -> object:
    if isinstance(value, bytes):
        return b64encode(value).decode()
    if isinstance(value, datetime):
        return value.timestamp()
    raise TypeError(type(value))
