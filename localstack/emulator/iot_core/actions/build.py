"""Makes actions from a rule's definition."""

from collections.abc import Mapping
from typing import Any

from emulator.iot_core.actions.calls import CallAction, lambda_parameters, s3_parameters, sqs_parameters
from emulator.iot_core.actions.kinesis import KinesisAction, KinesisBatcher
from emulator.iot_core.actions.port import Action
from emulator.iot_core.actions.republish import RepublishAction, Router
from emulator.iot_core.aws_calls import AwsCalls
from emulator.iot_core.control_plane import ActionDefinition
from emulator.iot_core.put_records import StreamClient
from emulator.iot_core.sql import CompiledRule
from emulator.iot_core.templates import compile_template


class ActionBuilder:
    """Builds actions; those on one stream share its batcher. Roles are not assumed: the gateway's own credentials make the calls."""

    def __init__(self, calls: AwsCalls, streams: StreamClient, linger_s: float) -> None:
        self._calls = calls
        self._streams = streams
        self._linger_s = linger_s
        self._batchers: dict[str, KinesisBatcher] = {}
        self.router: Router | None = None
        """Set once the rules engine stands: republished messages go through it."""

    def build(self, definition: ActionDefinition, rule: CompiledRule) -> Action:
        """The action; its templates see `rule`'s variables. Raises `ValueError` for an unknown kind, or a parameter that is missing."""
        builder = _BUILDERS.get(definition.kind)
        if builder is None:
            raise ValueError(f"action {definition.kind} is not supported")
        try:
            return builder(self, definition.parameters, rule)
        except KeyError as error:
            raise ValueError(f"action {definition.kind} lacks {error}") from error

    def kinesis(self, parameters: Mapping[str, Any], rule: CompiledRule) -> Action:
        """Puts on a stream."""
        stream = parameters["streamName"]
        batcher = self._batchers.get(stream)
        if batcher is None:
            batcher = self._batchers[stream] = KinesisBatcher(self._streams, stream, self._linger_s)
        # The documented default of the partition key is a random one for each record.
        return KinesisAction(stream, compile_template(parameters.get("partitionKey") or "${newuuid()}", rule=rule), batcher)

    def lambda_(self, parameters: Mapping[str, Any], _rule: CompiledRule) -> Action:
        """Invokes a function asynchronously."""
        function = parameters["functionArn"]
        return CallAction("LambdaAction", function, self._calls, "lambda", "invoke", lambda_parameters(function))

    def sqs(self, parameters: Mapping[str, Any], _rule: CompiledRule) -> Action:
        """Sends to a queue."""
        queue_url = parameters["queueUrl"]
        call_parameters = sqs_parameters(queue_url, use_base64=bool(parameters.get("useBase64", False)))
        return CallAction("SqsAction", queue_url, self._calls, "sqs", "send_message", call_parameters)

    def s3(self, parameters: Mapping[str, Any], rule: CompiledRule) -> Action:
        """Writes an object."""
        key = compile_template(parameters["key"], rule=rule)
        call_parameters = s3_parameters(parameters["bucketName"], key.render, parameters.get("cannedAcl"))
        return CallAction("S3Action", parameters["bucketName"], self._calls, "s3", "put_object", call_parameters)

    def republish(self, parameters: Mapping[str, Any], rule: CompiledRule) -> Action:
        """Publishes on another topic."""
        if self.router is None:
            raise ValueError("no router for republished messages")
        topic = parameters["topic"]
        template = compile_template(topic, rule=rule, republish_topic=True)
        return RepublishAction(topic, template, int(parameters.get("qos", 0)), self.router)


_BUILDERS = {
    "kinesis": ActionBuilder.kinesis,
    "lambda": ActionBuilder.lambda_,
    "sqs": ActionBuilder.sqs,
    "s3": ActionBuilder.s3,
    "republish": ActionBuilder.republish,
}
