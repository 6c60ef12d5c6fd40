"""The pages under a pool's issuer that verifiers of its tokens read (OpenID Connect Discovery 1.0; RFC 7517)."""

from typing import Any

from rolo import Request, Response

from emulator.cognito.directory import UserPools

POOL = "<regex('[a-z0-9-]+_[A-Za-z0-9]+'):pool_id>"


def key_set(user_pools: UserPools, pool_id: str) -> dict[str, Any] | None:
    """The JSON Web Key Set of a pool, or nothing where there is no such pool."""
    if not user_pools.has_pool(pool_id):
        return None
    return dict(user_pools.keys.published().as_dict(private=False))


def configuration(user_pools: UserPools, pool_id: str) -> dict[str, Any] | None:
    """The discovery document of a pool, or nothing where there is no such pool."""
    if not user_pools.has_pool(pool_id):
        return None
    issuer = f"{user_pools.address}/{pool_id}"
    return {
        "issuer": issuer,
        "jwks_uri": f"{issuer}/.well-known/jwks.json",
        "id_token_signing_alg_values_supported": ["RS256"],
        "subject_types_supported": ["public"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "scopes_supported": ["openid", "email", "phone", "profile"],
        "response_types_supported": ["code", "token"],
    }


def serve(page: dict[str, Any] | None, _request: Request) -> Response:
    """A page, or 404 where there is none."""
    if page is None:
        return Response.for_json({"message": "User pool does not exist."}, status=404)
    return Response.for_json(page, headers={"Cache-Control": "public, max-age=300"})
