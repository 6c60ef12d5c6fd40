#!/usr/bin/env bash
# Installs the OpenSearch server that the local stack and the tests run: the distribution that Maven Central carries, its bytes
# checked, unpacked where an unprivileged user can read it; that user; and a Java to run it. Does nothing when all is there.
#
# Usage: install_opensearch.sh PYTHON
set -euo pipefail
cd "$(dirname "$0")/../.."
mkdir -p var/log
log=$PWD/var/log/install.log
python=${1:?the interpreter that the launcher runs on}

version=3.8.0
artifact=org.opensearch.distribution.integ-test-zip:opensearch:$version:zip
sha256=196c3cf4602c394f2e40e6174ccbf2a924eae37246f08fa6bbb6b75f9fd5ff1f
copy=org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy
user=gonio

source localstack/launcher/installing.sh
say() { echo "  install · OpenSearch $version: $1"; }
java_home() { PYTHONPATH=localstack "$python" -m launcher.processes.opensearch_java; }

ensure_java() {
  java_home >/dev/null && return
  local package
  as_root apt-get update -qq >>"$log" 2>&1 || true  # a machine that has never looked knows no candidates
  for package in openjdk-25-jre-headless openjdk-21-jre-headless; do
    apt-cache policy "$package" 2>/dev/null | grep -q 'Candidate: [0-9]' || continue
    begin /usr /var
    say "Debian package $package"
    apt_install "$package" && java_home >/dev/null && return
  done
  refuse "OpenSearch needs a Java of version 21 or newer and this machine has none; install one, or name it: OPENSEARCH_JAVA_HOME=/path/to/jdk make demo"
}

ensure_user() { # OpenSearch refuses to run as root
  is_root || return 0
  id "$user" >/dev/null 2>&1 && return
  say "system user $user"
  useradd --system --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin "$user" >>"$log" 2>&1 ||
    fail "the system user $user could not be made"
}

ensure_server() {
  local home=$1 parent
  [ -f "$home/.installed" ] && [ "$(cat "$home/.installed")" = "$sha256" ] && return
  parent=$(dirname "$home")
  mkdir -p "$parent"
  if is_root; then chmod 755 "$parent"; fi
  begin "$parent"
  work=$(mktemp -d "$parent/.install-XXXXXX")
  trap 'rm -rf "$work"' EXIT  # `work` is global: the trap outlives this function
  if ! command -v mvn >/dev/null; then
    say "Debian package maven"
    apt_install maven || fail "apt-get could not install maven"
  fi
  say "fetching it from Maven Central (160 MB)"
  mvn -q -B -Dmaven.repo.local="$work/repository" "$copy" -Dartifact="$artifact" -DoutputDirectory="$work" >>"$log" 2>&1 ||
    fail "Maven could not fetch $artifact"
  echo "$sha256  $work/opensearch-$version.zip" | sha256sum --check --status ||
    refuse "the archive of OpenSearch $version is not the one that this project knows (SHA-256); nothing was installed"
  unpack "$home"
}

unpack() { # target: complete or not at all
  local home=$1
  "$python" -m zipfile -e "$work/opensearch-$version.zip" "$work/unpacked"
  mv "$work/unpacked/opensearch-$version" "$work/server"
  chmod -R a+rX "$work/server"
  chmod a+x "$work/server/bin/"*
  echo "$sha256" >"$work/server/.installed"
  rm -rf "$home"
  mv "$work/server" "$home"
  say "unpacked into $home"
}

ensure_java
ensure_user
ensure_server "$(PYTHONPATH=localstack "$python" -m launcher.processes.opensearch)"
