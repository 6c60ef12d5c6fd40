#!/usr/bin/env bash
# What needs no server: format, lint, types, import contracts, the docs' tests. Every check runs; the end tells which failed.
set -uo pipefail
cd "$(dirname "$0")/.."
failed=()
check() { # name, command
  local name=$1
  shift
  echo "check · $name"
  "$@" || failed+=("$name")
}
check format .venv/bin/ruff format --check --quiet .
check lint .venv/bin/ruff check --quiet .
tests=(tests/unit tests/functional tests/contract tests/infra tests/docs tests/e2e tests/browser tests/fakes)
check types .venv/bin/mypy app.py chalicelib iot infra localstack/launcher bench/__main__.py bench/end_to_end.py "${tests[@]}"
check "types of the emulator" localstack/.venv/bin/mypy localstack/emulator tests/emulator
check "import contracts" env PYTHONPATH=localstack .venv/bin/lint-imports --no-cache
check docs .venv/bin/python -m pytest -q tests/docs
[ ${#failed[@]} -eq 0 ] || { echo "check: failed: ${failed[*]}" >&2; exit 1; }
echo "check: all passed"
