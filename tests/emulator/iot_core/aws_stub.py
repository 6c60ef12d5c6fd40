"""The few AWS operations that the gateway calls, answered from memory on a loopback port, with failures on request.

Runs in a thread of the tests' process, so that a test reads and changes its state directly; `python -m tests.emulator.iot_core.aws_stub`
serves benchmarks.
"""

import argparse
import asyncio
import base64
import json
import random
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

ACCOUNT = "000000000000"
REGION = "eu-west-1"


def arn(kind: str, name: str) -> str:
    """An IoT ARN of the stub's account."""
    return f"arn:aws:iot:{REGION}:{ACCOUNT}:{kind}/{name}"


@dataclass
class AwsState:
    """What the stub knows and what it was sent."""

    certificates: dict[str, str] = field(default_factory=dict)
    """Status by certificate id."""
    foreign: dict[str, str] = field(default_factory=dict)
    """PEM of certificates that were registered without their authority, by id."""
    policies: dict[str, str] = field(default_factory=dict)
    attached: dict[str, set[str]] = field(default_factory=dict)
    """Certificate ids by policy name."""
    things: dict[str, set[str]] = field(default_factory=dict)
    """Certificate ids by thing name."""
    groups: dict[str, set[str]] = field(default_factory=dict)
    """Thing names by group name."""
    parents: dict[str, str] = field(default_factory=dict)
    """Names of groups by the names of their child groups."""
    group_policies: dict[str, set[str]] = field(default_factory=dict)
    """Group names by policy name."""
    rules: dict[str, dict[str, Any]] = field(default_factory=dict)
    records: list[tuple[str, str, bytes]] = field(default_factory=list)
    """Stream, partition key, data."""
    streams: set[str] = field(default_factory=lambda: {"telemetry"})
    messages: list[tuple[str, str]] = field(default_factory=list)
    objects: dict[str, bytes] = field(default_factory=dict)
    events: list[tuple[str, bytes]] = field(default_factory=list)
    failing: set[str] = field(default_factory=set)
    """Services (`iot`, `kinesis`, …) that answer 500."""
    record_failures: float = 0.0
    """Share of records that PutRecords refuses as throttled."""
    keep_records: bool = True
    record_count: int = 0
    calls: Counter[str] = field(default_factory=Counter)

    def rule(self, name: str, sql: str, *actions: dict[str, Any], **more: Any) -> None:
        """Defines a topic rule."""
        self.rules[name] = {
            "ruleName": name,
            "sql": sql,
            "awsIotSqlVersion": "2016-03-23",
            "actions": list(actions),
            "ruleDisabled": False,
        } | more


class AwsStub:
    """The HTTP server in a thread."""

    def __init__(self, port: int) -> None:
        self.state = AwsState()
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self._loop = asyncio.new_event_loop()
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def start(self) -> None:
        """Returns when the port answers."""
        self._thread.start()
        assert self._started.wait(30), f"the stub cannot serve port {self.port}"

    def stop(self) -> None:
        """Closes the port."""
        if self._started.is_set():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(10)
        else:
            self._loop.close()

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        runner = web.AppRunner(application(self.state), access_log=None)
        self._loop.run_until_complete(runner.setup())
        self._loop.run_until_complete(web.TCPSite(runner, "127.0.0.1", self.port).start())
        self._started.set()
        self._loop.run_forever()
        self._loop.run_until_complete(runner.cleanup())
        self._loop.close()


