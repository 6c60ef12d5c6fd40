"""The replication engine: runs DMS tasks from a MySQL or MariaDB server into a Kinesis stream, as a process of its own."""
