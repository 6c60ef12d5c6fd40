"""The database's accounts: each has the rights that its part of the product needs, and no others.

The owner makes them: on AWS the cluster's master user, which applications should not use (Aurora user guide, "Master user account
privileges"). Run again, it changes what differs and sets the passwords; connections that stand go on standing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import pymysql
from pymysql.cursors import Cursor

from infra.cloudformation import DeploymentError
from infra.migrate import Connection, open_session

_ROWS = ("SELECT", "INSERT", "UPDATE", "DELETE")
_EVERYWHERE, _EVERY_TABLE = "*.*", "*"
# For replication: AWS DMS user guide, "Using any MySQL-compatible database as a source".
ROLES: Mapping[str, Mapping[str, Sequence[str]]] = {
    "Functions": {_EVERY_TABLE: _ROWS},
    "FrontEnd": {"revoked_sessions": _ROWS, "sign_in_attempts": _ROWS},
    "Reader": {_EVERY_TABLE: ("SELECT",)},
    "Replication": {_EVERY_TABLE: ("SELECT",), _EVERYWHERE: ("REPLICATION CLIENT", "REPLICATION SLAVE")},
}
"""Who uses the database, and what each may do: by table, on every table, or on the server."""
_SYNONYMS = {"BINLOG MONITOR": "REPLICATION CLIENT"}
"""MariaDB's own name of a privilege, and MySQL's, which it takes as well."""
_HELD = """
    SELECT '*.*', privilege_type FROM information_schema.user_privileges WHERE grantee = %(grantee)s AND privilege_type <> 'USAGE'
    UNION ALL
    SELECT CONCAT('`', table_schema, '`.*'), privilege_type FROM information_schema.schema_privileges WHERE grantee = %(grantee)s
    UNION ALL
    SELECT CONCAT('`', table_schema, '`.`', table_name, '`'), privilege_type
    FROM information_schema.table_privileges WHERE grantee = %(grantee)s
"""


@dataclass(frozen=True, slots=True)
class Account:
    """A user of the database: its role (a key of ROLES), its name and its password."""

    role: str
    name: str
    password: str = field(repr=False)


class _Right(NamedTuple):
    """A privilege, and what it is on, as GRANT names it."""

    target: str
    privilege: str


def ensure_accounts(owner: Connection, accounts: Iterable[Account]) -> None:
    """Make the accounts, or bring them to their passwords and to exactly their roles' rights. Raises DeploymentError."""
    name = "?"
    try:
        with open_session(owner) as cursor:
            for account in accounts:
                name = account.name
                _ensure(cursor, account, _rights(account.role, owner.database))
    except pymysql.MySQLError as error:
        raise DeploymentError(f"database: the account {name} cannot be made: {error}") from error


def _rights(role: str, database: str) -> set[_Right]:
    return {_Right(_target(database, on), privilege) for on, privileges in ROLES[role].items() for privilege in privileges}


def _target(database: str, on: str) -> str:
    if on == _EVERYWHERE:
        return on
    if on == _EVERY_TABLE:
        pattern = database.replace("_", r"\_").replace("%", r"\%")  # GRANT takes a name before `.*` as a pattern
        return f"`{pattern}`.*"
    return f"`{database}`.`{on}`"


def _ensure(cursor: Cursor, account: Account, wanted: set[_Right]) -> None:
    # A host of its own would go before '%', with another password and other rights.
    cursor.execute("SELECT host FROM mysql.user WHERE user = %s AND host <> '%%'", [account.name])
    for (host,) in cursor.fetchall():
        cursor.execute("DROP USER %s@%s", (account.name, host))
    cursor.execute("CREATE USER IF NOT EXISTS %s@'%%' IDENTIFIED BY %s", (account.name, account.password))
    cursor.execute("ALTER USER %s@'%%' IDENTIFIED BY %s", (account.name, account.password))
    held = _held(cursor, account.name)
    for right in sorted(wanted - held):
        cursor.execute(f"GRANT {right.privilege} ON {right.target} TO %s@'%%'", [account.name])
    for right in sorted(held - wanted):
        cursor.execute(f"REVOKE {right.privilege} ON {right.target} FROM %s@'%%'", [account.name])


def _held(cursor: Cursor, name: str) -> set[_Right]:
    cursor.execute(_HELD, {"grantee": f"'{name}'@'%'"})
    return {_Right(target, _SYNONYMS.get(privilege, privilege)) for target, privilege in cursor.fetchall()}
