"""Real servers for the contract suites, and AWS by moto."""

from tests.real_database import aws, credentials, database, mariadb

__all__ = ["aws", "credentials", "database", "mariadb"]
