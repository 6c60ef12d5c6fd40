"""Passwords: the pool's policy, and the only form in which they are kept."""

import base64
import hashlib
import hmac
import re
import secrets
import string

from emulator.cognito.call import Document
from emulator.cognito.errors import InvalidPasswordError

SYMBOLS = "^$*.[]{}()?\"!@#%&/\\,><':;|_~`=+- "
"""What AWS counts as a symbol; a space counts inside a password."""
LONGEST = 256
DEFAULT_POLICY: Document = {
    "MinimumLength": 8,
    "RequireUppercase": True,
    "RequireLowercase": True,
    "RequireNumbers": True,
    "RequireSymbols": True,
    "TemporaryPasswordValidityDays": 7,
}
_NOT_CONFORMING = "Password did not conform with policy"
_NEEDS = {
    "RequireUppercase": (r"[A-Z]", "Password must have uppercase characters"),
    "RequireLowercase": (r"[a-z]", "Password must have lowercase characters"),
    "RequireNumbers": (r"[0-9]", "Password must have numeric characters"),
    "RequireSymbols": (f"[{re.escape(SYMBOLS)}]", "Password must have symbol characters"),
}
_COST, _BLOCK, _LANES = 2**13, 8, 1


def check(policy: Document, password: str) -> None:
    """Raise InvalidPasswordError, which names the rule that the password breaks."""
    if len(password) < policy.get("MinimumLength", 8):
        raise InvalidPasswordError(f"{_NOT_CONFORMING}: Password not long enough")
    if len(password) > LONGEST:
        raise InvalidPasswordError(f"{_NOT_CONFORMING}: Password must not be longer than {LONGEST} characters")
    if password != password.strip():
        raise InvalidPasswordError(f"{_NOT_CONFORMING}: Password must not begin or end with a space")
    for rule, (pattern, reason) in _NEEDS.items():
        if policy.get(rule, False) and not re.search(pattern, password):
            raise InvalidPasswordError(f"{_NOT_CONFORMING}: {reason}")


def generated(policy: Document) -> str:
    """A password that follows every policy of this length."""
    alphabet = string.ascii_letters + string.digits
    return "".join(secrets.choice(alphabet) for _ in range(max(policy.get("MinimumLength", 8), 20))) + "aA1!"


def hashed(password: str) -> str:
    """The salted scrypt hash (RFC 7914) that is stored in the password's place."""
    salt = secrets.token_bytes(16)
    return f"{base64.b64encode(salt).decode()}${base64.b64encode(_scrypt(password, salt)).decode()}"


def matches(password: str, stored: str | None) -> bool:
    """Whether a password is the stored one. Without one it takes as long, so that time does not tell who exists."""
    salt, _, digest = (stored or hashed("")).partition("$")
    same = hmac.compare_digest(_scrypt(password, base64.b64decode(salt)), base64.b64decode(digest))
    return same and stored is not None


def _scrypt(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=_COST, r=_BLOCK, p=_LANES)
