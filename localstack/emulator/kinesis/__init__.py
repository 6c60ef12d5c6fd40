"""Kinesis Data Streams on a durable, ordered log."""
