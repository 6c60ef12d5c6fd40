"""CSRF tokens: an HMAC of the session's key, so that a token belongs to one sign-in and nothing is stored.

Source: OWASP, "Cross-Site Request Forgery Prevention Cheat Sheet", HMAC based token pattern.
"""

import base64
import hashlib
import hmac


def csrf_token(key: bytes, session_key: str) -> str:
    """The session's token: base64url without padding."""
    digest = hmac.new(key, session_key.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def is_csrf_token(key: bytes, session_key: str, token: str | None) -> bool:
    """Whether the token is the session's; takes the same time for every wrong one."""
    return token is not None and hmac.compare_digest(csrf_token(key, session_key).encode(), token.encode())