def application(state: AwsState) -> web.Application:
    """The stub as an aiohttp application."""
    app = web.Application(client_max_size=16 * 1024 * 1024)

    def route(method: str, path: str, service: str, handler: Callable[[AwsState, web.Request, bytes], web.Response]) -> None:
        async def handle(request: web.Request) -> web.Response:
            state.calls[f"{method} {path}"] += 1
            if service in state.failing:
                return _error(500, "InternalFailure", "stub is told to fail")
            return handler(state, request, await request.read())

        app.router.add_route(method, path, handle)

    route("GET", "/certificates", "iot", _list_certificates)
    route("GET", "/certificates/{id}", "iot", _describe_certificate)
    route("POST", "/effective-policies", "iot", _get_effective_policies)
    route("GET", "/policies", "iot", _list_policies)
    route("GET", "/policies/{name}", "iot", _get_policy)
    route("POST", "/policy-targets/{name}", "iot", _list_targets)
    route("GET", "/thing-groups/{name}/things", "iot", _list_members)
    route("GET", "/principals/things", "iot", _list_things)
    route("GET", "/things/{name}", "iot", _describe_thing)
    route("GET", "/rules", "iot", _list_rules)
    route("GET", "/rules/{name}", "iot", _get_rule)
    route("POST", "/2015-03-31/functions/{name}/invocations", "lambda", _invoke)
    route("PUT", "/{bucket}/{key:.+}", "s3", _put_object)

    async def posted(request: web.Request) -> web.Response:
        target = request.headers.get("X-Amz-Target", "")
        service = "kinesis" if target.startswith("Kinesis") else "sqs"
        state.calls[target] += 1
        if service in state.failing:
            return _error(500, "InternalFailure", "stub is told to fail")
        return (_put_records if service == "kinesis" else _send_message)(state, await request.read())

    app.router.add_post("/", posted)
    return app


def _error(status: int, code: str, message: str) -> web.Response:
    return web.json_response({"__type": code, "message": message}, status=status, headers={"x-amzn-ErrorType": code})


def _not_found() -> web.Response:
    return _error(404, "ResourceNotFoundException", "not there")


def _certificate(state: AwsState, certificate_id: str) -> dict[str, str]:
    pem = state.foreign.get(certificate_id)
    mode = {"certificateMode": "SNI_ONLY", "certificatePem": pem} if pem else {"certificateMode": "DEFAULT"}
    return {
        "certificateId": certificate_id,
        "certificateArn": arn("cert", certificate_id),
        "status": state.certificates[certificate_id],
    } | mode


def _list_certificates(state: AwsState, _request: web.Request, _body: bytes) -> web.Response:
    return web.json_response({"certificates": [_certificate(state, item) for item in list(state.certificates)]})


def _describe_certificate(state: AwsState, request: web.Request, _body: bytes) -> web.Response:
    certificate_id = request.match_info["id"]
    if certificate_id not in state.certificates:
        return _not_found()
    return web.json_response({"certificateDescription": _certificate(state, certificate_id)})


def _get_effective_policies(state: AwsState, request: web.Request, body: bytes) -> web.Response:
    thing_name, principal = request.query.get("thingName"), json.loads(body or b"{}").get("principal")
    names: set[str] = set()
    if principal:
        certificate_id = principal.rpartition("/")[2]
        if certificate_id not in state.certificates:
            return _not_found()
        names |= {name for name, targets in state.attached.items() if certificate_id in targets}
    if thing_name:
        if thing_name not in state.things:
            return _not_found()
        groups = {group for group in state.groups if thing_name in _members(state, group)}
        names |= {name for name, targets in state.group_policies.items() if targets & groups}
    return web.json_response({"effectivePolicies": [_policy(state, name) for name in sorted(names)]})


def _policy(state: AwsState, name: str) -> dict[str, str]:
    return {"policyName": name, "policyArn": arn("policy", name), "policyDocument": state.policies[name]}


def _members(state: AwsState, group: str) -> set[str]:
    """The things of a group and of all groups below it."""
    below = [_members(state, child) for child, parent in list(state.parents.items()) if parent == group]
    return state.groups[group].union(*below)


def _list_policies(state: AwsState, _request: web.Request, _body: bytes) -> web.Response:
    return web.json_response({"policies": [{"policyName": name, "policyArn": arn("policy", name)} for name in state.policies]})


def _get_policy(state: AwsState, request: web.Request, _body: bytes) -> web.Response:
    name = request.match_info["name"]
    document = state.policies.get(name)
    return web.json_response(_policy(state, name) | {"defaultVersionId": "1"}) if document else _not_found()


