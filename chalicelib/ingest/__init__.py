"""Telemetry records to rows: the use case behind the function `ingest`."""
