"""What a call is refused with."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError


def refusal(call: Callable[..., Any], **parameters: Any) -> dict[str, Any]:
    """The error of a call that must fail, with AWS's code and status in it."""
    with pytest.raises(ClientError) as raised:
        call(**parameters)
    response: Any = raised.value.response
    members = {key: value for key, value in response.items() if key not in {"Error", "ResponseMetadata", "message"}}
    return {"code": response["Error"]["Code"], "status": response["ResponseMetadata"]["HTTPStatusCode"], **members}


def code(call: Callable[..., Any], **parameters: Any) -> str:
    """AWS's code of a call's error."""
    return str(refusal(call, **parameters)["code"])


def message(call: Callable[..., Any], **parameters: Any) -> str:
    """The words of a call's error."""
    with pytest.raises(ClientError) as raised:
        call(**parameters)
    return str(raised.value.response["Error"]["Message"])
