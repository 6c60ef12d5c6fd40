"""Which shard a record belongs to: the 128-bit hash key space and its division among shards. Pure.

Source of the rules: Kinesis API reference, PutRecord (MD5 of the partition key) and CreateStream.
"""

from hashlib import md5
from itertools import pairwise

HASH_KEYS = 2**128
MAX_HASH_KEY = HASH_KEYS - 1

type HashRange = tuple[int, int]
"""First and last hash key, both included."""


def hash_of(partition_key: str) -> int:
    """The hash key of a record without an explicit one: MD5 of the partition key's UTF-8, as an integer."""
    return int.from_bytes(md5(partition_key.encode(), usedforsecurity=False).digest())


def explicit_hash_key(text: str) -> int:
    """Parse an ExplicitHashKey or NewStartingHashKey: decimal, 0 to 2**128 - 1. ValueError for anything else."""
    if not (text.isascii() and text.isdecimal()) or (text != "0" and text.startswith("0")) or int(text) > MAX_HASH_KEY:
        raise ValueError(text)
    return int(text)


def even_ranges(count: int) -> list[HashRange]:
    """The whole key space in `count` neighbouring ranges that differ by at most one in size."""
    starts = [HASH_KEYS * index // count for index in range(count + 1)]
    return [(first, following - 1) for first, following in pairwise(starts)]
