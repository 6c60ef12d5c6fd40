"""Database Migration Service: the control plane of replication tasks, which the engine in `emulator.replication` runs."""
