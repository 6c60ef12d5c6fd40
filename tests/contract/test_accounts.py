"""The accounts that the deployment makes, on a real server, by an owner with the rights of Aurora's master user."""

import itertools
import json
import subprocess
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import boto3
import pymysql
import pytest

from chalicelib.adapters.mysql import Credentials, MySqlDatabase
from chalicelib.adapters.mysql_sessions_of_people import MySqlRevokedSessions, MySqlSignInAttempts
from infra.cloudformation import DeploymentError
from infra.database import BINARY_LOG_HOURS, prepare_database
from launcher.processes.database import OWNER_RIGHTS
from tests.mariadb import MariaDb

pytestmark = pytest.mark.usefixtures("aws")
ACCOUNTS = {"Owner": "owner", "Functions": "functions", "FrontEnd": "front_end", "Reader": "reader", "Replication": "replication"}
INSERT = "INSERT INTO members VALUES ('t', 'm', 1)"
FIRST = "first"
_numbers = itertools.count()


class Deployment:
    """A database without a table, its owner, and the secrets of all accounts."""

    def __init__(self, mariadb: MariaDb) -> None:
        self.mariadb, self.database, self.said = mariadb, f"accounts_{next(_numbers)}", list[str]()
        mariadb.execute(f"CREATE DATABASE {self.database}")
        mariadb.execute(f"CREATE USER owner IDENTIFIED BY '{FIRST}'")
        mariadb.execute(f"GRANT {OWNER_RIGHTS} ON *.* TO owner WITH GRANT OPTION")
        secrets = boto3.client("secretsmanager")
        self._outputs = {
            f"{role}SecretArn": secrets.create_secret(Name=name, SecretString=self._text(name, FIRST))["ARN"]
            for role, name in ACCOUNTS.items()
        }

    def run(self) -> None:
        """The part of a deployment that concerns the database."""
        prepare_database(boto3.client("secretsmanager"), self._outputs, self.said.append)

    def rotate(self, role: str, password: str) -> None:
        """Another password in the role's secret."""
        boto3.client("secretsmanager").put_secret_value(SecretId=ACCOUNTS[role], SecretString=self._text(ACCOUNTS[role], password))

    def credentials(self, role: str, password: str = FIRST) -> Credentials:
        """How the role connects."""
        return Credentials(self.mariadb.host, self.mariadb.port, ACCOUNTS[role], self.database, password)

    def execute(self, role: str, statement: str, password: str = FIRST) -> list[tuple[Any, ...]]:
        """A statement on a connection of that role's own. Raises the driver's errors."""
        known = self.credentials(role, password)
        connection = pymysql.connect(
            host=known.host, port=known.port, user=known.user, password=known.password, database=known.database, autocommit=True
        )
        with connection, connection.cursor() as cursor:
            cursor.execute(statement)
            return list(cursor.fetchall())

    def grants(self) -> list[str]:
        """Every account's rights, without the passwords."""
        told = [self.mariadb.execute(f"SHOW GRANTS FOR '{name}'@'%'") for role, name in ACCOUNTS.items() if role != "Owner"]
        return [str(line).partition(" IDENTIFIED")[0] for lines in told for (line,) in lines]

    def drop(self) -> None:
        """Removes the accounts; the server has more databases."""
        for user, host in self.mariadb.execute("SELECT user, host FROM mysql.user"):
            if user in ACCOUNTS.values():
                self.mariadb.execute(f"DROP USER '{user}'@'{host}'")

    def _text(self, name: str, password: str) -> str:
        where = {"host": self.mariadb.host, "port": self.mariadb.port, "dbname": self.database}
        return json.dumps({**where, "username": name, "password": password})


@pytest.fixture
def deployment(mariadb: MariaDb) -> Iterator[Deployment]:
    """Accounts before they are made."""
    made = Deployment(mariadb)
    yield made
    made.drop()


@pytest.fixture
def deployed(deployment: Deployment) -> Deployment:
    """Accounts as a first deployment leaves them."""
    deployment.run()
    return deployment


def _is_denied(deployment: Deployment, role: str, statement: str) -> bool:
    with pytest.raises(pymysql.err.OperationalError, match="denied"):
        deployment.execute(role, statement)
    return True


def test_functions_write_and_read_rows(deployed: Deployment) -> None:
    deployed.execute("Functions", INSERT)
    deployed.execute("Functions", "UPDATE members SET named_at_ms = 2")
    assert deployed.execute("Functions", "SELECT * FROM members") == [("t", "m", 2)]
    deployed.execute("Functions", "DELETE FROM members")


@pytest.mark.parametrize(
    "statement", ["CREATE TABLE t (a INT)", "ALTER TABLE members ADD a INT", "DROP TABLE members", "SELECT * FROM mysql.user"]
)
def test_functions_neither_define_data_nor_see_accounts(deployed: Deployment, statement: str) -> None:
    assert _is_denied(deployed, "Functions", statement)