def _list_targets(state: AwsState, request: web.Request, _body: bytes) -> web.Response:
    name = request.match_info["name"]
    if name not in state.policies:
        return _not_found()
    certificates = [arn("cert", item) for item in state.attached.get(name, ())]
    return web.json_response({"targets": certificates + [arn("thinggroup", item) for item in state.group_policies.get(name, ())]})


def _list_members(state: AwsState, request: web.Request, _body: bytes) -> web.Response:
    name = request.match_info["name"]
    if name not in state.groups:
        return _not_found()
    members = _members(state, name) if request.query.get("recursive") == "true" else state.groups[name]
    return web.json_response({"things": sorted(members)})


def _list_things(state: AwsState, request: web.Request, _body: bytes) -> web.Response:
    certificate_id = request.headers["x-amzn-principal"].rpartition("/")[2]
    return web.json_response({"things": [name for name, owners in state.things.items() if certificate_id in owners]})


def _describe_thing(state: AwsState, request: web.Request, _body: bytes) -> web.Response:
    name = request.match_info["name"]
    return web.json_response({"thingName": name, "attributes": {}, "version": 1}) if name in state.things else _not_found()


def _list_rules(state: AwsState, _request: web.Request, _body: bytes) -> web.Response:
    return web.json_response({"rules": [{"ruleName": name, "ruleDisabled": rule["ruleDisabled"]} for name, rule in state.rules.items()]})


def _get_rule(state: AwsState, request: web.Request, _body: bytes) -> web.Response:
    rule = state.rules.get(request.match_info["name"])
    return (
        web.json_response({"ruleArn": arn("rule", rule["ruleName"]), "rule": rule})
        if rule
        else _error(401, "UnauthorizedException", "no rule")
    )


def _invoke(state: AwsState, request: web.Request, body: bytes) -> web.Response:
    state.events.append((request.match_info["name"], body))
    return web.Response(status=202)


def _put_object(state: AwsState, request: web.Request, body: bytes) -> web.Response:
    state.objects[f"{request.match_info['bucket']}/{request.match_info['key']}"] = body
    return web.Response(headers={"ETag": '"0"'})


def _put_records(state: AwsState, body: bytes) -> web.Response:
    request = json.loads(body)
    stream = request["StreamName"]
    if stream not in state.streams:
        return _error(400, "ResourceNotFoundException", f"Stream {stream} not found")
    results = [_put_record(state, stream, record) for record in request["Records"]]
    return web.json_response({"FailedRecordCount": sum("ErrorCode" in result for result in results), "Records": results})


def _put_record(state: AwsState, stream: str, record: dict[str, str]) -> dict[str, str]:
    if state.record_failures and random.random() < state.record_failures:
        return {"ErrorCode": "ProvisionedThroughputExceededException", "ErrorMessage": "Rate exceeded"}
    state.record_count += 1
    if state.keep_records:
        state.records.append((stream, record["PartitionKey"], base64.b64decode(record["Data"])))
    return {"SequenceNumber": str(state.record_count), "ShardId": "shardId-000000000000"}


def _send_message(state: AwsState, body: bytes) -> web.Response:
    request = json.loads(body)
    state.messages.append((request["QueueUrl"].rpartition("/")[2], request["MessageBody"]))
    return web.json_response({"MessageId": "0", "MD5OfMessageBody": ""})


def main() -> None:
    """Serves until killed; its certificates and rules come as JSON in a file."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--state", required=True)
    arguments = parser.parse_args()
    with open(arguments.state) as file:  # noqa: PTH123
        loaded = json.load(file)
    state = AwsState(**{key: value for key, value in loaded.items() if key not in ("attached", "things")}, keep_records=False)
    state.attached = {name: set(ids) for name, ids in loaded["attached"].items()}
    state.things = {name: set(ids) for name, ids in loaded["things"].items()}
    web.run_app(application(state), host="127.0.0.1", port=arguments.port, print=None, access_log=None)


if __name__ == "__main__":
    main()
