"""Runs topic rules: evaluates the SQL, delivers to the actions, retries, and falls back to the rule's error action.

A run settles when every action, or the error action in its place, accepted the message. Until then it is held and tried again, so that a
publish which is acknowledged after its runs settled is nowhere but where the rule wanted it.
"""

import asyncio
import base64
import logging
import random
import uuid
from collections.abc import Callable, Sequence
from functools import partial

import orjson

from emulator.iot_core.actions.port import Action, ActionFailure, Remedy
from emulator.iot_core.rule_catalogue import Rule, RuleCatalogue
from emulator.iot_core.sql import Message

log = logging.getLogger(__name__)

_FIRST_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 2.0
_HELD_PAUSE_S = 2.0
"""Between rounds of action and error action while neither can be delivered."""

type Failures = list[tuple[Action, ActionFailure]]


class RuleEngine:
    """Finds the rules of a message and prepares their runs."""

    def __init__(self, catalogue: RuleCatalogue, retry_s: float) -> None:
        self.catalogue = catalogue
        self.retry_s = retry_s

    def runs(self, message: Message) -> list["RuleRun"]:
        """One run for each rule that the message reaches: FROM matches and WHERE holds."""
        prepared = (self._prepare(rule, message) for rule in self.catalogue.matching(message.topic))
        return [run for run in prepared if run]

    def basic_ingest(self, rule_name: str, message: Message) -> list["RuleRun"]:
        """The run of the one rule that a Basic Ingest topic names; `message.topic` is without the prefix."""
        rule = self.catalogue.named(rule_name)
        if rule is None:
            log.warning("basic ingest: no enabled rule %s, message dropped", rule_name)
            return []
        run = self._prepare(rule, message)
        return [run] if run else []

    def _prepare(self, rule: Rule, message: Message) -> "RuleRun | None":
        try:
            payload = rule.compiled.evaluate(message)
        except Exception as error:  # noqa: BLE001 - the record loop: one message must not stop the others
            log.warning("rule %s cannot evaluate a message on %s: %s", rule.name, message.topic, error)
            return RuleRun(self, rule, message, b"", str(error) or type(error).__name__)
        return None if payload is None else RuleRun(self, rule, message, payload)


class RuleRun:
    """One rule applied to one message."""

    __slots__ = ("_engine", "_evaluation_error", "_failures", "_message", "_payload", "_rule", "_settled", "_since", "_undecided")

    def __init__(self, engine: RuleEngine, rule: Rule, message: Message, payload: bytes, *evaluation_error: str) -> None:
        self._engine = engine
        self._rule = rule
        self._message = message
        self._payload = payload
        self._evaluation_error = evaluation_error
        self._failures: Failures = []
        self._settled: Callable[[], None] | None = None
        self._undecided = 0
        self._since = 0.0

    def start(self, settled: Callable[[], None]) -> None:
        """Delivers; calls `settled` once, perhaps before this returns."""
        self._settled = settled
        if self._evaluation_error:
            self._conclude()
        else:
            self._round(self._rule.actions)

    def _round(self, actions: Sequence[Action]) -> None:
        self._since = asyncio.get_running_loop().time()
        self._failures = []
        self._undecided = len(actions)
        if not actions:
            self._finish()
        for action in actions:
            self._attempt(action, 0)

    def _attempt(self, action: Action, tries: int) -> None:
        try:
            action.deliver(self._message, self._payload, partial(self._decided, action, tries))
        except Exception as error:  # noqa: BLE001 - the record loop: one message must not stop the others
            self._decided(action, tries, ActionFailure(f"{type(error).__name__}: {error}", Remedy.NONE))

    def _decided(self, action: Action, tries: int, failure: ActionFailure | None) -> None:
        if failure:
            loop = asyncio.get_running_loop()
            if failure.remedy is Remedy.RETRY and loop.time() - self._since < self._engine.retry_s:
                loop.call_later(_pause_s(tries), self._attempt, action, tries + 1)
                return
            self._failures.append((action, failure))
        self._undecided -= 1
        if not self._undecided:
            self._conclude()

    def _conclude(self) -> None:
        """All actions are decided."""
        if not self._failures and not self._evaluation_error:
            self._finish()
            return
        for action, failure in self._failures:
            log.warning("rule %s: %s to %s failed: %s", self._rule.name, action.kind, action.resource, failure.detail)
        if self._rule.error_action:
            self._rule.error_action.deliver(self._message, self._error_message(), self._error_action_decided)
        else:
            self._hold_or_drop()

    def _error_action_decided(self, failure: ActionFailure | None) -> None:
        if failure is None:
            self._finish()
            return
        log.warning("rule %s: its error action failed: %s", self._rule.name, failure.detail)
        if self._evaluation_error and failure.remedy is not Remedy.NONE:
            self._later(self._conclude)
        else:
            self._hold_or_drop()

    def _hold_or_drop(self) -> None:
        """Holds what somebody or time can mend. What nothing can mend is dropped, as IoT Core does; it would block its device for ever."""
        if all(failure.remedy is Remedy.NONE for _, failure in self._failures):
            log.error("rule %s: message on %s cannot be delivered at all, dropped", self._rule.name, self._message.topic)
            self._finish()
        else:
            self._later(self._again)

    def _later(self, step: Callable[[], None]) -> None:
        asyncio.get_running_loop().call_later(_HELD_PAUSE_S * random.uniform(0.75, 1.25), step)  # noqa: S311 - jitter

    def _again(self) -> None:
        """Another round, by the rule as it now is: somebody may have mended it."""
        current = self._engine.catalogue.named(self._rule.name)
        if current is None:
            log.warning("rule %s is gone, a message that it could not deliver is dropped", self._rule.name)
            self._finish()
        elif current is self._rule:
            self._round([action for action, failure in self._failures if failure.remedy is not Remedy.NONE])
        else:
            self._rule = current
            self._round(current.actions)

    def _finish(self) -> None:
        settled, self._settled = self._settled, None
        if settled:
            settled()

    def _error_message(self) -> bytes:
        """What the error action gets (developer guide, "Error handling (error action)")."""
        failures = [
            {"failedAction": action.kind, "failedResource": action.resource, "errorMessage": failure.detail}
            for action, failure in self._failures
        ]
        failures += [
            {"failedAction": "RuleSQL", "failedResource": self._rule.name, "errorMessage": text} for text in self._evaluation_error
        ]
        return orjson.dumps(
            {
                "ruleName": self._rule.name,
                "topic": self._message.topic,
                "cloudwatchTraceId": str(uuid.uuid4()),
                "clientId": self._message.client_id,
                "base64OriginalPayload": base64.b64encode(self._message.payload).decode(),
                "failures": failures,
            }
        )


def _pause_s(tries: int) -> float:
    longest = min(_FIRST_PAUSE_S * 2.0 ** min(tries, 10), _LONGEST_PAUSE_S)
    return longest * random.uniform(0.5, 1.0)  # noqa: S311 - jitter
