"""The processes that stand in for AWS: what each runs, how it is started, watched and ended."""
