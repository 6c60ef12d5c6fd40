"""Cognito user pools: moto behind, with a signing key, an issuer and revocation of this installation."""
