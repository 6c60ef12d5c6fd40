"""The front door: nginx with TLS before the API and the web client, on one origin, as CloudFront stands before them on AWS.

Cookies with the `__Host-` prefix and SameSite=Strict, and the absence of any CORS rule, rest on that one origin. nginx runs in the
foreground as the invoking user and keeps everything that it writes in the instance's folder.
"""

import contextlib
import getpass
import grp
import os
import re
import shutil
import signal
import socket
import ssl
from pathlib import Path
from urllib.parse import urlsplit

from launcher.instance import ROOT, Instance

WEB = ROOT / "web"
_TEMPLATES = Path(__file__).parent
# Until the first deployment there is no API to ask.
_NO_API = "error_page 503 @api_down;\nreturn 503;\n"


def prepare(instance: Instance, api_upstream: str | None) -> Path:
    """Write the settings files and return the main one's path. `api_upstream`: the API's URL, None before the first deployment."""
    certificates = instance.folder("certificates")
    values = {
        "user": _user_directive(),
        "folder": _folder(instance),
        "port": instance.ports["front-door"],
        "web": WEB,
        "certificate": certificates / "server.pem",
        "key": certificates / "server.key",
    }
    _settings(instance).write_text(_filled("front_door.conf", values))
    _write_api(_folder(instance), api_upstream)
    return _settings(instance)


def point_at(instance: Instance, api_upstream: str) -> None:
    """Send `/api/` to this URL from now on: a new deployment has a new address. A running nginx takes it up without losing a request."""
    folder = _folder(instance)
    if _write_api(folder, api_upstream) and (pid := _pid(folder)):
        with contextlib.suppress(ProcessLookupError):  # it was killed; its successor reads the new settings
            os.kill(pid, signal.SIGHUP)


def command(instance: Instance) -> tuple[str, ...]:
    """The process, to be supervised in the foreground."""
    # Debian keeps it where only root's PATH leads. `-e stderr`: otherwise it opens its compiled-in log before it reads its settings.
    nginx = shutil.which("nginx") or "/usr/sbin/nginx"
    return (nginx, "-e", "stderr", "-c", str(_settings(instance)), "-g", "daemon off;")


def serves(instance: Instance) -> bool:
    """Whether the front door answers with a certificate that the instance's authority signed."""
    context = ssl.create_default_context(cafile=instance.folder("certificates") / "ca.pem")
    try:
        with (
            socket.create_connection(("127.0.0.1", instance.ports["front-door"]), timeout=2) as plain,
            context.wrap_socket(plain, server_hostname="localhost"),
        ):
            return True
    except OSError:
        return False


def _folder(instance: Instance) -> Path:
    return instance.folder("front-door")


def _settings(instance: Instance) -> Path:
    return instance.folder("run") / "nginx.conf"


def _write_api(folder: Path, api_upstream: str | None) -> bool:
    """Whether a file changed."""
    base = f"{api_upstream.rstrip('/')}/" if api_upstream else None
    # nginx puts the URL in the place of what the location names, so that an exact location needs the whole of it.
    urls = {"api.conf": base, "events.conf": f"{base}events" if base else None}
    changed = [_write_if_new(folder / name, _proxy(url)) for name, url in urls.items()]
    return any(changed)


def _proxy(url: str | None) -> str:
    return _filled("front_door_api.conf", {"url": url, "host": urlsplit(url).netloc}) if url else _NO_API


def _write_if_new(file: Path, text: str) -> bool:
    if file.is_file() and file.read_text() == text:
        return False
    draft = file.with_suffix(".draft")
    draft.write_text(text)
    draft.replace(file)
    return True


def _filled(template: str, values: dict[str, object]) -> str:
    return re.sub(r"@\{([a-z_]+)\}", lambda place: str(values[place[1]]), (_TEMPLATES / template).read_text())


def _user_directive() -> str:
    """Started as root, nginx would hand its workers to `nobody`, who may not enter the instance's folder."""
    return f"user {getpass.getuser()} {grp.getgrgid(os.getgid()).gr_name};" if os.getuid() == 0 else ""


def _pid(folder: Path) -> int | None:
    file = folder / "nginx.pid"
    return int(file.read_text()) if file.is_file() else None
