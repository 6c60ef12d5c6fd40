"""A real database, and AWS by moto, for the whole of `ingest`."""

from tests.real_database import aws, credentials, database, mariadb

__all__ = ["aws", "credentials", "database", "mariadb"]
