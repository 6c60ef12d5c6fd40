"""Where a request comes from, behind proxies of ours."""

import pytest

from chalicelib.security.addresses import client_address


@pytest.mark.parametrize(
    ("forwarded", "hops", "expected"),
    [
        ("", 0, "10.0.0.1"),
        ("192.0.2.7", 0, "10.0.0.1"),
        ("192.0.2.7", 1, "192.0.2.7"),
        ("6.6.6.6, 192.0.2.7", 1, "192.0.2.7"),
        ("6.6.6.6, 192.0.2.7, 10.0.0.9", 2, "192.0.2.7"),
        ("192.0.2.7", 2, "10.0.0.1"),
        ("", 1, "10.0.0.1"),
        ("6.6.6.6, ", 1, "10.0.0.1"),
    ],
)
def test_only_what_our_own_proxies_added_counts(forwarded: str, hops: int, expected: str) -> None:
    assert client_address("10.0.0.1", forwarded, hops=hops) == expected
