"""Where a request comes from, by what browsers say."""

import pytest

from chalicelib.security.origin import Origin, origin_of

OURS = "https://gonio.example:8443"


@pytest.mark.parametrize(
    ("origin", "fetch_site", "expected"),
    [
        (OURS, "same-origin", Origin.SAME),
        (OURS, None, Origin.SAME),
        (None, "same-origin", Origin.SAME),
        (None, None, Origin.UNKNOWN),
        ("https://evil.example", None, Origin.FOREIGN),
        ("https://evil.example", "same-origin", Origin.FOREIGN),
        (OURS, "cross-site", Origin.FOREIGN),
        (OURS, "same-site", Origin.FOREIGN),
        (None, "none", Origin.FOREIGN),
        (None, "", Origin.FOREIGN),
        ("", None, Origin.FOREIGN),
        ("null", None, Origin.FOREIGN),
        (OURS + "/", None, Origin.FOREIGN),
        (OURS.removesuffix(":8443"), None, Origin.FOREIGN),
        (OURS.replace("https", "http"), None, Origin.FOREIGN),
        (OURS + ".evil.example", None, Origin.FOREIGN),
    ],
)
def test_everything_that_is_said_must_agree(origin: str | None, fetch_site: str | None, expected: Origin) -> None:
    assert origin_of(origin, fetch_site, ours=OURS) is expected
