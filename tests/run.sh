#!/usr/bin/env bash
# Every test, end-to-end tests included, on an instance of the stack of their own: a demo's stack and its data stay as they are.
set -uo pipefail
cd "$(dirname "$0")/.."
failed=()
suite() { # name, command
  local name=$1
  shift
  echo "test · $name"
  "$@" || failed+=("$name")
}
localstack/launcher/install.sh chromium chromium-driver || exit 1
suite check tests/check.sh
suite application .venv/bin/python -m pytest -q tests/unit tests/functional tests/contract tests/infra
suite browser .venv/bin/python -m pytest -q tests/browser
# Its tests wait for servers more than they compute, so two files run at a time.
suite emulator localstack/.venv/bin/python -m pytest -q -n 2 --dist loadfile tests/emulator
suite "end to end" .venv/bin/python -m pytest -v -o timeout=900 tests/e2e
[ ${#failed[@]} -eq 0 ] || { echo "test: failed: ${failed[*]}" >&2; exit 1; }
echo "test: all passed"
