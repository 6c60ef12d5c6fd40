"""Finds a Java that OpenSearch 3.8 runs on: 21 or newer, with the modules that it asks for.

Looks where its owner may have named one, then where Debian and others install. Prints its folder as a command:

    python -m launcher.processes.opensearch_java
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

OLDEST = 21
INSTALLED = Path("/usr/lib/jvm")
_MODULE = "jdk.incubator.vector"  # OpenSearch's start-up adds it; slim runtimes lack it


def find(environ: Mapping[str, str], installed: Path = INSTALLED) -> Path | None:
    """The home of the first Java that serves: OPENSEARCH_JAVA_HOME, JAVA_HOME, then what is installed, newest first."""
    return next((home for home in _candidates(environ, installed) if _serves(home)), None)


def main() -> int:
    """Prints the home; 1 when there is none."""
    home = find(os.environ)
    if home is not None:
        print(home)
    return int(home is None)


def _candidates(environ: Mapping[str, str], installed: Path) -> Iterator[Path]:
    for name in ("OPENSEARCH_JAVA_HOME", "JAVA_HOME"):
        if environ.get(name):
            yield Path(environ[name])
    homes = [it for it in installed.glob("*") if it.is_dir() and not it.is_symlink()]
    yield from sorted(homes, key=_number_in_name, reverse=True)


def _number_in_name(home: Path) -> int:
    """The version that a folder such as `java-21-openjdk-amd64` names."""
    found = re.search(r"\d+", home.name)
    return int(found[0]) if found else 0


def _serves(home: Path) -> bool:
    java = home / "bin/java"
    if not os.access(java, os.X_OK):
        return False
    command = [str(java), "--add-modules", _MODULE, "-version"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = re.search(r'version "(\d+)', done.stderr)
    return done.returncode == 0 and found is not None and int(found[1]) >= OLDEST


if __name__ == "__main__":
    sys.exit(main())
