"""A runtime server that listens on loopback only.

LocalStack's own Twisted server takes the port from GATEWAY_LISTEN but drops the host, and so listens on every interface.
Chosen with GATEWAY_SERVER=bound.
"""

from typing import override

from localstack.runtime.server.core import RuntimeServerPlugin
from localstack.runtime.server.twisted import TwistedRuntimeServer
from rolo.gateway import Gateway
from rolo.serving.twisted import TwistedGateway
from twisted.internet import endpoints, reactor


class BoundTwistedRuntimeServer(TwistedRuntimeServer):  # type: ignore[misc]
    """Twisted without TLS, one endpoint for each address of GATEWAY_LISTEN."""

    @override
    def register(self, gateway: Gateway, listen: list, ssl_creds: tuple[str, str] | None = None) -> None:  # type: ignore[type-arg]
        site = TwistedGateway(gateway)
        for address in listen:
            endpoints.TCP4ServerEndpoint(reactor, address.port, interface=address.host).listen(site)  # type: ignore[no-untyped-call]


class BoundServerPlugin(RuntimeServerPlugin):  # type: ignore[misc]
    """GATEWAY_SERVER=bound."""

    name = "bound"

    @override
    def load(self, *args: object, **kwargs: object) -> BoundTwistedRuntimeServer:
        return BoundTwistedRuntimeServer()
