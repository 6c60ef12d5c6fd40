"""Who asks, and what they may do: sessions, tokens, cookies, CSRF, authorisation, the rate limit of sign-in. Pure: no I/O."""
