"""Brings the indices of a stage's OpenSearch to what this checkout declares, or replaces all of them by empty ones.

Usage: python -m infra.search [--stage local] [--renew]      --endpoint http://127.0.0.1:9200 names a server instead of a stage
"""

import argparse
import os
import sys

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from infra.cloudformation import DeploymentError
from infra.search.apply import apply_templates, renew_indices
from infra.search.endpoint import endpoint_of
from infra.session import session_of
from infra.stage import read_stage


def main() -> int:
    """The command line; 0 when all indices stand."""
    parser = argparse.ArgumentParser(prog="infra.search", description="Apply the read model's index templates to OpenSearch.")
    parser.add_argument("--stage", default=os.environ.get("GONIO_STAGE", "local"))
    parser.add_argument("--endpoint", help="URL of a server, instead of a stage; requests to one on AWS are signed")
    parser.add_argument("--shards", type=int, default=1, help="primary shards of an index that is made")
    parser.add_argument("--replicas", type=int, default=0, help="copies of each shard")
    parser.add_argument("--renew", action="store_true", help="replace every index by an empty one, which a full load must fill")
    chosen = parser.parse_args()
    bring = renew_indices if chosen.renew else apply_templates
    try:
        endpoint, session = _server(chosen)
        bring(
            endpoint, lambda text: print(f"  search · {text}", flush=True), shards=chosen.shards, replicas=chosen.replicas, session=session
        )
    except DeploymentError as error:
        print(error, file=sys.stderr)
        return 1
    except (BotoCoreError, ClientError) as error:
        print(f"search: {error}", file=sys.stderr)
        return 1
    return 0


def _server(chosen: argparse.Namespace) -> tuple[str, boto3.Session | None]:
    """Where the server is, and what signs requests to it."""
    if chosen.endpoint:
        return chosen.endpoint, None
    stage = read_stage(chosen.stage)
    session = session_of(stage)
    return endpoint_of(stage, session), session


if __name__ == "__main__":
    sys.exit(main())
