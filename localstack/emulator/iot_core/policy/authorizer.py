"""Decisions: an explicit Deny wins, then any Allow, else no.

Variables and conditions depend on the connection alone, so an Authorizer resolves them once and keeps, for each action, one regular
expression of what is denied and one of what is allowed. A decision that was made before is a dictionary look-up.
"""

import functools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from emulator.iot_core.policy.context import Action, PolicyContext
from emulator.iot_core.policy.document import Policy, Statement
from emulator.iot_core.policy.patterns import to_regex

DECISIONS_KEPT = 512  # a device uses few topics; a scan over many must not grow the gateway


@dataclass(frozen=True, slots=True)
class _Reach:
    """The resources of some statements: any of ``included``, or whatever one of the ``excluded`` (NotResource) leaves."""

    included: re.Pattern[str]
    excluded: tuple[re.Pattern[str], ...]

    def covers(self, resource: str) -> bool:
        return self.included.match(resource) is not None or any(not pattern.match(resource) for pattern in self.excluded)


class Authorizer:
    """The decisions for one connection: its policies and its context. Build one at CONNECT and when policies change."""

    def __init__(self, policies: Sequence[Policy], context: PolicyContext) -> None:
        self._context = context
        self._statements = [
            statement
            for policy in policies
            for statement in policy.statements
            if all(condition.holds(context) for condition in statement.conditions)
        ]
        self._reach: Callable[[str, bool], _Reach] = functools.cache(self._compile)
        self.is_allowed: Callable[[Action, str], bool] = functools.lru_cache(DECISIONS_KEPT)(self._decide)

    def _decide(self, action: Action, resource_arn: str) -> bool:
        if self._reach(action, False).covers(resource_arn):
            return False
        return self._reach(action, True).covers(resource_arn)

    def _compile(self, action: str, allow: bool) -> _Reach:
        chosen = [statement for statement in self._statements if statement.allow is allow and _governs(statement, action)]
        included = [regex for statement in chosen if not statement.inverted_resources for regex in self._regexes(statement)]
        excluded = [self._regexes(statement) for statement in chosen if statement.inverted_resources]
        # A NotResource whose variable has no value excludes too little: it may still deny, but it must not allow.
        kept = [regexes for regexes in excluded if not (allow and None in regexes)]
        return _Reach(_union(included), tuple(_union(regexes) for regexes in kept))

    def _regexes(self, statement: Statement) -> list[str | None]:
        return [to_regex(resource, self._context.variable) for resource in statement.resources]


def is_allowed(policies: Sequence[Policy], action: Action, resource_arn: str, context: PolicyContext) -> bool:
    """Whether the connection may do ``action`` on ``resource_arn`` (client/, topic/ or topicfilter/).

    For one question. For many questions of one connection keep an Authorizer.
    """
    return Authorizer(policies, context).is_allowed(action, resource_arn)


def _governs(statement: Statement, action: str) -> bool:
    found = any(re.match(to_regex(pattern.lower()) or "", action.lower()) for pattern in statement.actions)
    return found != statement.inverted_actions


def _union(regexes: Sequence[str | None]) -> re.Pattern[str]:
    """A resource whose variable has no value covers nothing, and no alternative at all must match nothing, not everything."""
    known = [regex for regex in regexes if regex is not None]
    return re.compile("|".join(known) if known else r"(?!)")
