"""User pools: their settings and their end.

Source: https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UserPoolType.html.
"""

import string

from emulator.cognito import attributes
from emulator.cognito.call import Answer, Call, Document, Operation, Request, after, moment, page, random_name, without_nothing
from emulator.cognito.errors import InvalidParameterError, NotEmulatedError, NotFoundError
from emulator.cognito.passwords import DEFAULT_POLICY

_FIXED = ("Schema", "UsernameAttributes", "AliasAttributes", "UsernameConfiguration")
"""Settings that a pool is made with and that no update names."""
_MFA = ("SmsMfaConfiguration", "SoftwareTokenMfaConfiguration", "EmailMfaConfiguration", "WebAuthnConfiguration")
_PROTECTED = "The user pool cannot be deleted because deletion protection is activated. Deletion protection must be inactivated first."


def pool(call: Call, pool_id: str) -> Document:
    """A pool of any account and region. Raises NotFoundError."""
    found = call.store.find("pool", pool_id)
    if found is None:
        raise NotFoundError(f"User pool {pool_id} does not exist.")
    return found


def password_policy(found: Document) -> Document:
    """The pool's rule for passwords."""
    policy: Document = found["settings"].get("Policies", {}).get("PasswordPolicy", DEFAULT_POLICY)
    return policy


def issuer(call: Call, pool_id: str) -> str:
    """What `iss` says in the pool's tokens. Its keys are at `/.well-known/jwks.json` under it.

    AWS's own is https://cognito-idp.<region>.amazonaws.com/<pool id>, where nobody would find this installation's keys.
    """
    return f"{call.address}/{pool_id}"


def create(call: Call, request: Request) -> Answer:
    """CreateUserPool."""
    _check(request)
    pool_id = f"{call.region}_{random_name(9, string.ascii_letters + string.digits)}"
    settings = {name: value for name, value in request.items() if name != "PoolName"}
    made = {
        "id": pool_id,
        "name": request["PoolName"],
        "account": call.account_id,
        "region": call.region,
        "created_at": call.now,
        "modified_at": call.now,
        "settings": settings,
    }
    call.store.put("pool", pool_id, made)
    return {"UserPool": _description(call, made)}


def describe(call: Call, request: Request) -> Answer:
    """DescribeUserPool."""
    return {"UserPool": _description(call, pool(call, request["UserPoolId"]))}


def update(call: Call, request: Request) -> Answer:
    """UpdateUserPool: as on AWS, what it does not name goes back to its default."""
    _check(request)
    found = pool(call, request["UserPoolId"])
    kept = {name: value for name, value in found["settings"].items() if name in (*_FIXED, *_MFA)}
    given = {name: value for name, value in request.items() if name not in {"UserPoolId", "PoolName"}}
    found |= {"settings": given | kept, "name": request.get("PoolName", found["name"]), "modified_at": call.now}
    call.store.put("pool", found["id"], found)
    return {}


def delete(call: Call, request: Request) -> Answer:
    """DeleteUserPool, with everything and everybody in it."""
    found = pool(call, request["UserPoolId"])
    if found["settings"].get("DeletionProtection") == "ACTIVE":
        raise InvalidParameterError(_PROTECTED)
    pool_id = found["id"]
    for client_id, client in list(call.store.documents("client")):
        if client["pool"] == pool_id:
            call.store.remove("client", client_id)
    for grant_id, grant in list(call.store.documents("grant")):
        if grant["pool"] == pool_id:
            call.store.remove("grant", grant_id)
    for kind in ("group", "user", "alias"):
        for name, _ in list(call.store.documents(f"{kind}/{pool_id}")):
            call.store.remove(f"{kind}/{pool_id}", name)
    call.store.remove("pool", pool_id)
    return {}


def list_all(call: Call, request: Request) -> Answer:
    """ListUserPools, of the caller's account and region."""
    here = (call.account_id, call.region)
    rows = call.store.documents("pool", after(request.get("NextToken")))
    found, token = page(((name, one) for name, one in rows if (one["account"], one["region"]) == here), request.get("MaxResults"))
    return without_nothing({"UserPools": [_summary(one) for one in found], "NextToken": token})


def set_mfa(call: Call, request: Request) -> Answer:
    """SetUserPoolMfaConfig."""
    found = pool(call, request["UserPoolId"])
    given = {name: value for name, value in request.items() if name in (*_MFA, "MfaConfiguration")}
    found["settings"] = {name: value for name, value in found["settings"].items() if name not in _MFA} | given
    call.store.put("pool", found["id"], found)
    return given


def get_mfa(call: Call, request: Request) -> Answer:
    """GetUserPoolMfaConfig."""
    settings = pool(call, request["UserPoolId"])["settings"]
    return {"MfaConfiguration": "OFF"} | {name: settings[name] for name in (*_MFA, "MfaConfiguration") if name in settings}


def _check(request: Request) -> None:
    if any(request.get("LambdaConfig", {}).values()):
        raise NotEmulatedError("Lambda triggers of user pools are not emulated")
    if request.get("AliasAttributes"):
        raise NotEmulatedError("AliasAttributes are not emulated; use UsernameAttributes")


def _summary(found: Document) -> Answer:
    dates = {"CreationDate": moment(found["created_at"]), "LastModifiedDate": moment(found["modified_at"])}
    return {"Id": found["id"], "Name": found["name"], "LambdaConfig": {}, **dates}


def _description(call: Call, found: Document) -> Answer:
    settings, pool_id = found["settings"], found["id"]
    defaults: Answer = {
        "MfaConfiguration": "OFF",
        "DeletionProtection": "INACTIVE",
        "UserPoolTier": "ESSENTIALS",
        "AdminCreateUserConfig": {"AllowAdminCreateUserOnly": False, "UnusedAccountValidityDays": 7},
        "EmailConfiguration": {"EmailSendingAccount": "COGNITO_DEFAULT"},
    }
    shown = {name: value for name, value in settings.items() if name not in {"Schema", *_MFA}}
    computed = {
        "Policies": {**settings.get("Policies", {}), "PasswordPolicy": password_policy(found)},
        "Arn": f"arn:aws:cognito-idp:{found['region']}:{found['account']}:userpool/{pool_id}",
        "SchemaAttributes": attributes.schema(settings),
        "EstimatedNumberOfUsers": sum(1 for _ in call.store.documents(f"user/{pool_id}")),
    }
    return defaults | shown | _summary(found) | computed


OPERATIONS: dict[str, Operation] = {
    "CreateUserPool": create,
    "DescribeUserPool": describe,
    "UpdateUserPool": update,
    "DeleteUserPool": delete,
    "ListUserPools": list_all,
    "SetUserPoolMfaConfig": set_mfa,
    "GetUserPoolMfaConfig": get_mfa,
}
