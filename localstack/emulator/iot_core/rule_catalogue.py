"""The topic rules in force: read from the control plane every second, compiled once, found by topic."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from emulator.iot_core.actions.port import Action
from emulator.iot_core.control_plane import ActionDefinition, ControlPlane, RuleDefinition
from emulator.iot_core.sql import CompiledRule, SqlError, compile_rule
from emulator.iot_core.topics import matches

log = logging.getLogger(__name__)

_TOPICS_KEPT = 50_000

type BuildAction = Callable[[ActionDefinition, CompiledRule], Action]
"""Makes an action; raises `ValueError` for one that cannot be."""


@dataclass(frozen=True, slots=True)
class Rule:
    """An enabled rule, ready to run."""

    definition: RuleDefinition
    compiled: CompiledRule
    actions: tuple[Action, ...]
    error_action: Action | None

    @property
    def name(self) -> str:
        """The rule's name."""
        return self.definition.name


class RuleCatalogue:
    """The enabled rules. An unchanged rule stays the same object from one reading to the next."""

    def __init__(self, control_plane: ControlPlane, build_action: BuildAction) -> None:
        self._control_plane = control_plane
        self._build_action = build_action
        self._rules: dict[str, Rule] = {}
        self._refused: dict[str, RuleDefinition] = {}
        self._by_topic: dict[str, tuple[Rule, ...]] = {}
        self.loaded = False
        """Whether the control plane has ever answered; before, nothing may be acknowledged."""

    def matching(self, topic: str) -> tuple[Rule, ...]:
        """The rules whose FROM matches the topic."""
        found = self._by_topic.get(topic)
        if found is None:
            if len(self._by_topic) >= _TOPICS_KEPT:
                self._by_topic.clear()
            found = tuple(rule for rule in self._rules.values() if _reaches(rule.compiled, topic))
            self._by_topic[topic] = found
        return found

    def named(self, name: str) -> Rule | None:
        """The enabled rule of this name."""
        return self._rules.get(name)

    async def refresh(self) -> None:
        """Reads the rules anew. Raises `AwsCallError`, and then all stays as it was."""
        definitions = [definition for definition in await self._control_plane.rules() if not definition.disabled]
        rules = {definition.name: rule for definition in definitions if (rule := self._rule(definition))}
        if rules != self._rules:
            log.info("rules in force: %s", ", ".join(sorted(rules)) or "none")
        self._rules = rules
        self._by_topic.clear()
        self.loaded = True

    def _rule(self, definition: RuleDefinition) -> Rule | None:
        known = self._rules.get(definition.name)
        if known and known.definition == definition:
            return known
        if self._refused.get(definition.name) == definition:
            return None
        try:
            return self._compile(definition)
        except (SqlError, ValueError) as error:
            log.error("rule %s cannot be used: %s", definition.name, error)
            self._refused[definition.name] = definition
            return None

    def _compile(self, definition: RuleDefinition) -> Rule:
        compiled = compile_rule(definition.sql, definition.sql_version)
        actions = tuple(self._build_action(action, compiled) for action in definition.actions)
        error_action = self._build_action(definition.error_action, compiled) if definition.error_action else None
        return Rule(definition, compiled, actions, error_action)


def _reaches(compiled: CompiledRule, topic: str) -> bool:
    return compiled.topic_filter is not None and matches(compiled.topic_filter, topic)
