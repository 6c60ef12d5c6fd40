"""IoT Core's limits, from the quotas page (message broker and protocol limits) and the MQTT page of the developer guide."""

from typing import Final

PAYLOAD_BYTES: Final = 128 * 1024
MAXIMUM_PACKET_BYTES: Final = 149_504
"""Largest control packet: a full payload with topic and properties. Announced in CONNACK."""
CLIENT_ID_BYTES: Final = 128
IN_FLIGHT: Final = 100
"""Unacknowledged publishes of one connection, and its Receive Maximum."""
TOPIC_ALIASES: Final = 8
MAXIMUM_QOS: Final = 1
SUBSCRIPTIONS_PER_REQUEST: Final = 8
SUBSCRIPTIONS_PER_CONNECTION: Final = 50
KEEP_ALIVE_MINIMUM_S: Final = 30
KEEP_ALIVE_MAXIMUM_S: Final = 1200
KEEP_ALIVE_GRACE: Final = 1.5
"""MQTT 3.1.2.10: a silent client is closed after one and a half times its keep-alive."""
SESSION_EXPIRY_MAXIMUM_S: Final = 7 * 24 * 3600
CONNECT_TIMEOUT_S: Final = 10.0
"""From the TCP connection to a complete CONNECT, TLS included."""


def keep_alive_s(requested_s: int) -> int:
    """The keep-alive that holds: none or too much becomes the maximum (which is the default), too little the minimum."""
    if requested_s == 0 or requested_s > KEEP_ALIVE_MAXIMUM_S:
        return KEEP_ALIVE_MAXIMUM_S
    return max(requested_s, KEEP_ALIVE_MINIMUM_S)


def session_expiry_s(requested_s: int) -> int:
    """The session expiry interval that holds."""
    return min(requested_s, SESSION_EXPIRY_MAXIMUM_S)
