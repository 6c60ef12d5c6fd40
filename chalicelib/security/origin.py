"""Whether a request comes from our own pages, by what browsers say of it and scripts cannot change.

Sources: RFC 6454 (`Origin`), W3C "Fetch Metadata Request Headers" (`Sec-Fetch-Site`).
"""

from enum import StrEnum


class Origin(StrEnum):
    """Where a request comes from."""

    SAME = "same"
    FOREIGN = "foreign"
    UNKNOWN = "unknown"
    """Neither header: not a browser, since browsers send `Origin` with every request that may change something."""


def origin_of(origin: str | None, fetch_site: str | None, *, ours: str) -> Origin:
    """Same only when everything that was said agrees; `ours` is scheme, host and port, as a browser writes them."""
    if origin is None and fetch_site is None:
        return Origin.UNKNOWN
    if origin not in {None, ours} or fetch_site not in {None, "same-origin"}:
        return Origin.FOREIGN
    return Origin.SAME
