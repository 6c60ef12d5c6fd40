#!/usr/bin/env bash
# Finds or installs what the project needs: an interpreter, Debian packages, three Python environments from hashed locks.
# Says what it installs, does nothing when all is there, and ends with one sentence when something cannot be had.
#
# Usage: install.sh [further Debian packages]
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD
mkdir -p var/log
log=var/log/install.log

source localstack/launcher/installing.sh

# One installation at a time in this clone. The lock is flock's alone: nothing that outlives this script inherits it.
if [ -z "${GONIO_INSTALLING:-}" ]; then
  flock --nonblock var/log/install.lock true || say "another installation is under way; waiting until it has ended"
  GONIO_INSTALLING=1 exec flock --close var/log/install.lock "$root/localstack/launcher/install.sh" "$@"
fi

answers() { # does this interpreter really run, and is it new enough? (pyenv's shims may exist and fail)
  "$1" -c 'import sys; sys.exit(sys.version_info < (3, 12))' >/dev/null 2>&1
}

find_python() {
  local candidate
  for candidate in "${PYTHON:-}" python3.14 python3.13 python3.12 python3 \
      "$HOME"/.pyenv/versions/3.13*/bin/python "$HOME"/.pyenv/versions/3.1[2-9]*/bin/python /usr/local/bin/python3 /usr/bin/python3; do
    [ -n "$candidate" ] && answers "$candidate" && { echo "$candidate"; return; }
  done
  if command -v uv >/dev/null && uv python install 3.13 >>"$log" 2>&1; then uv python find 3.13; return; fi
  return 1
}

debian_python() { # where the release has one that is new enough
  apt-cache policy python3 2>/dev/null | grep -qE 'Candidate: 3\.(1[2-9]|[2-9][0-9])' && debian_packages python3 python3-venv
}

ensure_venv() { # Debian's interpreter comes without what makes environments
  "$python" -c 'import ensurepip' >/dev/null 2>&1 && return
  debian_packages "$("$python" -c 'import sys; print(f"python{sys.version_info.major}.{sys.version_info.minor}-venv")')"
}

debian_packages() {
  local missing=() package
  for package in "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return
  begin /usr /var
  say "Debian packages: ${missing[*]}"
  apt_install "${missing[@]}" || fail "apt-get could not install ${missing[*]}"
}

environment() { # folder, lock, extra arguments of the installer
  local folder=$1 lock=$2 stamp wanted
  shift 2
  wanted=$(cat "$lock" localstack/pyproject.toml | sha256sum | cut -d' ' -f1)
  stamp=$folder/.installed
  [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ] && "$folder/bin/python" -c '' 2>/dev/null && return
  begin "$root"
  say "Python environment $folder from $lock"
  [ -x "$folder/bin/python" ] && "$folder/bin/python" -c '' 2>/dev/null || "$python" -m venv --clear "$folder" >>"$log" 2>&1 || fail "the environment $folder could not be made"
  rm -f "$stamp"
  "$uv" pip install --quiet --python "$folder/bin/python" --require-hashes -r "$lock" >>"$log" 2>&1 ||
    fail "the packages of $lock could not be installed"
  [ $# -eq 0 ] || "$uv" pip install --quiet --python "$folder/bin/python" "$@" >>"$log" 2>&1 ||
    fail "$* could not be installed into $folder"
  echo "$wanted" >"$stamp"
}

python=$(find_python || { debian_python >&2 && find_python; }) ||
  refuse "no Python 3.12 or newer answers on this machine; install one, or name it: PYTHON=/path/to/python3 make demo"
ensure_venv
debian_packages mariadb-server mosquitto nginx-light "$@"
uv=$root/.venv/bin/uv
if ! "$uv" --version >/dev/null 2>&1; then
  begin "$root"
  say "environment .venv with $("$python" --version)"
  { "$python" -m venv --clear .venv && .venv/bin/python -m pip install --quiet --require-hashes -r requirements/uv.lock; } >>"$log" 2>&1 ||
    fail "the environment .venv could not be made"
fi
environment .venv requirements/dev.lock
environment localstack/.venv localstack/requirements.lock --no-deps --editable localstack
environment localstack/.venv-lambda localstack/requirements-lambda.lock
localstack/launcher/install_opensearch.sh "$root/.venv/bin/python"
