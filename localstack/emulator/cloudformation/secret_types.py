"""AWS::SecretsManager::Secret with updates, and with passwords that Secrets Manager itself makes."""

import json

from emulator.cloudformation.declaration import Client, Properties, ResourceType

_RANDOM = ("PasswordLength", "ExcludeCharacters", "ExcludeNumbers", "ExcludePunctuation", "ExcludeUppercase", "ExcludeLowercase")
_DESCRIBED = ("Description", "KmsKeyId")


def _create(client: Client, properties: Properties) -> None:
    optional = {name: properties[name] for name in (*_DESCRIBED, "Tags") if name in properties}
    client.create_secret(Name=properties["Name"], SecretString=_value(client, properties), **optional)


def _update(client: Client, properties: Properties, before: Properties) -> None:
    """A secret is generated anew only when the way of generating it changes."""
    name = properties["Name"]
    described = {member: properties[member] for member in _DESCRIBED if member in properties}
    if described:
        client.update_secret(SecretId=name, **described)
    if any(properties.get(member) != before.get(member) for member in ("SecretString", "GenerateSecretString")):
        client.put_secret_value(SecretId=name, SecretString=_value(client, properties))
    wanted = {tag["Key"] for tag in properties.get("Tags", [])}
    if gone := sorted({tag["Key"] for tag in before.get("Tags", [])} - wanted):
        client.untag_resource(SecretId=name, TagKeys=gone)
    if wanted:
        client.tag_resource(SecretId=name, Tags=properties["Tags"])


def _value(client: Client, properties: Properties) -> str:
    generated = properties.get("GenerateSecretString")
    if generated is None:
        return str(properties.get("SecretString", ""))
    parameters = {name: generated[name] for name in (*_RANDOM, "IncludeSpace", "RequireEachIncludedType") if name in generated}
    password = client.get_random_password(**parameters)["RandomPassword"]
    if "SecretStringTemplate" not in generated:
        return str(password)
    return json.dumps(json.loads(generated["SecretStringTemplate"]) | {generated["GenerateStringKey"]: password})


SECRET = ResourceType(
    name="AWS::SecretsManager::Secret",
    client="secretsmanager",
    identifier="Name",
    create=_create,
    read=lambda client, properties: {"Id": client.describe_secret(SecretId=properties["Name"])["ARN"]},
    update=_update,
    delete=lambda client, properties: client.delete_secret(SecretId=properties["Name"], ForceDeleteWithoutRecovery=True),
    reference="Id",
)
