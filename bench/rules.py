"""What policies and rule SQL cost for one publish, against parsing and writing the same payload with orjson.

Run: ``localstack/.venv/bin/python -m bench.rules`` with ``localstack`` on the path. Each figure is the best of several rounds, because
other processes only ever make it worse. Aim: the product's rule costs at most 1.5 times what ``orjson.loads`` and ``dumps`` cost.
"""

import json
import sys
import timeit
from collections.abc import Callable
from dataclasses import dataclass

import orjson

from emulator.iot_core.policy import Action, Authorizer, PolicyContext, Thing, is_allowed, parse_policy
from emulator.iot_core.sql import Message, compile_rule
from emulator.iot_core.templates import compile_template
from emulator.iot_core.topics import matches

ROUNDS, CALLS = 7, 2000
TOPIC = "dt/gonio/tenant-a/device-17/telemetry"
FILTER = "dt/gonio/+/+/telemetry"
RULE = f"SELECT *, topic(3) AS tenant_id, topic(4) AS device_id, topic() AS topic, timestamp() AS received_at FROM '{FILTER}'"
ARN = "arn:aws:iot:eu-west-1:000000000000:topic/"
POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": "iot:Publish", "Resource": f"{ARN}dt/gonio/*/${{iot:Connection.Thing.ThingName}}/*"},
        {"Effect": "Deny", "Action": "iot:Publish", "Resource": f"{ARN}$aws/rules/*"},
    ],
}


@dataclass(frozen=True, slots=True)
class Row:
    """One figure: microseconds a call, and its ratio to the first row's."""

    name: str
    microseconds: float
    ratio: float


def run() -> list[Row]:
    """Measure everything once."""
    message = Message(TOPIC, _payload(), "device-17", "principal", "000000000000", 1_795_464_492_000)
    policies = [parse_policy(json.dumps(POLICY))]
    context = PolicyContext("device-17", Thing("device-17", attached=True))
    authorizer = Authorizer(policies, context)
    rule, override = compile_rule(RULE, "2016-03-23"), compile_rule("SELECT *, 2 AS v", "2016-03-23")
    key = compile_template("${topic(4)}")
    asked: dict[str, Callable[[], object]] = {
        f"orjson.loads + dumps, {len(message.payload)} bytes": lambda: orjson.dumps(orjson.loads(message.payload)),
        "evaluate: SELECT *, four values": lambda: rule.evaluate(message),
        "evaluate: SELECT *, one that overrides": lambda: override.evaluate(message),
        "render: ${topic(4)}": lambda: key.render(message),
        "matches": lambda: matches(FILTER, TOPIC),
        "Authorizer.is_allowed, topic seen before": lambda: authorizer.is_allowed(Action.PUBLISH, ARN + TOPIC),
        "is_allowed, from nothing": lambda: is_allowed(policies, Action.PUBLISH, ARN + TOPIC, context),
    }
    measured = {name: _microseconds(call) for name, call in asked.items()}
    base = next(iter(measured.values()))
    return [Row(name, value, value / base) for name, value in measured.items()]


def main() -> None:
    """Print the table."""
    for row in run():
        sys.stdout.write(f"{row.name:<45}{row.microseconds:>9.2f} us{row.ratio:>7.2f} x\n")


def _microseconds(call: Callable[[], object]) -> float:
    return min(timeit.repeat(call, number=CALLS, repeat=ROUNDS)) / CALLS * 1e6


def _payload() -> bytes:
    series = [
        {
            "metric": metric,
            "unit": "deg",
            "t0": 1_795_464_492_000,
            "dt": 33.333,
            "values": [round(index * 1.37 % 97, 2) for index in range(80)],
        }
        for metric in ("knee_flexion_left", "knee_flexion_right")
    ]
    return json.dumps({"v": 1, "id": "01JD0000", "session": "s-2026-11-23-a", "series": series}, separators=(",", ":")).encode()


if __name__ == "__main__":
    main()
