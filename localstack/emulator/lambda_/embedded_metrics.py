"""The embedded metric format: metrics that functions write into their logs, as CloudWatch Logs takes them out on AWS.

LocalStack stores such lines and makes no metrics of them. Here they are summed up for some seconds and put as statistic sets.
Source: Amazon CloudWatch user guide, "Specification: Embedded metric format".
"""

import json
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from threading import Lock, Timer
from typing import Any

from localstack.aws.connect import connect_to

LOG = logging.getLogger(__name__)

PUBLISH_AFTER_S = 5.0
"""A put a batch of a stream would keep CloudWatch busy with little else."""
_MARK = '"_aws"'

type Put = Callable[[str, Sequence[Mapping[str, Any]]], None]
"""Puts data of one namespace, as PutMetricData takes them."""


@dataclass(frozen=True, slots=True)
class Metric:
    """What CloudWatch tells metrics apart by."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...]
    unit: str


def metrics_in(log: str) -> Iterator[tuple[Metric, float]]:
    """Every value in a log's lines. A line that is not in the format is a line of the log and nothing else, as on AWS."""
    for line in log.splitlines():
        if _MARK not in line:
            continue
        try:
            yield from list(_values(json.loads(line)))
        except (ValueError, TypeError, KeyError, AttributeError):
            LOG.debug("a line of a log names metrics in no format that is known: %s", line[:300])


def _values(line: dict[str, Any]) -> Iterator[tuple[Metric, float]]:
    for directive in line["_aws"]["CloudWatchMetrics"]:
        for names in directive["Dimensions"]:
            dimensions = tuple((name, str(line[name])) for name in sorted(names))
            for metric in directive["Metrics"]:
                known = Metric(directive["Namespace"], metric["Name"], dimensions, metric.get("Unit", "None"))
                found = line[metric["Name"]]
                for value in found if isinstance(found, list) else [found]:
                    yield known, float(value)


class EmbeddedMetrics:
    """Sums up what logs hold, and puts it some seconds after the first of it. Thread-safe."""

    def __init__(self, put: Put, after_s: float = PUBLISH_AFTER_S) -> None:
        self._put = put
        self._after_s = after_s
        self._lock = Lock()
        self._sums: dict[Metric, dict[str, float]] = {}

    def take(self, log: str) -> None:
        """Take an invocation's log into account."""
        with self._lock:
            was_empty = not self._sums
            for metric, value in metrics_in(log):
                self._add(metric, value)
            if not was_empty or not self._sums:
                return
        timer = Timer(self._after_s, self._publish)
        timer.daemon = True
        timer.start()

    def _add(self, metric: Metric, value: float) -> None:
        known = self._sums.setdefault(metric, {"SampleCount": 0.0, "Sum": 0.0, "Minimum": value, "Maximum": value})
        known["SampleCount"] += 1
        known["Sum"] += value
        known["Minimum"] = min(known["Minimum"], value)
        known["Maximum"] = max(known["Maximum"], value)

    def _publish(self) -> None:
        with self._lock:
            sums, self._sums = self._sums, {}
        for namespace in sorted({metric.namespace for metric in sums}):
            data = [_datum(metric, statistics) for metric, statistics in sums.items() if metric.namespace == namespace]
            try:
                self._put(namespace, data)
            except Exception:  # A thread's last resort: functions go on without their metrics.
                LOG.exception("metrics of functions were not published")


def _datum(metric: Metric, statistics: Mapping[str, float]) -> dict[str, Any]:
    dimensions = [{"Name": name, "Value": value} for name, value in metric.dimensions]
    return {"MetricName": metric.name, "Dimensions": dimensions, "Unit": metric.unit, "StatisticValues": dict(statistics)}


@cache
def embedded_metrics(account: str, region: str) -> EmbeddedMetrics:
    """An account's and region's, put into LocalStack's CloudWatch."""

    def put(namespace: str, data: Sequence[Mapping[str, Any]]) -> None:
        client = connect_to(aws_access_key_id=account, region_name=region).cloudwatch
        client.put_metric_data(Namespace=namespace, MetricData=data)

    return EmbeddedMetrics(put)
