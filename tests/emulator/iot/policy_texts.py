"""Policy documents for tests."""

import json


def document(client_id: str) -> str:
    """A policy that lets one client id connect."""
    resource = f"arn:aws:iot:eu-west-1:000000000000:client/{client_id}"
    statement = {"Effect": "Allow", "Action": "iot:Connect", "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
