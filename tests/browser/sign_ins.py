"""The stand-in's sessions: an ID token that ends, and a refresh token that is good for one use, as the user pool gives them."""

import secrets
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who may sign in."""

    email: str
    role: str
    tenant: str | None


@dataclass(slots=True)
class SignIn:
    """One sign-in: its tokens change, its CSRF token stays."""

    user: User
    csrf_token: str = field(default_factory=lambda: secrets.token_hex(8))
    id_token: str = ""
    refresh_token: str = ""
    has_ended: bool = False

    def __post_init__(self) -> None:
        """The first tokens."""
        self.rotate()

    def rotate(self) -> None:
        """New tokens; the old ones are none any more."""
        self.id_token, self.refresh_token = secrets.token_hex(8), secrets.token_hex(8)
        self.has_ended = False


class SignIns:
    """All that go on."""

    def __init__(self) -> None:
        self._known: list[SignIn] = []

    def __len__(self) -> int:
        return len(self._known)

    def begin(self, user: User) -> SignIn:
        """Signs somebody in."""
        self._known.append(SignIn(user))
        return self._known[-1]

    def find(self, id_token: str) -> SignIn | None:
        """The one that an ID token names, ended or not."""
        return next((it for it in self._known if it.id_token == id_token), None)

    def remove(self, sign_in: SignIn) -> None:
        """Signs out."""
        self._known.remove(sign_in)

    def remove_all(self) -> None:
        """As when every session was revoked elsewhere."""
        self._known.clear()

    def let_tokens_end(self) -> None:
        """As when a quarter of an hour had passed since the ID tokens were given."""
        for it in self._known:
            it.has_ended = True
