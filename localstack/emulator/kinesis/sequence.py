"""Sequence numbers: 56 decimal digits, growing over a whole stream, with the shard's number inside, as AWS's have. Pure.

A sequence number is made of an ordinal, which the log hands out one by one over all its streams, and of the shard's number in
the low bits. So numbers of one shard compare as their ordinals do, and a number that belongs to another shard can be told.
"""

_BASE = 49 * 10**54
_SHARD_BITS = 20
_SHARD_MASK = (1 << _SHARD_BITS) - 1


def sequence_number(ordinal: int, shard_number: int) -> str:
    """The sequence number of the record with this ordinal in the shard with this number."""
    return str(_BASE + (ordinal << _SHARD_BITS | shard_number))


def sequence_numbers(first: int, count: int, shard_number: int) -> list[str]:
    """The sequence numbers of neighbouring ordinals, faster than one by one."""
    start = _BASE + (first << _SHARD_BITS | shard_number)
    return list(map(str, range(start, start + (count << _SHARD_BITS), 1 << _SHARD_BITS)))


def ordinal_of(sequence_number: str) -> int:
    """The ordinal inside a sequence number; 0 or less for a number below all that the log hands out. ValueError for no number."""
    return (int(sequence_number) - _BASE) >> _SHARD_BITS


def shard_number_of(sequence_number: str) -> int:
    """The number of the shard that a sequence number was made for."""
    return (int(sequence_number) - _BASE) & _SHARD_MASK


def shard_id_of(shard_number: int) -> str:
    """`shardId-000000000003` for 3."""
    return f"shardId-{shard_number:012d}"


def predecessor(number: str) -> str:
    """The number below which a reader must begin in order to get the record with this number first."""
    return str(int(number) - (1 << _SHARD_BITS))
