"""Supervisord (supervisor on PyPI) runs the processes: it restarts what dies, and ends what must end.

Every process carries the instance's folder in its environment (`GONIO_INSTANCE`). So whatever a killed predecessor left behind
is found and ended, even when supervisord itself died.
"""

import contextlib
import http.client
import os
import subprocess
import time
import xmlrpc.client
from collections.abc import Callable, Iterable
from typing import Any

import psutil
from supervisor.xmlrpc import SupervisorTransport

from launcher.errors import LauncherError
from launcher.instance import MARK, ROOT, Instance
from launcher.processes.components import Component

_SILENCE = (OSError, http.client.HTTPException, xmlrpc.client.Error)
_HEADER = """\
[supervisord]
nodaemon = false
identifier = gonio
directory = {root}
logfile = {log}
logfile_maxbytes = 10MB
logfile_backups = 2
pidfile = {run}/supervisord.pid
childlogdir = {run}
umask = 077
environment = {mark}="{var}"

[unix_http_server]
file = {socket}
chmod = 0700

[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
"""
_PROGRAM = """
[program:{name}]
command = {command}
environment = {environment}
autostart = false
autorestart = true
startsecs = 1
startretries = 60
stopsignal = TERM
stopwaitsecs = {stop}
stopasgroup = false
killasgroup = true
redirect_stderr = true
stdout_logfile = {log}
stdout_logfile_maxbytes = 20MB
stdout_logfile_backups = 2
"""


class Supervisor:
    """This instance's supervisord, over its Unix socket."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._socket = instance.sockets / "supervisor.sock"

    def start(self, programs: Iterable[Component]) -> None:
        """Start supervisord with these programs, none of them running yet. Raises LauncherError."""
        run, log = self._instance.folder("run"), self._instance.log("supervisord")
        header = _HEADER.format(root=ROOT, run=run, log=log, mark=MARK, var=_escaped(str(self._instance.var)), socket=self._socket)
        settings = run / "supervisord.conf"
        settings.touch(mode=0o600)
        settings.write_text(header + "".join(self._program(program) for program in programs))
        command = [str(ROOT / ".venv/bin/supervisord"), "-c", str(settings)]
        environment = {**os.environ, MARK: str(self._instance.var)}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, start_new_session=True)
        if done.returncode or not _until(self.runs, 10):
            raise LauncherError(f"supervisord: it did not start ({(done.stderr or done.stdout).strip() or 'no output'}); its log is {log}")

    def runs(self) -> bool:
        """Whether supervisord answers."""
        try:
            return bool(self._call("getState")["statename"] == "RUNNING")
        except _SILENCE:
            return False

    def start_program(self, name: str) -> None:
        """Start one program without waiting for it. A program that already runs is left alone. Raises LauncherError."""
        self._start(name, wait=False)

    def stop_program(self, name: str) -> None:
        """End one program and wait until it has."""
        with contextlib.suppress(*_SILENCE):  # it does not run, or supervisord does not
            self._call("stopProcess", name)

    def restart_program(self, name: str) -> None:
        """Start one program anew, with the code as it is now. Raises LauncherError."""
        self.stop_program(name)
        self._start(name, wait=True)

    def processes(self) -> list[dict[str, Any]]:
        """Supervisord's view of each program: name, statename, pid, stdout_logfile; empty when it does not run."""
        try:
            return list(self._call("getAllProcessInfo"))
        except _SILENCE:
            return []

    def stop(self) -> int:
        """End supervisord and all it started, first gently, and whatever else carries the instance's mark. Returns how many were killed."""
        with contextlib.suppress(*_SILENCE):  # when it does not run, what a killed one left behind is ended below
            pid = self._call("getPID")
            self._call("shutdown")
            _until(lambda: not psutil.pid_exists(pid), 60)
        self._socket.unlink(missing_ok=True)
        return _end(self.marked())

    def marked(self) -> list[psutil.Process]:
        """All living processes of this instance."""
        return [process for process in psutil.process_iter() if self._is_ours(process)]

    def _start(self, name: str, *, wait: bool) -> None:
        try:
            self._call("startProcess", name, wait)
        except _SILENCE as error:
            reason = getattr(error, "faultString", str(error))
            if "ALREADY_STARTED" not in reason:
                raise LauncherError(f"{name}: it could not be started ({reason}); its log is {self._instance.log(name)}") from error

    def _call(self, method: str, *arguments: object) -> Any:
        # A connection each: supervisor's transport cannot be used again after a refused one.
        transport = SupervisorTransport(None, None, f"unix://{self._socket}")
        with xmlrpc.client.ServerProxy("http://127.0.0.1", transport=transport) as server:
            return getattr(server.supervisor, method)(*arguments)

    def _is_ours(self, process: psutil.Process) -> bool:
        try:
            return process.environ().get(MARK) == str(self._instance.var) and process.pid != os.getpid()
        except (psutil.Error, OSError):
            return False

    def _program(self, program: Component) -> str:
        environment = ",".join(f'{name}="{_escaped(value)}"' for name, value in program.environment.items())
        command = _escaped(" ".join(_quoted(part) for part in program.command))
        log = self._instance.log(program.name)
        return _PROGRAM.format(name=program.name, command=command, environment=environment, stop=program.stop_within_s, log=log)


def _quoted(part: str) -> str:
    return f"'{part}'" if " " in part else part


def _escaped(text: str) -> str:
    """Supervisord expands `%` in its settings."""
    return text.replace("%", "%%")


def _end(processes: list[psutil.Process]) -> int:
    for process in processes:
        _signal(process.terminate)
    _, alive = psutil.wait_procs(processes, timeout=10)
    for process in alive:
        _signal(process.kill)
    psutil.wait_procs(alive, timeout=10)
    return len(processes)


def _signal(send: Callable[[], None]) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):  # it ended by itself
        send()


def _until(condition: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return False
