"""CloudFormation templates as Python values: YAML with the short forms, and files of the repository included where a template names them.

`!Include path` puts a file's content in place: JSON files as a value (`!IncludeText`: as compact text), others as one line of
text. So a policy document or a rule's SQL is written once, where it belongs, and is linted with the template that deploys it.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = Path(__file__).resolve().parent / "templates"

type Template = dict[str, Any]


class _Loader(yaml.SafeLoader):
    """YAML 1.1 with CloudFormation's tags."""


def _include(loader: yaml.SafeLoader, node: yaml.Node) -> Any:
    path = ROOT / str(loader.construct_scalar(node))  # type: ignore[arg-type]
    text = path.read_text(encoding="utf-8")
    return json.loads(text) if path.suffix == ".json" else " ".join(text.split())


def _include_text(loader: yaml.SafeLoader, node: yaml.Node) -> str:
    return json.dumps(_include(loader, node), separators=(",", ":"))


def _short_form(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)  # type: ignore[arg-type]
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


_Loader.add_constructor("!Include", _include)
_Loader.add_constructor("!IncludeText", _include_text)
_Loader.add_multi_constructor("!", _short_form)
# A date such as the policy language's version stays text.
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def load(name: str) -> Template:
    """The template of one capability, e.g. `telemetry`. Raises FileNotFoundError for an unknown one."""
    template: Template = yaml.load((TEMPLATES / f"{name}.yaml").read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 (a SafeLoader)
    return template


def parameters_of(template: Template, values: Mapping[str, str]) -> dict[str, str]:
    """The values that this template declares; what others need is left out."""
    return {name: values[name] for name in template.get("Parameters", {}) if name in values}
