"""The two front doors, CloudFront on AWS and nginx here, say the same to browsers."""

import re
from typing import Any

import pytest

from infra.template import ROOT, load

NGINX = (ROOT / "localstack/launcher/processes/front_door.conf").read_text()
RESOURCES = load("edge")["Resources"]
DISTRIBUTION = RESOURCES["Distribution"]["Properties"]["DistributionConfig"]
PAGES = DISTRIBUTION["DefaultCacheBehavior"]
BEHAVIOURS = {"pages": PAGES} | {behaviour["PathPattern"]: behaviour for behaviour in DISTRIBUTION["CacheBehaviors"]}
CACHING = {"pages": "no-cache", "vendor/*": "public, max-age=31536000, immutable", "api/*": "no-store"}
CACHING_DISABLED, CACHING_OPTIMIZED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad", "658327ea-f89d-4fab-a63d-7e88639e58f6"


def _of_nginx() -> dict[str, str]:
    return dict(re.findall(r'^ +add_header (\S+) "(.*)" always;$', NGINX, re.MULTILINE))


def _of_cloudfront(behaviour: str) -> dict[str, str]:
    """The headers of a behaviour's answers as they go out."""
    policy = RESOURCES[BEHAVIOURS[behaviour]["ResponseHeadersPolicyId"]["Ref"]]["Properties"]["ResponseHeadersPolicyConfig"]
    security: dict[str, Any] = policy["SecurityHeadersConfig"]
    transport = security["StrictTransportSecurity"]
    assert all(part["Override"] for part in security.values())
    return {
        "Content-Security-Policy": security["ContentSecurityPolicy"]["ContentSecurityPolicy"],
        "Strict-Transport-Security": f"max-age={transport['AccessControlMaxAgeSec']}",
        "X-Content-Type-Options": "nosniff" if "ContentTypeOptions" in security else "",
        "X-Frame-Options": security["FrameOptions"]["FrameOption"],
        "Referrer-Policy": security["ReferrerPolicy"]["ReferrerPolicy"],
    } | {item["Header"]: item["Value"] for item in policy["CustomHeadersConfig"]["Items"]}


@pytest.mark.parametrize("behaviour", BEHAVIOURS)
def test_every_answer_has_the_headers_of_the_local_front_door(behaviour: str) -> None:
    here, there = _of_nginx(), _of_cloudfront(behaviour)
    assert there.pop("Cache-Control") == CACHING[behaviour]
    # Here a long one would bind every server on the host name `localhost`.
    assert (here.pop("Strict-Transport-Security"), there.pop("Strict-Transport-Security")) == ("max-age=300", "max-age=31536000")
    assert there == here


def test_browsers_may_keep_the_same_for_as_long_at_both() -> None:
    (caching,) = re.findall(r"map \$uri \$caching \{(.*?)\}", NGINX, re.DOTALL)
    told = dict(re.findall(r'^ +(\S+) "(.+)";$', caching, re.MULTILINE))
    assert told == {"default": CACHING["pages"], "~^/vendor/[^/]+-[0-9.]+/": CACHING["vendor/*"]}
    assert re.search(r'map \$upstream_http_cache_control \$api_caching \{\s+"" "no-store";\s+default "";', NGINX)


def test_the_api_s_own_word_on_caching_stands() -> None:
    items = RESOURCES["AnswerHeaders"]["Properties"]["ResponseHeadersPolicyConfig"]["CustomHeadersConfig"]["Items"]
    assert [item["Header"] for item in items if not item["Override"]] == ["Cache-Control"]


def test_cloudfront_itself_keeps_only_what_carries_its_version() -> None:
    policy = RESOURCES[PAGES["CachePolicyId"]["Ref"]]["Properties"]["CachePolicyConfig"]
    assert (policy["MinTTL"], policy["DefaultTTL"], policy["MaxTTL"]) == (0, 0, 1)
    assert BEHAVIOURS["api/*"]["CachePolicyId"] == CACHING_DISABLED
    assert BEHAVIOURS["vendor/*"]["CachePolicyId"] == CACHING_OPTIMIZED
    assert all(re.fullmatch(r"[^/]+-[0-9.]+", folder.name) for folder in (ROOT / "web/vendor").iterdir())
