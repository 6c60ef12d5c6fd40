"""Benchmarks: ratios against a counterpart in the same run, never timed tests."""