def test_the_back_end_for_the_front_end_keeps_sign_ins_and_sees_nothing_else(deployed: Deployment) -> None:
    with closing(MySqlDatabase(lambda: deployed.credentials("FrontEnd"))) as database:
        revoked, attempts = MySqlRevokedSessions(database), MySqlSignInAttempts(database)
        revoked.add("s", at_ms=1, until_ms=2)
        attempts.add(["a" * 64], 1, 0)
        assert (revoked.holds("s"), attempts.counts(["a" * 64], 0)) == (True, {"a" * 64: 1})
        attempts.forget("a" * 64)
    for statement in ("SELECT * FROM members", "SELECT * FROM reading_values", INSERT, "DROP TABLE revoked_sessions"):
        assert _is_denied(deployed, "FrontEnd", statement)


@pytest.mark.parametrize(
    "statement", [INSERT, "UPDATE members SET named_at_ms = 2", "DELETE FROM members", "CREATE TABLE t (a INT)", "SHOW BINARY LOGS"]
)
def test_the_reader_reads_and_does_nothing_else(deployed: Deployment, statement: str) -> None:
    assert deployed.execute("Reader", "SELECT * FROM reading_values") == []
    assert _is_denied(deployed, "Reader", statement)


def test_replication_reads_rows_and_the_binary_log_and_writes_nothing(deployed: Deployment) -> None:
    deployed.execute("Functions", INSERT)
    files = [file for file, *_ in deployed.execute("Replication", "SHOW BINARY LOGS")]
    known = deployed.credentials("Replication")
    command = ["mariadb-binlog", "--no-defaults", "--read-from-remote-server", f"--host={known.host}", f"--port={known.port}", "--verbose"]
    done = subprocess.run(
        [*command, f"--user={known.user}", f"--password={known.password}", files[-1]], capture_output=True, text=True, check=False
    )
    assert f"### INSERT INTO `{deployed.database}`.`members`" in done.stdout, done.stderr
    assert deployed.execute("Replication", "SELECT * FROM members") == [("t", "m", 1)]
    assert _is_denied(deployed, "Replication", "DELETE FROM members")


@pytest.mark.parametrize("role", [it for it in ACCOUNTS if it != "Owner"])
def test_no_account_reaches_a_database_whose_name_is_alike(deployed: Deployment, role: str) -> None:
    alike = deployed.database.replace("_", "x")
    deployed.mariadb.execute(f"CREATE OR REPLACE DATABASE {alike}")
    assert _is_denied(deployed, role, f"USE {alike}")


def test_twice_is_once(deployed: Deployment) -> None:
    before = deployed.grants()
    deployed.run()
    assert deployed.grants() == before
    assert deployed.said[-1] == "database: the accounts functions, front_end, reader, replication are as their secrets say"


def test_a_password_follows_its_secret(deployed: Deployment) -> None:
    deployed.rotate("Reader", "second")
    deployed.run()
    assert deployed.execute("Reader", "SELECT 1", "second") == [(1,)]
    assert _is_denied(deployed, "Reader", "SELECT 1")


def test_rights_beyond_the_role_s_are_taken_away(deployed: Deployment) -> None:
    before = deployed.grants()
    deployed.mariadb.execute("GRANT PROCESS ON *.* TO reader")
    deployed.mariadb.execute(f"GRANT DROP ON {deployed.database}.* TO functions")
    deployed.mariadb.execute(f"GRANT SELECT, INSERT ON {deployed.database}.members TO front_end")
    assert deployed.grants() != before

    deployed.run()

    assert deployed.grants() == before


def test_an_account_of_the_same_name_for_one_host_does_not_stand_in_the_way(deployment: Deployment) -> None:
    deployment.mariadb.execute(f"CREATE USER functions@'{deployment.mariadb.host}' IDENTIFIED BY 'other'")
    deployment.run()
    deployment.execute("Functions", INSERT)


def test_an_owner_who_may_not_make_accounts_is_told_so(deployment: Deployment) -> None:
    deployment.mariadb.execute("REVOKE ALL PRIVILEGES, GRANT OPTION FROM owner")
    deployment.mariadb.execute(f"GRANT ALL ON {deployment.database}.* TO owner")
    with pytest.raises(DeploymentError, match=r"^database: the account functions cannot be made: .*denied"):
        deployment.run()


def test_aurora_is_asked_to_keep_its_binary_log(deployment: Deployment) -> None:
    mariadb = deployment.mariadb
    mariadb.execute(f"CREATE TABLE {deployment.database}.asked (name TEXT, value INT)")
    mariadb.execute(
        f"CREATE PROCEDURE mysql.rds_set_configuration (name TEXT, value INT) INSERT INTO {deployment.database}.asked VALUES (name, value)"
    )
    try:
        deployment.run()
    finally:
        mariadb.execute("DROP PROCEDURE mysql.rds_set_configuration")
    assert mariadb.execute("SELECT * FROM asked", deployment.database) == [("binlog retention hours", BINARY_LOG_HOURS)]
