"""Brings an OpenSearch server's indices to what this checkout declares.

Usage: python -m infra.search --endpoint http://127.0.0.1:9200
"""

import argparse
import sys

from infra.cloudformation import DeploymentError
from infra.search.apply import apply_templates


def main() -> int:
    """The command line; 0 when all indices stand."""
    parser = argparse.ArgumentParser(prog="infra.search", description="Apply the read model's index templates to OpenSearch.")
    parser.add_argument("--endpoint", required=True, help="URL of the server; requests to one on AWS are signed")
    parser.add_argument("--shards", type=int, default=1, help="primary shards of an index that is made")
    parser.add_argument("--replicas", type=int, default=0, help="copies of each shard")
    arguments = parser.parse_args()
    try:
        apply_templates(
            arguments.endpoint, lambda text: print(f"  search · {text}", flush=True), shards=arguments.shards, replicas=arguments.replicas
        )
    except DeploymentError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
