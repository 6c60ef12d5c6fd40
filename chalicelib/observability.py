"""Logs and metrics of the functions: JSON lines, and CloudWatch's embedded metric format, by Powertools."""

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from chalicelib.ingest.batch import BatchReport
from chalicelib.projection.project import ProjectionReport

NAMESPACE = "Gonio"


def logger(service: str) -> Logger:
    """The function's logger; one JSON object a line on standard output."""
    return Logger(service=service)


def report_batch(log: Logger, report: BatchReport, stage: str) -> None:
    """Tells of a batch of `ingest`: every poison record and the failure in the log, the counts as metrics of the stage."""
    _tell_troubles(log, report)
    _count_batch(report, _metrics("ingest", stage))


def report_projection(log: Logger, report: ProjectionReport, stage: str) -> None:
    """The same of a batch of `project`."""
    _tell_troubles(log, report)
    _count_projection(report, _metrics("project", stage))


def count_throttled_read(stage: str) -> None:
    """Counts a look of the front end at the stream of changes that Kinesis refused, since there were too many."""
    metrics = _metrics("bff", stage)
    metrics.add_metric("ThrottledReads", MetricUnit.Count, 1)
    metrics.flush_metrics()


def _metrics(service: str, stage: str) -> Metrics:
    """Metrics with the dimensions `Stage` and `service`: stages may share an account."""
    metrics = Metrics(namespace=NAMESPACE, service=service)
    metrics.add_dimension("Stage", stage)
    return metrics


def _tell_troubles(log: Logger, report: BatchReport | ProjectionReport) -> None:
    for poison in report.poison:
        log.warning(
            "A record is poison",
            reason=poison.reason.code.value,
            detail=poison.reason.message[:500],
            shard_id=poison.record.shard_id,
            sequence_number=poison.record.sequence_number,
            device_id=poison.origin.device_id,
        )
    for fault in report.faults:
        log.error("A message brings out a fault", exc_info=fault)
    if report.failed is not None:
        log.error(
            "A batch fails from one record on",
            shard_id=report.failed.shard_id,
            sequence_number=report.failed.sequence_number,
            failure=type(report.failure).__name__,
            detail=str(report.failure)[:500],
        )


def _count_batch(report: BatchReport, metrics: Metrics) -> None:
    metrics.add_metric("RecordsReceived", MetricUnit.Count, report.records)
    metrics.add_metric("MessagesStored", MetricUnit.Count, report.stored)
    metrics.add_metric("MessagesRepeated", MetricUnit.Count, report.repeated)
    metrics.add_metric("PresenceEvents", MetricUnit.Count, report.presence)
    metrics.add_metric("PresenceOfStrangers", MetricUnit.Count, report.strangers)
    metrics.add_metric("PoisonRecords", MetricUnit.Count, len(report.poison))
    metrics.add_metric("BatchesFailed", MetricUnit.Count, int(report.failed is not None))
    if report.delays_ms:
        metrics.add_metric("StoreDelay", MetricUnit.Milliseconds, max(report.delays_ms))
    metrics.flush_metrics()


def _count_projection(report: ProjectionReport, metrics: Metrics) -> None:
    metrics.add_metric("RecordsReceived", MetricUnit.Count, report.records)
    metrics.add_metric("RecordsIgnored", MetricUnit.Count, report.ignored.total())
    metrics.add_metric("DocumentsWritten", MetricUnit.Count, report.written)
    metrics.add_metric("VersionConflicts", MetricUnit.Count, report.superseded)
    metrics.add_metric("PoisonRecords", MetricUnit.Count, len(report.poison))
    metrics.add_metric("BatchesFailed", MetricUnit.Count, int(report.failed is not None))
    if report.latencies_ms:
        metrics.add_metric("ReadModelLatency", MetricUnit.Milliseconds, max(report.latencies_ms))
    for table, count in report.ignored.items():
        metrics.add_metadata(f"ignored_{table}", count)
    metrics.flush_metrics()
