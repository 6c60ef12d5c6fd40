"""Metrics in logs: which lines hold any, and what CloudWatch is told of them."""

import json
from collections.abc import Mapping, Sequence
from queue import Queue
from typing import Any

import pytest

from emulator.lambda_.embedded_metrics import EmbeddedMetrics, Metric, metrics_in

LATENCY = Metric("Gonio", "Latency", (("service", "project"),), "Milliseconds")


def line(value: object, **other: object) -> str:
    """A line as Powertools writes it."""
    directive = {"Namespace": "Gonio", "Dimensions": [["service"]], "Metrics": [{"Name": "Latency", "Unit": "Milliseconds"}]}
    content = {"_aws": {"Timestamp": 1, "CloudWatchMetrics": [directive]}, "service": "project", "Latency": value, **other}
    return json.dumps(content) + "\n"


def test_values_are_found_among_other_lines() -> None:
    log = "START RequestId: 1\n" + line([12.0]) + '{"message": "hello"}\n' + line(7) + "END RequestId: 1\n"
    assert list(metrics_in(log)) == [(LATENCY, 12.0), (LATENCY, 7.0)]


@pytest.mark.parametrize(
    "text", ['{"_aws": 1}', '{"_aws": {"CloudWatchMetrics": [{}]}}', '"_aws" and no JSON', line("much"), line([1, None])]
)
def test_a_line_that_breaks_the_format_holds_none(text: str) -> None:
    assert list(metrics_in(text)) == []


def test_values_of_many_logs_are_put_as_one_statistic_set() -> None:
    told: Queue[tuple[str, Sequence[Mapping[str, Any]]]] = Queue()
    metrics = EmbeddedMetrics(lambda namespace, data: told.put((namespace, data)), after_s=2)
    for value in (5, [1, 12]):
        metrics.take(line(value))
    namespace, (datum,) = told.get(timeout=10)
    assert namespace == "Gonio"
    assert datum == {
        "MetricName": "Latency",
        "Dimensions": [{"Name": "service", "Value": "project"}],
        "Unit": "Milliseconds",
        "StatisticValues": {"SampleCount": 3.0, "Sum": 18.0, "Minimum": 1.0, "Maximum": 12.0},
    }


def test_what_could_not_be_put_does_not_hold_up_what_comes_after() -> None:
    told: Queue[str] = Queue()

    def put(namespace: str, data: Sequence[Mapping[str, Any]]) -> None:
        told.put(namespace)
        if data[0]["StatisticValues"]["Sum"] == 1:
            raise RuntimeError("CloudWatch is away")

    metrics = EmbeddedMetrics(put, after_s=0.01)
    metrics.take(line(1))
    assert told.get(timeout=10) == "Gonio"
    metrics.take(line(2))
    assert told.get(timeout=10) == "Gonio"
