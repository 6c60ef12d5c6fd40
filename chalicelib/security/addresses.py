"""The address that a request comes from, where proxies of ours stand in front.

Each of them adds the address that it sees at the end of `X-Forwarded-For`. What stands before those is the client's own
word, and counts for nothing.
"""


def client_address(source: str, forwarded: str, *, hops: int) -> str:
    """The client's address: `source` is who connected to us, `hops` how many proxies of ours the request came through."""
    addresses = [it.strip() for it in forwarded.split(",")]
    if hops == 0 or len(addresses) < hops or not addresses[-hops]:
        return source
    return addresses[-hops]
