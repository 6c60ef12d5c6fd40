"""Everything that the front end's handlers work with, put together once a process by `bootstrap`."""

from dataclasses import dataclass, field

from chalicelib.bff.components import Components
from chalicelib.bff.ports import Log, Services
from chalicelib.feed.change_feed import ChangeFeed
from chalicelib.security.ports import IdentityProvider
from chalicelib.security.revocation import SessionCheck
from chalicelib.security.sign_in_limit import SignInLimit
from chalicelib.security.tokens import TokenVerifier


@dataclass(frozen=True, slots=True)
class Bff:
    """The front end's dependencies."""

    identity: IdentityProvider
    verifier: TokenVerifier
    sessions: SessionCheck
    sign_ins: SignInLimit
    services: Services
    feed: ChangeFeed
    components: Components
    log: Log
    csrf_key: bytes = field(repr=False)
    web_origin: str
    """Scheme, host and port of our pages, as browsers write them in `Origin`."""
    forwarded_hops: int = 0
    """How many proxies of ours stand in front of API Gateway, each of which adds to `X-Forwarded-For`."""
