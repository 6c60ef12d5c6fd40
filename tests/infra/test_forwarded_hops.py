"""Each stage finds the client's address in the header as its own proxies make it."""

import pytest

from chalicelib.security.addresses import client_address
from infra.package import functions_template
from infra.stage import read_stage
from infra.template import Template


@pytest.fixture(scope="module")
def functions() -> Template:
    return functions_template(None, "artifacts")


@pytest.mark.parametrize(
    ("stage", "source", "forwarded"),
    [
        # nginx writes the header anew, with whom it sees.
        ("local", "127.0.0.1", "192.0.2.7"),
        # CloudFront adds the viewer to the viewer's own word, API Gateway adds the edge server that asks it.
        ("production", "203.0.113.9", "192.0.2.7, 203.0.113.9"),
        ("production", "203.0.113.9", "6.6.6.6, 192.0.2.7, 203.0.113.9"),
    ],
)
def test_the_client_is_who_the_outermost_proxy_saw(functions: Template, stage: str, source: str, forwarded: str) -> None:
    environ = {"AWS_ENDPOINT_URL": "http://127.0.0.1:4566"}
    default = functions["Parameters"]["ForwardedHops"]["Default"]
    hops = int(read_stage(stage, environ).parameters.get("ForwardedHops", default))
    assert functions["Resources"]["APIHandler"]["Properties"]["Environment"]["Variables"]["GONIO_FORWARDED_HOPS"] == {
        "Ref": "ForwardedHops"
    }
    assert client_address(source, forwarded, hops=hops) == "192.0.2.7"
