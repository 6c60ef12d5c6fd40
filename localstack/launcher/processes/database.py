"""The local stack's database: MariaDB's data folder, its settings, and its owner."""

import getpass
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pymysql

from launcher.errors import LauncherError
from launcher.instance import MARK, Instance
from launcher.processes.last_line import error_line

DATABASE = "gonio"
OWNER = "gonio"
OWNER_RIGHTS = (
    "ALTER, ALTER ROUTINE, CREATE, CREATE ROUTINE, CREATE TEMPORARY TABLES, CREATE USER, CREATE VIEW, DELETE, DROP, EVENT, EXECUTE, INDEX,"
    " INSERT, LOCK TABLES, PROCESS, REFERENCES, RELOAD, REPLICATION CLIENT, REPLICATION SLAVE, SELECT, SHOW DATABASES, SHOW VIEW, TRIGGER,"
    " UPDATE"
)
"""Those of Aurora's master user that MariaDB knows too. Source: Aurora user guide, "Master user account privileges", version 3."""

_SETTINGS = """\
[mariadbd]
user = {user}
datadir = {data}
socket = {socket}
tmpdir = {scratch}
pid-file = {data}/mariadb.pid
bind-address = 127.0.0.1
port = {port}
skip-name-resolve
character-set-server = utf8mb4
collation-server = utf8mb4_bin
default-time-zone = +00:00
local-infile = 0
max-allowed-packet = 64M
innodb-buffer-pool-size = 512M
innodb-log-file-size = 256M
# Each commit is on disk; the binary log follows within a second, as Aurora's storage needs no second sync either.
innodb-flush-log-at-trx-commit = 1
sync-binlog = 0
# Change data capture reads whole rows, with their columns' names.
server-id = 1
log-bin = gonio
# A change's version in the read model holds 30 bits of its position.
max-binlog-size = 512M
binlog-format = ROW
binlog-row-image = FULL
binlog-row-metadata = FULL
binlog-expire-logs-seconds = 604800
"""


def prepare(instance: Instance) -> None:
    """Make the data folder when there is none, and write the settings file. Raises LauncherError."""
    data = instance.var / "mariadb"
    settings = settings_file(instance)
    values = {"user": getpass.getuser(), "data": data, "socket": socket_file(instance), "scratch": _scratch(instance)}
    settings.write_text(_SETTINGS.format(**values, port=instance.ports["mariadb"]))
    if not (data / "mysql").is_dir():
        _install(instance, data)


def _install(instance: Instance, data: Path) -> None:
    """A new data folder, complete or not at all: made beside its place, then moved there."""
    draft, log = data.with_suffix(".draft"), instance.log("mariadb")
    command = ["mariadb-install-db", "--no-defaults", f"--datadir={draft}", f"--user={getpass.getuser()}", "--skip-test-db"]
    command += ["--auth-root-authentication-method=socket", f"--auth-root-socket-user={getpass.getuser()}"]
    command += [f"--tmpdir={_scratch(instance)}"]
    try:
        if draft.is_dir():  # an earlier start was killed
            shutil.rmtree(draft)
        with log.open("ab") as output:
            # With the instance's mark, so that it is found and ended should this process be killed.
            done = subprocess.run(command, stdout=output, stderr=output, check=False, env={**os.environ, MARK: str(instance.var)})
        if done.returncode:
            raise LauncherError(f"mariadb: its data folder could not be made ({error_line(log)}); its log is {log}")
        draft.rename(data)
    except OSError as error:
        raise LauncherError(f"mariadb: its data folder could not be made ({error}); its log is {log}") from error


def _scratch(instance: Instance) -> Path:
    """A folder of temporary tables, this server's alone: one that starts removes all that it finds, its neighbours' too."""
    return instance.folder("mariadb-tmp")


def settings_file(instance: Instance) -> Path:
    """The server's settings."""
    return instance.folder("run") / "mariadb.cnf"


def socket_file(instance: Instance) -> Path:
    """The server's Unix socket."""
    return instance.sockets / "mariadb.sock"


def ensure_owner(instance: Instance) -> None:
    """The database and its owner, as a cluster on AWS has them; the deployment makes the other accounts. Raises LauncherError."""
    try:
        with pymysql.connect(unix_socket=str(socket_file(instance)), user=getpass.getuser(), autocommit=True) as root:
            _make_owner(root, instance.passwords["owner"])
    except pymysql.MySQLError as error:
        raise LauncherError(f"mariadb: its owner could not be made ({error}); its log is {instance.log('mariadb')}") from error


def _make_owner(root: Any, password: str) -> None:
    with root.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE IF NOT EXISTS {DATABASE}")
        cursor.execute(f"CREATE USER IF NOT EXISTS '{OWNER}'@'127.0.0.1'")
        cursor.execute(f"ALTER USER '{OWNER}'@'127.0.0.1' IDENTIFIED BY %s", (password,))
        cursor.execute(f"GRANT {OWNER_RIGHTS} ON *.* TO '{OWNER}'@'127.0.0.1' WITH GRANT OPTION")


def environment(instance: Instance) -> dict[str, str]:
    """What the deployment needs to know of this database."""
    return {
        "GONIO_DATABASE_HOST": "127.0.0.1",
        "GONIO_DATABASE_PORT": str(instance.ports["mariadb"]),
        "GONIO_DATABASE_NAME": DATABASE,
        "GONIO_DATABASE_OWNER_USERNAME": OWNER,
        "GONIO_DATABASE_OWNER_PASSWORD": instance.passwords["owner"],
    }


def serves(instance: Instance) -> bool:
    """Whether the server answers on its socket, before the product's accounts exist."""
    try:
        pymysql.connect(unix_socket=str(socket_file(instance)), user=getpass.getuser(), connect_timeout=2).close()
    except pymysql.MySQLError:
        return False
    return True


def parameters(instance: Instance) -> dict[str, Any]:
    """How the owner connects, as PyMySQL's arguments."""
    return {
        "host": "127.0.0.1",
        "port": instance.ports["mariadb"],
        "user": OWNER,
        "password": instance.passwords["owner"],
        "database": DATABASE,
    }
