#!/usr/bin/env bash
# Compiles the lock files: hashed, and without a registry's address.
set -euo pipefail
cd "$(dirname "$0")/../.."
compile() { # source, lock
  .venv/bin/uv pip compile --quiet --generate-hashes --no-emit-index-url --no-header --python .venv/bin/python "$1" --output-file "$2"
  echo "locked $2"
}
compile requirements/uv.in requirements/uv.lock
compile requirements/dev.in requirements/dev.lock
compile localstack/requirements.in localstack/requirements.lock
compile localstack/requirements-lambda.in localstack/requirements-lambda.lock
